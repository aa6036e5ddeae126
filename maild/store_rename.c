/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_annot.h"
#include "store_names.h"

/*
 * Names are opaque here, mailboxes known by their ids: a rename moves records
 * of names.  Subscriptions are of names, and stay behind (RFC 9051 section
 * 6.3.7 lets only the client change them).
 */

static enum engine_status
move_name(struct engine_txn *txn, struct store_names *n, struct span from,
    struct span to)
{
	struct store_namerec old, over, gone, new;
	uint64_t user = n->owner;
	enum engine_status st = store_name_get(txn, user, from, &old);

	if (st == ENGINE_NOTFOUND || (st == ENGINE_OK && old.id == 0))
		return ENGINE_OK;
	if (st == ENGINE_OK)
		st = store_name_get(txn, user, to, &over);
	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return st;
	if (over.id != 0)
		return store_refuse(&n->op, STORE_ALREADYEXISTS);
	gone = (struct store_namerec){ .subscribed = old.subscribed };
	new = (struct store_namerec){ .id = old.id, .use = old.use,
		.was_inbox = old.was_inbox, .subscribed = over.subscribed };
	store_name_put(txn, &n->root, from, &old, &gone);
	store_name_put(txn, &n->root, to, &over, &new);
	return ENGINE_OK;
}

/* All names below from; *moved counts the mailboxes. */
static enum engine_status
move_below(struct engine_txn *txn, struct store_names *n, size_t *moved)
{
	struct span from = buf_span(&n->from), name;
	char key[STORE_NAME_KEY + 1], text[STORE_NAME_MAX];
	struct engine_scan s = { .part = store_root(n->owner) };
	struct store_namerec rec;
	struct buf to = { 0 };
	enum engine_status st;

	s.from = store_name_key(key, from);
	key[s.from.n++] = 1;
	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK &&
	    s.key.n >= s.from.n && memcmp(s.key.p, key, s.from.n) == 0) {
		if (store_namerec_parse(s.value, &rec) < 0 || rec.id == 0)
			continue;
		store_key_name(text, s.key, &name);
		buf_clear(&to);
		buf_add_span(&to, buf_span(&n->to));
		buf_add_span(&to, span_sub(name, from.n, name.n));
		st = to.len <= STORE_NAME_MAX ?
			move_name(txn, n, name, buf_span(&to)) :
			store_refuse(&n->op, STORE_CANNOT);
		if (st != ENGINE_OK)
			break;
		++*moved;
	}
	engine_scan_end(&s);
	buf_free(&to);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

static enum engine_status
rename_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_names *n = arg;
	struct store_namerec from, to;
	enum engine_status st = store_names_begin(txn, part, n);
	size_t moved = 0;

	if (st != ENGINE_OK)
		return st;
	st = store_name_get(txn, part.id, buf_span(&n->to), &to);
	if (st == ENGINE_OK && to.id != 0)
		return store_refuse(&n->op, STORE_ALREADYEXISTS);
	if (st == ENGINE_OK || st == ENGINE_NOTFOUND)
		st = store_name_get(txn, part.id, buf_span(&n->from), &from);
	if (st == ENGINE_OK || st == ENGINE_NOTFOUND)
		st = move_below(txn, n, &moved);
	if (st == ENGINE_OK && moved == 0 && from.id == 0)
		return ENGINE_NOTFOUND;
	if (st == ENGINE_OK)
		st = move_name(txn, n, buf_span(&n->from), buf_span(&n->to));
	if (st == ENGINE_OK)
		st = store_names_parents(txn, n);
	return st == ENGINE_OK ? store_names_end(txn, n) : st;
}

/* ---- INBOX: a new mailbox, into which its messages move ---- */

struct inbox {
	struct store *st;
	struct store_user who;
	struct buf to;
	struct store_mailbox inbox, made;
	store_done done;
	void *arg;
};

static void
inbox_end(struct inbox *i, enum store_status status)
{
	i->done(i->arg, status);
	buf_free(&i->to);
	free(i);
}

static void
inbox_moved(void *arg, enum store_status status, const struct store_changed *c)
{
	(void)c;
	inbox_end(arg, status);
}

static void
inbox_annotated(void *arg, enum store_status status)
{
	struct inbox *i = arg;
	struct seqset all = { 0 };

	if (status != STORE_OK) {
		inbox_end(i, status);
		return;
	}
	seqset_add(&all, 1, UINT32_MAX);
	store_copy(i->st, &i->inbox, &all, &i->made, true, inbox_moved, i);
	seqset_clear(&all);
}

/* RFC 5464 section 4.1: INBOX keeps its annotations. */
static void
inbox_made(void *arg, enum store_status status)
{
	struct inbox *i = arg;

	if (status == STORE_OK)
		status = store_mailbox_open(i->st, &i->who, SPAN_LIT("INBOX"),
		    &i->inbox);
	if (status == STORE_OK)
		status = store_mailbox_open(i->st, &i->who, buf_span(&i->to),
		    &i->made);
	if (status != STORE_OK)
		inbox_end(i, status);
	else
		store_annot_copy(i->st, &i->inbox, &i->made, inbox_annotated,
		    i);
}

static void
rename_inbox(struct store *st, const struct store_user *who, struct span to,
    store_done done, void *arg)
{
	struct inbox *i = xcalloc(1, sizeof(*i));
	struct store_names *n = store_names_op(st, who, inbox_made, i);

	i->st = st;
	i->who = *who;
	i->done = done;
	i->arg = arg;
	buf_add_span(&i->to, to);
	n->was_inbox = true;
	store_names_create(n, to);
}

/* ---- all ---- */

void
store_mailbox_rename(struct store *st, const struct store_user *who,
    struct span from, struct span to, store_done done, void *arg)
{
	struct store_names *n;

	if (span_ieqs(from, "INBOX")) {
		rename_inbox(st, who, to, done, arg);
		return;
	}
	n = store_names_op(st, who, done, arg);
	n->run = rename_run;
	n->makes = STORE_NAMES_PARENTS;
	if (!store_names_set(n, &n->from, from) ||
	    !store_names_set(n, &n->to, to))
		return;
	/* Another user's INBOX, and what would be its own child, stay. */
	if (store_name_is_below(buf_span(&n->to), buf_span(&n->from)) ||
	    span_eq(buf_span(&n->from), SPAN_LIT("INBOX")))
		store_names_free(n, STORE_CANNOT);
	else
		store_names_submit(n);
}
