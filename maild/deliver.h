/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DELIVER_H
#define MAILD_DELIVER_H

#include "route.h"
#include "store_queue.h"

/*
 * A message to where its route leads: into mailboxes here, and into the queue
 * for what is elsewhere, in one commit.
 */
struct deliver_rcpt {
	const char *address; /* as in RCPT */
	const char *orcpt;   /* "" for none */
	unsigned notify;     /* dsn_notify bits */
	bool here;           /* it leads to a mailbox (struct route) */
};

struct deliver {
	struct store_message *message; /* finished */
	const char *sender;            /* "" for the null path */
	const char *envid;             /* "" for none */
	const char *future; /* future_release.text; NULL or "" for none */
	enum dsn_ret ret;
	enum body_kind body;             /* what the text needs of a server */
	bool utf8;
	enum require_tls require_tls;
	int priority;                    /* MT-PRIORITY */
	struct deliver_by by;
	struct span signatures;          /* go before it where it leaves */
	const struct deliver_rcpt *rcpt; /* route.remote[].origin: an index */
	size_t nrcpt;
	const struct store_delivery *filed; /* the sender's copy, or NULL */
};

/*
 * Nowhere yet: all of d waits in the queue to be routed at that moment, in
 * seconds since 1970.
 */
void deliver_later(struct store *st, const struct deliver *d, int64_t at,
    store_delivered_fn done, void *arg);

/*
 * also: what happens to the queue besides, in the same commit; its add is
 * filled in here.  Senders that ask to be told of success (RFC 3461) are, from
 * the queue.  Nothing to do at all is STORE_OK, from the loop as ever.
 */
void
deliver_route(struct store *st, const struct deliver *d, const struct route *r,
    struct store_queue_work also, store_delivered_fn done, void *arg);

#endif
