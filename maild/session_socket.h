/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SESSION_SOCKET_H
#define MAILD_SESSION_SOCKET_H

#include <stddef.h>

/*
 * What a bufferevent on a socket does, in fewer system calls.  It finds out by
 * itself, later, about errors and the end of the stream.
 */
struct bufferevent;

/* From its read callback: the rest of what has come, so that its input stays
 * below max bytes, at which it would stop reading. */
void session_socket_read(struct bufferevent *bev, size_t max);
/* While it is not to write: some or all of its output, where that is small
 * enough to be a reply. */
void session_socket_write(struct bufferevent *bev);

#endif
