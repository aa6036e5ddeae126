/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CTL_H
#define MAILD_CTL_H

#include "account.h"

/*
 * The control API: HTTP and JSON on a Unix socket, in the mail role, on one
 * thread.  conf/openapi.yaml says what it offers.  Who connects must be root,
 * run as the server's own user, or belong to its group (SO_PEERCRED).
 *
 * accounts is copied; ctl_configure() gives the new configuration on reload.
 */
struct ctl;
struct engine;
struct event_base;
struct indexer;

struct ctl *ctl_new(struct event_base *base, const struct accounts *a,
    struct engine *e, struct indexer *x);
/* Serve what connects to fd, a listening socket that is ctl's from now on.
 * -1: it cannot be served. */
int ctl_listen(struct ctl *c, int fd);
void ctl_configure(struct ctl *c, const struct conf *conf);
/* Requests under way get no answer any more. */
void ctl_free(struct ctl *c);

#endif
