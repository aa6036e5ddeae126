/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_PUMP_H
#define MAILD_FRONT_PUMP_H

#include <stddef.h>

#include "span.h"

/*
 * Carries a session's bytes between its TLS connection and the stream pair
 * whose other end mail has, until one side is gone.
 */
struct bufferevent;
struct front_pump;

/* Bytes that wait on their way in each direction; then reading stops. */
#define FRONT_PUMP_MAX ((size_t)65536)

/* Owns both; what tls has read already goes first.  gone is called once, from
 * the loop, when all is closed and the pump is freed. */
struct front_pump *front_pump_new(struct bufferevent *tls,
    struct bufferevent *plain, void (*gone)(void *arg), void *arg);
void front_pump_free(struct front_pump *p);
/*
 * Mail has ended the session: fd is its side of the pair, and first what it has
 * read there but not used.  That and all that is on its way to it becomes input
 * of the TLS connection again, what is on its way from it is written.  Returns
 * that connection, and frees all else but fd; NULL: a side is gone, and nothing
 * was done.
 */
struct bufferevent *front_pump_stop(struct front_pump *p, int fd,
    struct span first);

/* Close a TLS connection, or one without TLS. */
void front_bev_free(struct bufferevent *bev);

#endif
