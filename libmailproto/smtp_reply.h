/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SMTP_REPLY_H
#define MAILPROTO_SMTP_REPLY_H

#include <sys/types.h>

#include "buf.h"

/*
 * SMTP replies (RFC 5321 section 4.2), client side.
 */
#define SMTP_REPLY_LINE_MAX 4096
#define SMTP_REPLY_MAX      ((size_t)65536) /* of all lines of one reply */

struct smtp_reply {
	unsigned code;         /* 200-599 */
	struct span enhanced;  /* "2.1.0" of the first line, or empty; in s */
	struct buf text;       /* lines without codes, joined by '\n'; controls
				* but tab are made '?' */
};

/* Incremental: >0 bytes of one whole reply, 0 need more, -1 invalid. */
ssize_t smtp_reply_parse(struct span s, struct smtp_reply *out);
void smtp_reply_clear(struct smtp_reply *r);

#endif
