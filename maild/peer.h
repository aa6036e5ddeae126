/* SPDX-License-Identifier: ISC */
#ifndef MAILD_PEER_H
#define MAILD_PEER_H

#include <sys/socket.h>

#include <stddef.h>

/* How the other side of a connection is written everywhere: "192.0.2.1",
 * "[2001:db8::1]" (an IPv4 address in IPv6 is IPv4), "unix". */
#define PEER_MAX 64
void peer_format(const struct sockaddr *sa, char out[PEER_MAX]);

#endif
