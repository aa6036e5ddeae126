/* SPDX-License-Identifier: ISC */
#ifndef MAILD_PEER_H
#define MAILD_PEER_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"

/* How the other side of a connection is written everywhere: "192.0.2.1",
 * "[2001:db8::1]" (an IPv4 address in IPv6 is IPv4), "unix". */
#define PEER_MAX 64
void peer_format(const struct sockaddr *sa, char out[PEER_MAX]);

/* Bits that tell networks from each other, of IPv4 and of IPv6. */
struct peer_bits {
	unsigned ipv4, ipv6;
};
#define PEER_ONE_HOST ((struct peer_bits){ 32, 64 })

/* The address of a peer in 4 or 16 bytes; false: it has none. */
bool peer_address(const char *peer, bool *ipv6, unsigned char out[16]);
/* The network that it is in, without its bits: "192.0.2.0", "2001:db8::"; of a
 * peer without an address, peer itself. */
void peer_network(const char *peer, struct peer_bits bits, char out[PEER_MAX]);
bool peer_within(const char *peer, const struct conf_networks *list);

#endif
