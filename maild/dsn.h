/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DSN_H
#define MAILD_DSN_H

#include "buf.h"

/*
 * Delivery status notifications as bytes (RFC 3464; for addresses in UTF-8 RFC
 * 6533): a multipart/report of what happened in words, the same for machines,
 * and the message or its header.
 */
enum dsn_action { /* RFC 3464 section 2.3.3 */
	DSN_FAILED,
	DSN_DELAYED,
	DSN_DELIVERED,
	DSN_RELAYED,
	DSN_ACTIONS
};

struct dsn_rcpt {
	enum dsn_action action;
	const char *address;
	const char *orcpt;       /* ORCPT, or "" */
	unsigned code;           /* of the reply; 0: there was none */
	const char *enhanced;    /* "5.1.1", or "" */
	const char *text, *host; /* host "": we said it */
	int64_t last;            /* attempt; 0: none */
	int64_t until;           /* DSN_DELAYED: when it will have failed */
};

struct dsn {
	const char *hostname; /* ours */
	const char *to;       /* who is told */
	const char
	    *unique;       /* of this one, for Message-ID and boundary: letters,
			       * digits, dots */
	const char *envid; /* ENVID, or "" */
	int64_t arrival;   /* of the message */
	int64_t deliver_by; /* RFC 2852 section 5; 0: at any time */
	const char *future; /* RFC 4865 section 5.1.2, or "" */
	bool global;       /* it, or an address, is in UTF-8 */
	bool eightbit;     /* what follows has bytes beyond ASCII */
	bool full;         /* the whole message follows, not its header */
	const struct dsn_rcpt *rcpt;
	size_t nrcpt;
};

/* Append all that stands before the message; then it follows as it is; then
 * the end. */
void dsn_write(struct buf *out, const struct dsn *d);
void dsn_write_end(struct buf *out, const struct dsn *d);

#endif
