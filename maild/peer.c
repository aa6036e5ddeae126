/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

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
