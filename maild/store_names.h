/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_NAMES_H
#define MAILD_STORE_NAMES_H

#include "store_acl.h"
#include "store_quota.h"

/*
 * A change of a user's mailbox names.  Which mailboxes it makes and removes
 * must be known before its update begins, since each is a step on a partition
 * of its own: so it is planned on a snapshot, and planned anew when the names
 * have changed until it runs (which the root's epoch tells).
 */

/* Levels of a name. */
#define STORE_LEVELS_MAX (STORE_NAME_MAX / 2 + 1)

enum store_names_makes {
	STORE_NAMES_NONE,
	STORE_NAMES_PARENTS, /* the missing parents of to */
	STORE_NAMES_ALL,     /* and to itself */
};

struct store_names {
	struct store_op op;
	uint64_t who, owner; /* users: who does it, and in whose root */
	uint64_t source;     /* in whose root from is */
	struct buf from, to;        /* in their one form */
	unsigned use;
	bool was_inbox; /* to is made by a rename of INBOX */
	bool on;
	enum engine_status (*run)(struct engine_txn *txn,
	    struct engine_part part, void *arg);
	enum store_names_makes makes;
	bool removes; /* from */
	struct store_limits limits;
	uint32_t now;
	/* planned: */
	struct store_rootrec plan;
	uint64_t gone;        /* the mailbox that goes with from */
	struct store_acl acl; /* of what goes, or for what comes */
	uint32_t nnew;        /* mailboxes that come, from plan.next on … */
	uint32_t uidvalidity; /* … and the UIDVALIDITY of the first */
	/* while it runs: */
	struct store_rootrec root;
	uint32_t made;
	struct store_usage freed;
};

struct store_names *store_names_op(struct store *st,
    const struct store_user *who, store_done done, void *arg);
/* Set from or to, and with it owner.  False: the name cannot be, and n is given
 * up with the outcome that says so. */
bool store_names_set(struct store_names *n, struct buf *which,
    struct span name);
void store_names_submit(struct store_names *n);
/* Set to, and submit n as what makes that mailbox. */
void store_names_create(struct store_names *n, struct span name);
/* Given up before it was submitted, with that outcome. */
void store_names_free(struct store_names *n, enum store_status status);

/* In run: read the root; refuses when it is not as planned. */
enum engine_status store_names_begin(struct engine_txn *txn,
    struct engine_part part, struct store_names *n);
/* Make the missing parents of to. */
enum engine_status store_names_parents(struct engine_txn *txn,
    struct store_names *n);
/* The next of the planned mailboxes. */
uint64_t store_names_new(struct store_names *n);
/* Write the root, unless a limit is passed. */
enum engine_status store_names_end(struct engine_txn *txn,
    struct store_names *n);

#endif
