/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_APPENDER_H
#define MAILCTL_APPENDER_H

#include "date.h"
#include "imap_conn.h"

/*
 * Many messages into one mailbox (RFC 9051 section 6.3.12): as one command for
 * a batch where the server has MULTIAPPEND (RFC 3502), else as many that are
 * pipelined.  A message that the server refuses is said, counted and passed
 * over; a full quota, a mailbox that lacks and the like end it.
 */
struct append_item {
	char *flags; /* as mail_flags.h says */
	struct mail_date date;
	size_t off, n; /* of its bytes, in data */
	void *cookie;
};

#define APPEND_ITEMS 64
#define APPEND_BYTES ((size_t)1 << 20)

struct appender {
	struct imap_conn *conn;
	const char *mailbox;
	/* Called for each message that is there now; uid 0: not known. */
	void (*done)(void *arg, void *cookie, uint32_t uidvalidity,
	    uint32_t uid);
	void *arg;
	/* filled: */
	uint64_t appended, refused;
	/* private */
	struct append_item item[APPEND_ITEMS];
	size_t len;
	struct buf data;
};

/* A copy of body is kept until it is sent; one over APPEND_BYTES is sent now.
 * Returns 0 or the exit code to end with. */
int appender_add(struct appender *a, const char *flags, struct mail_date date,
    struct span body, void *cookie);
/* All that was added is there, or refused. */
int appender_flush(struct appender *a);
void appender_clear(struct appender *a);

#endif
