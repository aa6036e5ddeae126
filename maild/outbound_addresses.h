/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_ADDRESSES_H
#define MAILD_OUTBOUND_ADDRESSES_H

#include <sys/socket.h>

#include <netinet/in.h>

#include "outbound_dns.h"

/*
 * The addresses of one host, in the order in which they are tried: IPv6 first,
 * then as they come.
 */
#define OUTBOUND_ADDRESSES_MAX 16

union outbound_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct outbound_addresses {
	union outbound_address address[OUTBOUND_ADDRESSES_MAX];
	size_t n;
};

/* Those of an answer of AF_INET6 or AF_INET. */
void outbound_addresses_add(struct outbound_addresses *l,
    const struct outbound_dns_answer *a, int family);
/* Replace them with those of an address or of localhost, for which nobody has
 * to be asked.  False: the host is another, and there is none. */
bool outbound_addresses_known(struct outbound_addresses *l, const char *host);
/* With that port; *len: of the structure. */
const struct sockaddr *outbound_address_at(union outbound_address *a,
    uint16_t port, int *len);

#endif
