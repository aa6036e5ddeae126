/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DKIM_CANON_H
#define MAILPROTO_DKIM_CANON_H

#include "header.h"

/*
 * The "relaxed" canonicalisation of DKIM: what of a message a signature
 * covers, so that it holds where servers on the way refold a header or trim
 * white space (RFC 6376 sections 3.4.2 and 3.4.4).
 */

/* Append a field as "name:value", without its line end. */
void dkim_canon_field(struct buf *out, const struct header_field *f);

/* A body as it comes; lines end with CRLF, and CR or LF alone are characters
 * like others.  Zeroed at first. */
#define DKIM_CANON_PIECE 1024

typedef void (*dkim_canon_fn)(void *arg, struct span s);

struct dkim_canon_body {
	dkim_canon_fn fn; /* gets the result in pieces, within the calls */
	void *arg;
	/* private */
	uint64_t lines; /* ends of lines that are held back */
	bool space, cr; /* as are these */
	bool any;       /* something has been written */
	size_t n;
	char piece[DKIM_CANON_PIECE];
};

void dkim_canon_body(struct dkim_canon_body *c, struct span s);
void dkim_canon_body_end(struct dkim_canon_body *c);

#endif
