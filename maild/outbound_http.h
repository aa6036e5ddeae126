/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_HTTP_H
#define MAILD_OUTBOUND_HTTP_H

#include "buf.h"

/*
 * HTTPS requests by libcurl, on the role's loop.  Names are the caller's to
 * resolve: there are no files here to do it with, and none for authorities.
 * No redirect is followed, no proxy used.
 */
struct event_base;
struct outbound_http;
struct outbound_http_request;

/* Before system calls are limited.  NULL: libcurl will not. */
struct outbound_http *outbound_http_new(struct event_base *base);
/* The authorities, PEM, from now on; copied.  Without any nobody is trusted. */
void outbound_http_trust(struct outbound_http *h, struct span ca);
/* Requests under way end without done. */
void outbound_http_free(struct outbound_http *h);

struct outbound_http_ask {
	const char *url;     /* https:// */
	const char *address; /* of its host, which url_host() tells; NULL: that
			      * is an address */
	const char *user, *password; /* NULL: no Authorization */
	struct span form;    /* what is sent by POST, as the type of forms;
			      * p NULL: GET */
	struct span ca;      /* authorities, PEM; empty: the usual ones */
	const char *type;    /* of an answer, static; NULL: any */
	size_t max;          /* bytes of an answer; a longer one is none */
	unsigned seconds;    /* for all of it */
};

/* status: of HTTP; 0: there is no answer, and problem says why.  body lives as
 * long as the call. */
typedef void (*outbound_http_done)(void *arg, unsigned status,
    struct span body, const char *problem);

/* All is copied.  done runs once, from the loop. */
void outbound_http_request(struct outbound_http *h,
    const struct outbound_http_ask *ask, outbound_http_done done, void *arg);

/* The host of an https:// URL, without brackets, and its port.  False: that is
 * none. */
bool outbound_http_host(const char *url, struct buf *host, uint16_t *port);

#endif
