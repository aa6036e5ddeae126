/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_HTTP_HEAD_H
#define MAILCTL_HTTP_HEAD_H

#include <sys/types.h>

#include "span.h"

/*
 * The head of an HTTP/1.1 response (RFC 9112 sections 4 and 5), for a
 * connection that may go on as another protocol: there libcurl is of no use.
 */
#define HTTP_HEAD_MAX ((size_t)16384) /* bytes; a longer one is invalid */

struct http_head {
	unsigned status; /* 100 to 599 */
	uint64_t length; /* Content-Length; 0 where it lacks */
};

/* Bytes consumed, the empty line included; 0: need more; -1: invalid. */
ssize_t http_head_parse(const char *s, size_t n, struct http_head *out);

#endif
