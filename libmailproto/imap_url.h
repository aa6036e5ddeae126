/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_URL_H
#define MAILPROTO_IMAP_URL_H

#include "buf.h"

/*
 * IMAP URLs that name a message, or a part of it, on the server that they are
 * given to (RFC 5092 section 11, iabsolute-path):
 *
 *	/Work/2026;UIDVALIDITY=7/;UID=20/;SECTION=1.MIME/;PARTIAL=0.1024
 *
 * Relative paths are not accepted (section 7.2), nor what has URLAUTH.
 */
#define IMAP_URL_MAX 4096 /* bytes */

struct imap_url {
	struct buf mailbox;   /* UTF-8, if the client keeps to the rules */
	uint32_t uidvalidity; /* 0: not said */
	uint32_t uid;
	struct buf section;   /* empty: the whole message */
	uint64_t off, len;    /* of a part of it; len 0: to the end */
};

/* -1: bad syntax, too long, or it names another thing than a message. */
int imap_url_parse(struct imap_url *u, struct span s);
void imap_url_clear(struct imap_url *u);

/* Append s as it may stand in a response code: what must not stand there, or
 * in any URL, is percent-encoded. */
void imap_url_quote(struct buf *out, struct span s);

#endif
