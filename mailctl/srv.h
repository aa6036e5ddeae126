/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SRV_H
#define MAILCTL_SRV_H

#include "buf.h"

/*
 * SRV records (RFC 2782), by which a domain names its mail services (RFC 6186,
 * RFC 8314 section 5.1).
 */
#define SRV_HOST_MAX 256

/* Ask for "_imaps._tcp.example.org".  server: "ADDRESS" or "ADDRESS:PORT" of
 * IPv4 to ask there, NULL for the system's.  True: the best target is in *host
 * and *port; host is "" where the domain says that it has no such service. */
bool srv_ask(const char *name, const char *server, char host[SRV_HOST_MAX],
    unsigned *port);

/* The same of an answer as it came. */
bool srv_read(struct span answer, char host[SRV_HOST_MAX], unsigned *port);

/* -1: server is not of that form. */
int srv_server_ok(const char *server);

#endif
