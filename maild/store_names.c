/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "store_names.h"
#include "store_purge.h"

struct store_names *
store_names_op(struct store *st, const struct store_user *who, store_done done,
    void *arg)
{
	struct store_names *n = xcalloc(1, sizeof(*n));

	n->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	n->owner = (struct store_mailbox){ .owner = who->id,
		.rights = store_rights(who->id, who->id) };
	n->limits = *st->limits;
	n->now = (uint32_t)time(NULL);
	return n;
}

static void
release(struct store_names *n)
{
	buf_free(&n->from);
	buf_free(&n->to);
	free(n);
}

void
store_names_free(struct store_names *n, enum store_status status)
{
	store_later(n->op.st, status, n->op.done, n->op.arg);
	release(n);
}

/* ---- planning ---- */

static enum engine_status
missing_parents(struct engine_txn *txn, uint64_t user, struct span name,
    uint32_t *missing)
{
	struct store_namerec rec;
	struct span parent;
	enum engine_status st;

	for (parent = store_name_parent(name); parent.n > 0;
	     parent = store_name_parent(parent)) {
		st = store_name_get(txn, user, parent, &rec);
		if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
			return st;
		*missing += rec.id == 0;
	}
	return ENGINE_OK;
}

static enum engine_status
plan(struct store_names *n)
{
	struct engine_txn *txn = n->op.st->txn;
	struct store_namerec rec;
	uint64_t user = n->owner.owner;
	enum engine_status st = store_root_get(txn, user, &n->plan);

	n->nnew = n->makes == STORE_NAMES_ALL;
	n->gone = 0;
	if (st == ENGINE_OK && n->makes != STORE_NAMES_NONE)
		st = missing_parents(txn, user, buf_span(&n->to), &n->nnew);
	if (st == ENGINE_OK && n->removes) {
		st = store_name_get(txn, user, buf_span(&n->from), &rec);
		n->gone = rec.id;
		if (st == ENGINE_OK && rec.id == 0)
			st = ENGINE_NOTFOUND;
	}
	n->uidvalidity = n->plan.uidvalidity < n->now ? n->now :
		n->plan.uidvalidity + 1;
	return st;
}

/* ---- the steps on the mailboxes ---- */

static enum engine_status
make_header(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_names *n = arg;
	uint32_t number = (uint32_t)part.id - n->plan.next;

	store_head_new(txn, n->uidvalidity + number);
	return ENGINE_OK;
}

static enum engine_status
drop_header(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_names *n = arg;
	struct store_head h;

	/* A damaged one can be got rid of, too. */
	n->freed = (struct store_usage){ 0 };
	if (store_head_get(txn, part, &h) == ENGINE_OK)
		n->freed = (struct store_usage){ h.size, h.messages };
	store_head_del(txn);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static enum engine_status
release_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_names *n = arg;

	return store_usage_sub(txn, part, &n->freed);
}

static enum engine_status
bury(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_names *n = arg;

	(void)part;
	store_bury(txn, STORE_GRAVE_MAILBOX, n->gone);
	return ENGINE_OK;
}

static void
done(void *arg, enum engine_status es)
{
	struct store_names *n = arg;
	enum store_status status = store_op_status(&n->op, es);

	if (status == STORE_AGAIN) {
		store_names_submit(n);
		return;
	}
	if (status == STORE_OK && n->gone != 0)
		store_purge(n->op.st, STORE_GRAVE_MAILBOX, n->gone);
	n->op.done(n->op.arg, status);
	release(n);
}

static void
submit(struct store_names *n)
{
	struct engine_step steps[4 + STORE_LEVELS_MAX];
	struct engine_update u = { .steps = steps, .done = done, .arg = n };
	uint64_t user = n->owner.owner;

	steps[u.nsteps++] = (struct engine_step){ store_root(user), n->run, n };
	for (uint32_t i = 0; i < n->nnew; i++)
		steps[u.nsteps++] = (struct engine_step){
			store_part(store_mailbox_id(user, n->plan.next + i)),
			make_header, n };
	if (n->gone != 0) {
		steps[u.nsteps++] = (struct engine_step){ store_part(n->gone),
			drop_header, n };
		steps[u.nsteps++] = (struct engine_step){ store_grave(), bury,
			n };
		steps[u.nsteps++] = (struct engine_step){ store_root(user),
			release_run, n };
	}
	engine_update(n->op.st->c, &u);
}

void
store_names_submit(struct store_names *n)
{
	enum store_status status = store_allowed(&n->owner,
	    STORE_LOOKUP | STORE_CREATE | STORE_DELETE);

	if (status == STORE_OK) {
		store_begin(n->op.st);
		status = store_told(plan(n));
		store_end(n->op.st);
	}
	if (status == STORE_OK)
		submit(n);
	else
		store_names_free(n, status);
}

/* ---- in the update ---- */

enum engine_status
store_names_begin(struct engine_txn *txn, struct engine_part part,
    struct store_names *n)
{
	enum engine_status st = store_root_get(txn, part.id, &n->root);

	n->made = 0;
	if (st == ENGINE_OK && n->root.epoch != n->plan.epoch)
		return store_refuse(&n->op, STORE_AGAIN);
	return st;
}

uint64_t
store_names_new(struct store_names *n)
{
	n->made++;
	n->root.uidvalidity = n->uidvalidity + n->made - 1;
	return store_mailbox_id(n->owner.owner, n->root.next++);
}

enum engine_status
store_names_parents(struct engine_txn *txn, struct store_names *n)
{
	struct store_namerec old, new;
	struct span parent = store_name_parent(buf_span(&n->to));
	enum engine_status st;

	for (; parent.n > 0; parent = store_name_parent(parent)) {
		st = store_name_get(txn, n->owner.owner, parent, &old);
		if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
			return st;
		if (old.id != 0)
			continue;
		new = old;
		new.id = store_names_new(n);
		store_name_put(txn, &n->root, parent, &old, &new);
	}
	return ENGINE_OK;
}

enum engine_status
store_names_end(struct engine_txn *txn, struct store_names *n)
{
	enum engine_status st;
	bool over;

	assert(n->made == n->nnew);
	if (n->root.names > STORE_NAMES_MAX && n->root.names > n->plan.names)
		return store_refuse(&n->op, STORE_LIMIT);
	if (n->root.boxes > n->plan.boxes) {
		st = store_usage_boxes(txn, store_root(n->owner.owner),
		    n->root.boxes, &n->limits, &over);
		if (st != ENGINE_OK)
			return st;
		if (over)
			return store_refuse(&n->op, STORE_OVERQUOTA);
	}
	n->root.epoch++;
	store_root_put(txn, &n->root);
	return ENGINE_OK;
}
