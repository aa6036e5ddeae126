/* SPDX-License-Identifier: ISC */
#include "store_acl.h"
#include "store_names.h"

/* ---- reading ---- */

static enum engine_status
open_name(struct engine_txn *txn, uint64_t who, struct span name,
    struct store_mailbox *out)
{
	struct store_namerec rec = { 0 };
	struct buf rest = { 0 };
	enum engine_status es =
	    store_name_owner(txn, who, name, &out->owner, &rest);

	if (es == ENGINE_OK)
		es = store_name_get(txn, out->owner, buf_span(&rest), &rec);
	buf_free(&rest);
	if (es == ENGINE_REFUSED || (es == ENGINE_OK && rec.id == 0))
		es = ENGINE_NOTFOUND;
	if (es != ENGINE_OK)
		return es;
	out->id = rec.id;
	out->who = who;
	return store_rights(txn, who, rec.id, &out->rights);
}

/* Each use of it has a right of its own; with none at all it is not there. */
enum store_status
store_mailbox_open(struct store *st, const struct store_user *who,
    struct span name, struct store_mailbox *out)
{
	struct buf b = { 0 };
	enum engine_status es = ENGINE_NOTFOUND;

	*out = (struct store_mailbox){ 0 };
	if (store_name(&b, name)) {
		store_begin(st);
		es = open_name(st->txn, who->id, buf_span(&b), out);
		store_end(st);
	}
	buf_free(&b);
	if (es == ENGINE_OK && out->rights == 0)
		es = ENGINE_NOTFOUND;
	return store_told(es);
}

enum store_status
store_mailbox_refresh(struct store *st, struct store_mailbox *m)
{
	enum engine_status es;

	if (!store_is_guest(m))
		return STORE_OK;
	store_begin(st);
	es = store_rights(st->txn, m->who, m->id, &m->rights);
	store_end(st);
	return es == ENGINE_OK ? store_allowed(m, STORE_READ) :
				 store_told(es);
}

/* Of a user who has seen other messages than the owner has. */
static enum store_status
count_unseen(struct store *st, const struct store_mailbox *m, uint32_t *out)
{
	struct store_cursor c = { .mailbox = *m, .columns = STORE_HOT };
	enum store_status status;
	struct store_msg msg = { 0 };

	*out = 0;
	store_begin(st);
	while ((status = store_msg_next(st, &c, msg.uid + 1, &msg)) ==
	       STORE_OK) {
		*out += (msg.flags.system & STORE_SEEN) == 0;
		if (msg.uid == UINT32_MAX)
			break;
	}
	store_end(st);
	store_cursor_end(&c);
	return status == STORE_NONEXISTENT ? STORE_OK : status;
}

enum store_status
store_mailbox_counts(struct store *st, const struct store_mailbox *m,
    struct store_counts *out)
{
	enum store_status status = store_allowed(m, STORE_READ);
	struct store_head h;
	enum engine_status es;

	if (status != STORE_OK)
		return status;
	store_begin(st);
	es = store_head_get(st->txn, store_part(m->id), &h);
	store_end(st);
	if (es != ENGINE_OK)
		return store_told(es);
	*out = (struct store_counts){ .messages = h.messages,
		.unseen = h.unseen, .deleted = h.deleted, .recent = h.recent,
		.uidnext = h.uidnext, .uidvalidity = h.uidvalidity,
		.modseq = h.modseq, .size = h.size };
	return store_is_guest(m) ? count_unseen(st, m, &out->unseen) :
				   STORE_OK;
}

enum store_status
store_mailbox_keywords(struct store *st, const struct store_mailbox *m,
    struct store_keywords *out)
{
	enum store_status status = store_allowed(m, STORE_READ);
	struct store_kwlist l;
	enum engine_status es;

	out->len = 0;
	if (status != STORE_OK)
		return status;
	store_begin(st);
	es = store_kwlist_get(st->txn, store_part(m->id), &l);
	store_end(st);
	if (es != ENGINE_OK)
		return store_told(es);
	out->len = l.len;
	memcpy(out->name, l.name, l.len * sizeof(l.name[0]));
	return STORE_OK;
}

struct engine_watch *
store_mailbox_watch(struct store *st, const struct store_mailbox *m,
    void (*fn)(void *arg), void *arg)
{
	return engine_watch(st->c, store_part(m->id), fn, arg);
}

struct engine_watch *
store_names_watch(struct store *st, uint64_t user, void (*fn)(void *arg),
    void *arg)
{
	return engine_watch(st->c, store_root(user), fn, arg);
}

/* ---- creating ---- */

/* As given, but for one separator at its end, which RFC 9051 section 6.3.4
 * lets a client add. */
static struct span
without_end(struct span name)
{
	if (name.n > 1 && name.p[name.n - 1] == STORE_SEPARATOR)
		name.n--;
	return name;
}

static enum engine_status
create_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_names *n = arg;
	struct store_namerec old, new;
	enum engine_status st = store_names_begin(txn, part, n);

	if (st == ENGINE_OK)
		st = store_name_get(txn, part.id, buf_span(&n->to), &old);
	if (st == ENGINE_OK && old.id != 0)
		return store_refuse(&n->op, STORE_ALREADYEXISTS);
	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return st;
	st = store_names_parents(txn, n);
	if (st == ENGINE_OK && n->use != 0)
		st = store_uses_take(txn, part.id, &n->root,
		    buf_span(&n->to), n->use);
	if (st != ENGINE_OK)
		return st;
	new = old;
	new.use = n->use;
	new.was_inbox = n->was_inbox;
	new.id = store_names_new(n);
	store_name_put(txn, &n->root, buf_span(&n->to), &old, &new);
	return store_names_end(txn, n);
}

void
store_names_create(struct store_names *n, struct span name)
{
	if (!store_names_set(n, &n->to, without_end(name)))
		return;
	n->run = create_run;
	n->makes = STORE_NAMES_ALL;
	store_names_submit(n);
}

void
store_mailbox_create(struct store *st, const struct store_user *who,
    struct span name, unsigned use, store_done done, void *arg)
{
	struct store_names *n = store_names_op(st, who, done, arg);

	n->use = use;
	store_names_create(n, name);
}

/* ---- deleting ---- */

static enum engine_status
delete_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_names *n = arg;
	struct store_namerec old, new;
	enum engine_status st = store_names_begin(txn, part, n);

	if (st == ENGINE_OK)
		st = store_name_get(txn, part.id, buf_span(&n->from), &old);
	if (st == ENGINE_OK && old.id == 0)
		st = ENGINE_NOTFOUND;
	if (st != ENGINE_OK)
		return st;
	if (old.id != n->gone)
		return store_refuse(&n->op, STORE_AGAIN);
	new = (struct store_namerec){ .subscribed = old.subscribed };
	store_name_put(txn, &n->root, buf_span(&n->from), &old, &new);
	return store_names_end(txn, n);
}

void
store_mailbox_delete(struct store *st, const struct store_user *who,
    struct span name, store_done done, void *arg)
{
	struct store_names *n = store_names_op(st, who, done, arg);

	if (!store_names_set(n, &n->from, name))
		return;
	if (span_eq(buf_span(&n->from), SPAN_LIT("INBOX"))) {
		store_names_free(n, STORE_CANNOT);
		return;
	}
	n->run = delete_run;
	n->removes = true;
	store_names_submit(n);
}

/* ---- subscribing ---- */

static enum engine_status
subscribe_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_names *n = arg;
	struct store_namerec old, new;
	enum engine_status st = store_names_begin(txn, part, n);

	if (st == ENGINE_OK)
		st = store_name_get(txn, part.id, buf_span(&n->to), &old);
	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return st;
	if (old.subscribed == n->on)
		return ENGINE_OK;
	new = old;
	new.subscribed = n->on;
	store_name_put(txn, &n->root, buf_span(&n->to), &old, &new);
	return store_names_end(txn, n);
}

void
store_subscribe(struct store *st, const struct store_user *who,
    struct span name, bool on, store_done done, void *arg)
{
	struct store_names *n = store_names_op(st, who, done, arg);

	n->on = on;
	if (!store_name(&n->to, name)) {
		store_names_free(n, on ? STORE_CANNOT : STORE_OK);
		return;
	}
	n->run = subscribe_run;
	store_names_submit(n);
}
