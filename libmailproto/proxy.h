/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_PROXY_H
#define MAILPROTO_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "span.h"

/*
 * The header by which a proxy says whose connection it passes on: HAProxy's
 * PROXY protocol, versions 1 (section 2.1 of its text) and 2 (section 2.2).
 *
 * Of version 2 the connection is a TCP one, and what follows the addresses is
 * well-formed, and ignored.
 */
#define PROXY_V1_MAX 107  /* bytes of a header, CRLF included */
#define PROXY_V2_MAX 4096

struct proxy_end {
	unsigned char address[16]; /* the first 4 of them for IPv4 */
	uint16_t port;
};

struct proxy {
	bool known; /* else the proxy speaks for itself, or does not know */
	bool ipv6;
	struct proxy_end from, to;
};

/* >0: bytes of s that the header had; 0: more is needed, and all of s belongs to
 * it; -1: it is none, and out is zeroed. */
ssize_t proxy_parse(struct span s, struct proxy *out);

#endif
