/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

void
peer_format(const struct sockaddr *sa, char out[PEER_MAX])
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	char text[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, out, PEER_MAX);
	} else if (sa->sa_family == AF_UNIX) {
		snprintf(out, PEER_MAX, "unix");
	} else if (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, out, PEER_MAX);
	} else {
		if (sa->sa_family == AF_INET6)
			inet_ntop(AF_INET6, &in6->sin6_addr, text,
			    sizeof(text));
		snprintf(out, PEER_MAX, "[%s]", text);
	}
}

bool
peer_address(const char *peer, bool *ipv6, unsigned char out[16])
{
	const size_t n = strlen(peer);
	char text[PEER_MAX];

	*ipv6 = peer[0] == '[';
	if (!*ipv6)
		return inet_pton(AF_INET, peer, out) == 1;
	if (n < 3 || n > PEER_MAX)
		return false;
	memcpy(text, peer + 1, n - 2);
	text[n - 2] = '\0';
	return inet_pton(AF_INET6, text, out) == 1;
}

void
peer_network(const char *peer, struct peer_bits bits, char out[PEER_MAX])
{
	unsigned char address[16];
	unsigned len, keep;
	bool ipv6;

	if (!peer_address(peer, &ipv6, address)) {
		snprintf(out, PEER_MAX, "%s", peer);
		return;
	}
	len = ipv6 ? 128 : 32;
	keep = ipv6 ? bits.ipv6 : bits.ipv4;
	for (unsigned bit = keep; bit < len; bit++)
		address[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
	inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, out, PEER_MAX);
}

bool
peer_within(const char *peer, const struct conf_networks *list)
{
	unsigned char address[16];
	bool ipv6;

	return list->len > 0 && peer_address(peer, &ipv6, address) &&
	    conf_networks_hold(list, ipv6, address);
}
