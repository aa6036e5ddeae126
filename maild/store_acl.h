/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_ACL_H
#define MAILD_STORE_ACL_H

#include "store_impl.h"

/*
 * Access control lists.  A mailbox's partition says who may do what; the root
 * of each user that is named there points back, so that its LIST finds the
 * mailbox.  The latter is a hint: what counts is the former.  "anyone" is named
 * as a user is, that of no id, whose root holds nothing else.
 */
struct store_acl {
	struct store_grant {
		uint64_t user;
		unsigned rights;
	} grant[STORE_ACL_MAX];
	size_t n;
};

/* Of nobody: ENGINE_OK, n is 0. */
enum engine_status store_acl_get(
    struct engine_txn *txn, struct engine_part part, struct store_acl *out);
/* In a step on the mailbox's partition. */
void store_acl_put(struct engine_txn *txn, const struct store_grant *g);
/* In a step on the user's root; on: it points to the mailbox. */
void store_acl_point(struct engine_txn *txn, uint64_t mailbox, bool on);
/* The next mailbox that root points to; *id is 0 before the first. */
enum engine_status store_acl_next(
    struct engine_txn *txn, struct engine_scan *s, uint64_t user, uint64_t *id);

/* Rights of one grant; 0: none. */
enum engine_status store_acl_rights(struct engine_txn *txn,
    struct engine_part part, uint64_t user, unsigned *out);

/* ---- names of other users' mailboxes: "Other Users/bob@localhost/x" ---- */

#define STORE_OTHERS SPAN_LIT("Other Users")

/* Whether name, in its one form, is that or lies below it. */
bool store_is_other(struct span name);
/*
 * The owner of a mailbox name, and in rest its name there; who's own are as
 * they are.  ENGINE_NOTFOUND: there is no such user; ENGINE_REFUSED: that
 * cannot be a mailbox.
 */
enum engine_status store_name_owner(struct engine_txn *txn, uint64_t who,
    struct span name, uint64_t *owner, struct buf *rest);

/* ---- \Seen of those who do not own a mailbox (store_seen.c) ---- */

static inline bool
store_is_guest(const struct store_mailbox *m)
{
	return m->who != m->owner;
}

enum engine_status store_seen_get(struct engine_txn *txn,
    struct engine_part part, uint64_t who, struct seqset *out); /* adds */
void
store_seen_put(struct engine_txn *txn, uint64_t who, const struct seqset *seen);

#endif
