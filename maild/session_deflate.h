/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SESSION_DEFLATE_H
#define MAILD_SESSION_DEFLATE_H

#include <stddef.h>

#include "span.h"

/*
 * The compression of one session (RFC 4978): raw deflate, both ways.
 *
 * What deflating needs is some 260 kB, and most sessions say nothing for most
 * of the time: so only the SESSION_WARM_MAX sessions of a thread that wrote
 * last keep it.  The others begin anew when they write again, with no memory of
 * what they had said, which a peer cannot tell from a flush.
 */
#define SESSION_WARM_MAX 64

struct evbuffer;
struct session_deflate;

/* The sessions of a thread that have what deflating needs. */
struct session_warm;
struct session_warm *session_warm_new(void);
void session_warm_free(struct session_warm *w); /* after all its sessions */

struct session_deflate *session_deflate_new(struct session_warm *w);
void session_deflate_free(struct session_deflate *z);

/* Inflate from, as long as to holds less than max bytes; it may be over that by
 * what one step gives, SESSION_INFLATE_STEP bytes at most.  What comes behind
 * the end of the stream is passed over.  -1: it is not deflated. */
#define SESSION_INFLATE_STEP ((size_t)16384)
int session_inflate(struct session_deflate *z, struct evbuffer *from,
    struct evbuffer *to, size_t max);

/* Deflate data into to; the flush makes the peer see all of it. */
void session_deflate(
    struct session_deflate *z, struct span data, struct evbuffer *to);
void session_deflate_flush(struct session_deflate *z, struct evbuffer *to);

#endif
