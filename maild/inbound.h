/* SPDX-License-Identifier: ISC */
#ifndef MAILD_INBOUND_H
#define MAILD_INBOUND_H

#include <sys/types.h>

#include "buf.h"

/*
 * What front tells mail of one connection from the world, on a stream of
 * frames.  Front speaks SMTP with the client; mail sees the parts of an
 * envelope and the text of a message.  It answers each frame with one reply line
 * of SMTP, which front passes on: but for TEXT, and to BDAT once it has all of
 * the bytes.
 *
 * A frame is its type, the length of its body in four bytes, and the body.
 */
#define INBOUND_BODY_MAX ((size_t)32768) /* bytes of a frame's body */
#define INBOUND_HEAD     5               /* … and before it */

enum inbound_type {
	INBOUND_MAIL, /* a transaction begins */
	INBOUND_RCPT,
	INBOUND_DATA, /* the text will follow, up to END … */
	INBOUND_BDAT, /* … or so many bytes of it */
	INBOUND_TEXT, /* some of it, without the dots of SMTP */
	INBOUND_END,  /* that was all: the message is to be kept */
	INBOUND_RSET, /* there will be no such message */
	INBOUND_TYPES
};

/* Spans of a frame that was read lie in it.  In all but text there are no
 * control characters. */
struct inbound_frame {
	enum inbound_type type;
	bool esmtp;         /* MAIL: the client said EHLO … */
	struct span helo;   /* … and this was its name */
	struct span path;   /* MAIL, RCPT: without brackets and route */
	struct span params; /* … "SIZE=100 BODY=8BITMIME" */
	uint64_t chunk;     /* BDAT: bytes … */
	bool last;          /* … and there are no more */
	struct span text;   /* TEXT */
	bool bare;          /* END: CR or LF stood alone in it */
};

/* Append a frame.  Its body must not be longer than INBOUND_BODY_MAX. */
void inbound_write(struct buf *out, const struct inbound_frame *f);

/* >0: bytes of s that the frame had; 0: more is needed; -1: it is none, and
 * f is zeroed. */
ssize_t inbound_parse(struct span s, struct inbound_frame *f);

#endif
