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
	n->who = n->owner = n->source = who->id;
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

bool
store_names_set(struct store_names *n, struct buf *which, struct span name)
{
	/* Nobody hears whether another user exists. */
	enum store_status no = which == &n->from ? STORE_NONEXISTENT :
						   STORE_DENIED;
	struct store *st = n->op.st;
	struct buf whole = { 0 };
	uint64_t owner = n->who;
	enum engine_status es = ENGINE_REFUSED;

	if (store_name(&whole, name)) {
		store_begin(st);
		es = store_name_owner(st->txn, n->who, buf_span(&whole),
		    &owner, which);
		store_end(st);
	}
	buf_free(&whole);
	if (es == ENGINE_REFUSED)
		no = which == &n->from ? STORE_NONEXISTENT : STORE_CANNOT;
	else if (es == ENGINE_OK)
		no = STORE_OK;
	n->owner = owner;
	if (which == &n->from)
		n->source = owner;
	if (no != STORE_OK)
		store_names_free(n, no);
	return no == STORE_OK;
}

/* ---- planning ---- */

/* RFC 4314 section 4: "x" on a mailbox that goes from its name, "k" on the one
 * above its new name; what is made there is shared as that is. */
static enum store_status
allowed(struct store_names *n, uint64_t owner, struct span name,
    unsigned need)
{
	struct engine_txn *txn = n->op.st->txn;
	struct store_mailbox m = { .owner = owner, .who = n->who };
	struct store_namerec rec = { 0 };
	enum engine_status st = ENGINE_NOTFOUND;

	for (; name.n > 0; name = store_name_parent(name)) {
		st = store_name_get(txn, owner, name, &rec);
		if ((st != ENGINE_OK && st != ENGINE_NOTFOUND) ||
		    rec.id != 0 || need == STORE_DELETE)
			break;
	}
	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return store_told(st);
	m.rights = n->who == owner ? STORE_ALL : 0;
	if (rec.id != 0)
		st = store_rights(txn, n->who, rec.id, &m.rights);
	if (rec.id != 0 && st == ENGINE_OK)
		st = store_acl_get(txn, store_part(rec.id), &n->acl);
	if (rec.id != 0 && st != ENGINE_OK)
		return store_told(st);
	if (need == STORE_DELETE)
		return store_allowed(&m, need);
	return (m.rights & need) == need ? STORE_OK : STORE_DENIED;
}

static enum store_status
all_allowed(struct store_names *n)
{
	enum store_status status = STORE_OK;

	n->acl.n = 0;
	if (n->from.len > 0)
		status = allowed(n, n->source, buf_span(&n->from),
		    STORE_DELETE);
	if (status == STORE_OK && n->to.len > 0 &&
	    n->makes != STORE_NAMES_NONE)
		status = allowed(n, n->owner,
		    store_name_parent(buf_span(&n->to)), STORE_CREATE);
	/* It would change hands. */
	if (status == STORE_OK && n->from.len > 0 && n->source != n->owner)
		status = STORE_CANNOT;
	return status;
}

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
	uint64_t user = n->owner;
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
	for (size_t i = 0; i < n->acl.n; i++)
		store_acl_put(txn, &n->acl.grant[i]);
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

/* In the root of a user that the mailboxes are shared with. */
static enum engine_status
point_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_names *n = arg;

	for (uint32_t i = 0; i < n->nnew; i++)
		store_acl_point(txn,
		    store_mailbox_id(n->owner, n->plan.next + i), true);
	if (n->gone != 0)
		store_acl_point(txn, n->gone, false);
	engine_notify(txn, part);
	return ENGINE_OK;
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
	struct engine_step steps[4 + STORE_LEVELS_MAX + STORE_ACL_MAX];
	struct engine_update u = { .steps = steps, .done = done, .arg = n };
	uint64_t user = n->owner;

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
	for (size_t i = 0; (n->nnew > 0 || n->gone != 0) && i < n->acl.n; i++)
		steps[u.nsteps++] = (struct engine_step){
			store_root(n->acl.grant[i].user), point_run, n };
	engine_update(n->op.st->c, &u);
}

void
store_names_submit(struct store_names *n)
{
	enum store_status status;

	store_begin(n->op.st);
	status = all_allowed(n);
	if (status == STORE_OK)
		status = store_told(plan(n));
	store_end(n->op.st);
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
	return store_mailbox_id(n->owner, n->root.next++);
}

enum engine_status
store_names_parents(struct engine_txn *txn, struct store_names *n)
{
	struct store_namerec old, new;
	struct span parent = store_name_parent(buf_span(&n->to));
	enum engine_status st;

	for (; parent.n > 0; parent = store_name_parent(parent)) {
		st = store_name_get(txn, n->owner, parent, &old);
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
		st = store_usage_boxes(txn, store_root(n->owner),
		    n->root.boxes, &n->limits, &over);
		if (st != ENGINE_OK)
			return st;
		if (over)
			return store_refuse(&n->op, STORE_OVERQUOTA);
	}
	n->root.epoch++;
	store_root_put(txn, &n->root);
	engine_notify(txn, store_root(n->owner));
	return ENGINE_OK;
}
