/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_HTTP_H
#define MAILD_OUTBOUND_HTTP_H

#include <sys/types.h>

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
	const char *url;     /* https://, but see clear */
	const char *address; /* of its host, which url_host() tells; NULL: that
			      * is an address */
	const char *user, *password; /* NULL: no Authorization */
	struct span form;    /* what is sent by POST, as the type of forms;
			      * p NULL: GET, or … */
	/* … size bytes that are read.  -1: there is an error, _LATER: there
	 * are none yet, and outbound_http_resume() will be called. */
	ssize_t (*read)(void *arg, char *p, size_t n);
#define OUTBOUND_HTTP_LATER (-2)
	uint64_t size;
	struct span headers; /* lines, a line feed behind each */
	bool clear;          /* http:// will do, too */
	struct span ca;      /* authorities, PEM; empty: the usual ones */
	const char *type;    /* of an answer, static; NULL: any */
	size_t max;          /* bytes of an answer; a longer one is none */
	unsigned seconds;    /* for all of it */
};

/* status: of HTTP; 0: there is no answer, and problem says why.  body lives as
 * long as the call. */
typedef void (*outbound_http_done)(void *arg, unsigned status,
    struct span body, const char *problem);

/* All is copied.  done runs once, from the loop; read has its arg. */
struct outbound_http_request *outbound_http_request(struct outbound_http *h,
    const struct outbound_http_ask *ask, outbound_http_done done, void *arg);

/* There is something to be read now. */
void outbound_http_resume(struct outbound_http_request *r);
/* done will not run. */
void outbound_http_cancel(struct outbound_http_request *r);

/* The host of an https:// URL (clear: or http://), without brackets, and its
 * port.  False: that is none. */
bool outbound_http_host(const char *url, bool clear, struct buf *host,
    uint16_t *port);

#endif
