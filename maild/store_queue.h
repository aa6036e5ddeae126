/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_QUEUE_H
#define MAILD_STORE_QUEUE_H

#include "body_kind.h"
#include "deliver_by.h"
#include "dsn_param.h"
#include "mt_priority.h"
#include "require_tls.h"
#include "store.h"

/*
 * Mail that waits to leave this server.  A message stands in the queue with
 * its recipients, each in a state of its own, until the last of them is done
 * with; its text is a blob that it shares with what was delivered here.
 *
 * Recipients that are to be tried are found by their domain and, within it, by
 * the time of their next attempt; those of whom the sender is to be told, under
 * the empty domain; those that wait to begin, here or elsewhere, under
 * STORE_QUEUE_BEGIN.
 */
#define STORE_QUEUE_BEGIN "." /* no domain */
#define STORE_DOMAIN_MAX 253
#define STORE_REPLY_MAX  2048 /* kept of what a server said */
#define STORE_FUTURE_MAX 31   /* of future_release.text */

enum store_queue_state {
	STORE_QUEUE_WAITING, /* for its next attempt */
	STORE_QUEUE_HELD,    /* until an admin releases it */
	/* done with, but the sender is to be told: */
	STORE_QUEUE_FAILED,
	STORE_QUEUE_DELIVERED, /* into a mailbox here */
	STORE_QUEUE_RELAYED,   /* to a server that sends no notifications */
	/* … and before all that: */
	STORE_QUEUE_FUTURE, /* it begins at its time (RFC 4865), or an admin's;
			     * it cannot be held */
	STORE_QUEUE_STATES
};

enum store_queue_warning { /* that it is late */
	STORE_QUEUE_NOT_WARNED,
	STORE_QUEUE_TO_WARN,
	STORE_QUEUE_WARNED,
	STORE_QUEUE_WARNINGS
};

/* Spans of what is read live until store_end(). */
struct store_queue_reply {
	uint32_t code;        /* 0: there was none yet */
	struct span enhanced; /* "5.1.1", or empty */
	struct span text;
	struct span host; /* that said so; empty: we did */
};

struct store_queue_rcpt {
	uint32_t index; /* within its message */
	enum store_queue_state state;
	enum store_queue_warning warning;
	unsigned notify; /* dsn_notify bits */
	uint32_t attempts;
	int64_t next, last; /* attempts, seconds; last 0: none yet */
	struct span address, domain, orcpt;
	struct store_queue_reply reply; /* the last one */
};

struct store_queue_msg {
	uint64_t id;
	int64_t created;
	uint64_t size, blob; /* size with the prefix */
	uint32_t left;       /* recipients */
	enum body_kind body; /* what its text needs of a server */
	bool utf8;
	enum require_tls require_tls;
	int priority; /* mt_priority.h */
	struct deliver_by by;
	enum dsn_ret ret;
	struct span sender, envid;
	struct span future; /* future_release.text, or empty */
	struct span prefix; /* header lines that go before the blob */
};

/* ---- reading, between store_begin() and store_end() ---- */

enum store_status
store_queue_get(struct store *st, uint64_t id, struct store_queue_msg *out);
/* The first with an id from id on. */
enum store_status
store_queue_next(struct store *st, uint64_t id, struct store_queue_msg *out);
/* Its recipients in order; fn returns false to stop. */
typedef bool (*store_queue_rcpt_fn)(
    void *arg, const struct store_queue_rcpt *r);
enum store_status store_queue_rcpts(
    struct store *st, uint64_t id, store_queue_rcpt_fn fn, void *arg);

/* Each domain that has recipients waiting, in byte order, with the earliest of
 * their times. */
enum store_status store_queue_domains(struct store *st,
    void (*fn)(void *arg, struct span domain, int64_t next), void *arg);
/* Of one domain the messages in the order of their times, with their priorities
 * (mt_priority.h); a message is named once for each recipient.  fn returns
 * false to stop. */
enum store_status store_queue_due(struct store *st, struct span domain,
    bool (*fn)(void *arg, uint64_t id, int64_t next, int priority), void *arg);

/* The bytes, as store_msg_src(). */
struct store_queue_src {
	struct msgsrc src;
	/* private */
	struct store *st;
	uint64_t id, blob;
	size_t prefix;
};
void store_queue_src(struct store *st, const struct store_queue_msg *m,
    struct store_queue_src *out);

/* Tells, from the loop, that something was added, or moved by an admin. */
struct engine_watch *
store_queue_watch(struct store *st, void (*fn)(void *arg), void *arg);

/* ---- writing ---- */

/* A recipient to come: address, domain, orcpt, notify, state and next of it. */
struct store_queue_new {
	struct store_message *message; /* finished */
	struct span sender, envid, future, prefix;
	enum dsn_ret ret;
	enum body_kind body;
	bool utf8;
	enum require_tls require_tls;
	int priority; /* mt_priority.h */
	struct deliver_by by;
	const struct store_queue_rcpt *rcpt;
	size_t nrcpt;
};

enum store_queue_op {
	STORE_QUEUE_DEFER,  /* an attempt was made: next, reply, warning */
	STORE_QUEUE_FINISH, /* state (one of those to be told), reply */
	STORE_QUEUE_REMOVE,
	STORE_QUEUE_NOTED,   /* the sender was warned */
	STORE_QUEUE_HOLD,    /* … these are an admin's, and wake the queue: */
	STORE_QUEUE_RELEASE, /* where it is held, or is to begin: next */
	STORE_QUEUE_MOVE,    /* where it waits: next */
	STORE_QUEUE_BOUNCE,  /* as FINISH, where it is not done with yet */
};

struct store_queue_change {
	uint32_t index;
	enum store_queue_op op;
	enum store_queue_state state;
	enum store_queue_warning warning;
	int64_t next;
	struct store_queue_reply reply;
};

/* What happens to the queue together with deliveries, in one commit. */
struct store_queue_work {
	const struct store_queue_new *add; /* NULL: nothing */
	uint64_t id; /* the message that changes; 0: none */
	const struct store_queue_change *change;
	size_t nchanges;
};

/*
 * As store_deliver(), with queue work; n may be 0.  Recipients that are gone,
 * or in a state that the op is not for, are passed over; a message goes with
 * its last recipient.
 */
void
store_deliver_queue(struct store *st, const struct store_delivery *d, size_t n,
    const struct store_queue_work *work, store_delivered_fn done, void *arg);
void store_queue_change(struct store *st, uint64_t id,
    const struct store_queue_change *c, size_t n, store_done done, void *arg);

#endif
