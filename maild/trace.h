/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TRACE_H
#define MAILD_TRACE_H

#include <stdbool.h>

#include "buf.h"
#include "date.h"

/*
 * The Received line of a message (RFC 5321 section 4.4).  What the client said
 * of itself is made harmless.
 */
struct trace {
	const char *helo; /* "": it said nothing */
	const char *peer; /* as in session_start; NULL: not to be told */
	const char *tls;  /* as in session_start */
	const char *hostname, *id;
	const char *rcpt; /* NULL: several, who need not know of each other */
	bool lmtp, esmtp, authenticated, utf8;
	bool prioritized; /* with this (RFC 6710 section 4.1) */
	int priority;
	struct mail_date date;
};

/* Append the line, folded, with its end. */
void trace_write(struct buf *out, const struct trace *t);

#endif
