/* SPDX-License-Identifier: ISC */
#include "outbound_addresses.h"

#include <arpa/inet.h>

#include <string.h>

static void
add(struct outbound_addresses *l, int family, const void *bytes)
{
	union outbound_address *a;

	if (l->n == OUTBOUND_ADDRESSES_MAX)
		return;
	a = &l->address[l->n++];
	*a = (union outbound_address){ 0 };
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET6)
		memcpy(&a->in6.sin6_addr, bytes, 16);
	else
		memcpy(&a->in.sin_addr, bytes, 4);
}

void
outbound_addresses_add(struct outbound_addresses *l,
    const struct outbound_dns_answer *a, int family)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->len[i] == (family == AF_INET6 ? 16 : 4))
			add(l, family, a->data[i]);
	}
}

bool
outbound_addresses_known(struct outbound_addresses *l, const char *host)
{
	const int family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
	const in_addr_t loopback = htonl(INADDR_LOOPBACK);
	unsigned char bytes[sizeof(struct in6_addr)];

	l->n = 0;
	if (inet_pton(family, host, bytes) == 1) {
		add(l, family, bytes);
	} else if (strcmp(host, "localhost") == 0) {
		add(l, AF_INET6, &in6addr_loopback);
		add(l, AF_INET, &loopback);
	}
	return l->n > 0;
}

const struct sockaddr *
outbound_address_at(union outbound_address *a, uint16_t port, int *len)
{
	if (a->sa.sa_family == AF_INET6) {
		a->in6.sin6_port = htons(port);
		*len = sizeof(a->in6);
	} else {
		a->in.sin_port = htons(port);
		*len = sizeof(a->in);
	}
	return &a->sa;
}
