/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_HOST_H
#define MAILD_OUTBOUND_HOST_H

#include "outbound_dns.h"

/*
 * The address of the host of a URL that the configuration names.
 */
struct outbound_host;

/* address: "" where the URL has it itself; NULL: there is none. */
typedef void (*outbound_host_done)(void *arg, const char *address);

/* *out is it until done is called: at once, and NULL, where nobody has to be
 * asked. */
void outbound_host_find(struct outbound_host **out, struct outbound_dns *dns,
    const char *url, outbound_host_done done, void *arg);
/* Before done was called; NULL is fine. */
void outbound_host_cancel(struct outbound_host *h);

#endif
