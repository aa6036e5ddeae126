/* SPDX-License-Identifier: ISC */
#include "store_quota.h"

#include <stdlib.h>

#include "bytes.h"

/* "q": version 1, 3 zero, storage and messages in use, then the limits (8
 * each).  There is none before the first message. */
#define QUOTA_SIZE (4 + 8 * (2 + STORE_RESOURCES))
#define QUOTA_KEY  SPAN_LIT("q")

struct record {
	struct store_usage used;
	uint64_t limit[STORE_RESOURCES]; /* or STORE_QUOTA_NONE, _DEFAULT */
};

static enum engine_status
record_get(struct engine_txn *txn, struct engine_part part, struct record *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, part, QUOTA_KEY, &v);

	*out = (struct record){ 0 };
	for (size_t i = 0; i < STORE_RESOURCES; i++)
		out->limit[i] = STORE_QUOTA_DEFAULT;
	if (st == ENGINE_NOTFOUND)
		return ENGINE_OK;
	if (st != ENGINE_OK)
		return st;
	if (v.n != QUOTA_SIZE || v.p[0] != 1)
		return ENGINE_CORRUPT;
	out->used.storage = le64_get(v.p + 4);
	out->used.messages = le64_get(v.p + 12);
	for (size_t i = 0; i < STORE_RESOURCES; i++)
		out->limit[i] = le64_get(v.p + 20 + 8 * i);
	return ENGINE_OK;
}

static void
record_put(struct engine_txn *txn, const struct record *r)
{
	char v[QUOTA_SIZE] = { 1 };

	le64_put(v + 4, r->used.storage);
	le64_put(v + 12, r->used.messages);
	for (size_t i = 0; i < STORE_RESOURCES; i++)
		le64_put(v + 20 + 8 * i, r->limit[i]);
	engine_put(txn, QUOTA_KEY, span_of(v, sizeof(v)));
}

static uint64_t
effective(const struct record *r, const struct store_limits *def,
    enum store_resource what)
{
	return r->limit[what] == STORE_QUOTA_DEFAULT ? def->limit[what]
						     : r->limit[what];
}

/* ---- in an update ---- */

static bool
fits(uint64_t used, uint64_t add, uint64_t limit)
{
	return add == 0 || limit == STORE_QUOTA_NONE ||
	       (used <= limit && add <= limit - used);
}

enum engine_status
store_usage_add(struct engine_txn *txn, struct engine_part part,
    struct store_op *op, const struct store_usage *add,
    const struct store_limits *def)
{
	struct record r;
	enum engine_status st;

	if (add->messages == 0 && add->storage == 0)
		return ENGINE_OK;
	st = record_get(txn, part, &r);
	if (st != ENGINE_OK)
		return st;
	if (!fits(r.used.storage, add->storage,
		effective(&r, def, STORE_STORAGE)) ||
	    !fits(r.used.messages, add->messages,
		effective(&r, def, STORE_MESSAGES)))
		return store_refuse(op, STORE_OVERQUOTA);
	r.used.storage += add->storage;
	r.used.messages += add->messages;
	record_put(txn, &r);
	return ENGINE_OK;
}

static uint64_t
less(uint64_t used, uint64_t sub)
{
	return used > sub ? used - sub : 0;
}

enum engine_status
store_usage_sub(struct engine_txn *txn, struct engine_part part,
    const struct store_usage *sub)
{
	struct record r;
	enum engine_status st;

	if (sub->messages == 0 && sub->storage == 0)
		return ENGINE_OK;
	st = record_get(txn, part, &r);
	if (st != ENGINE_OK)
		return st;
	r.used.storage = less(r.used.storage, sub->storage);
	r.used.messages = less(r.used.messages, sub->messages);
	record_put(txn, &r);
	return ENGINE_OK;
}

enum engine_status
store_usage_boxes(struct engine_txn *txn, struct engine_part part,
    uint32_t boxes, const struct store_limits *def, bool *over)
{
	struct record r;
	enum engine_status st = record_get(txn, part, &r);

	*over = boxes > effective(&r, def, STORE_MAILBOXES);
	return st;
}

/* ---- asking and setting ---- */

void
store_quota_default(struct store *st, const uint64_t limit[STORE_RESOURCES])
{
	memcpy(st->limits->limit, limit, sizeof(st->limits->limit));
}

enum store_status
store_quota_get(struct store *st, uint64_t user, struct store_quota *out)
{
	struct store_rootrec root;
	struct record r;
	enum engine_status es;

	store_begin(st);
	es = store_root_get(st->txn, user, &root);
	if (es == ENGINE_OK)
		es = record_get(st->txn, store_root(user), &r);
	store_end(st);
	if (es != ENGINE_OK)
		return store_told(es);
	out->used[STORE_STORAGE] = r.used.storage;
	out->used[STORE_MESSAGES] = r.used.messages;
	out->used[STORE_MAILBOXES] = root.boxes;
	for (unsigned i = 0; i < STORE_RESOURCES; i++) {
		out->set[i] = r.limit[i];
		out->limit[i] = effective(&r, st->limits, i);
	}
	return STORE_OK;
}

enum store_status
store_quota_room(struct store *st, uint64_t user, uint64_t size)
{
	struct store_quota q;
	enum store_status status = store_quota_get(st, user, &q);

	if (status != STORE_OK)
		return status;
	return fits(q.used[STORE_STORAGE], size, q.limit[STORE_STORAGE]) &&
		       fits(q.used[STORE_MESSAGES], 1, q.limit[STORE_MESSAGES])
		   ? STORE_OK
		   : STORE_OVERQUOTA;
}

struct setting {
	struct store_op op;
	uint64_t limit[STORE_RESOURCES];
};

static enum engine_status
set_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct setting *s = arg;
	struct store_rootrec root;
	struct record r;
	enum engine_status st = store_root_get(txn, part.id, &root);

	if (st == ENGINE_OK)
		st = record_get(txn, part, &r);
	if (st != ENGINE_OK)
		return st;
	for (unsigned i = 0; i < STORE_RESOURCES; i++) {
		if (s->limit[i] != STORE_QUOTA_KEEP)
			r.limit[i] = s->limit[i];
	}
	record_put(txn, &r);
	return ENGINE_OK;
}

static void
set_done(void *arg, enum engine_status es)
{
	struct setting *s = arg;

	s->op.done(s->op.arg, store_op_status(&s->op, es));
	free(s);
}

void
store_quota_set(struct store *st, uint64_t user,
    const uint64_t limit[STORE_RESOURCES], store_done done, void *arg)
{
	struct setting *s = xcalloc(1, sizeof(*s));
	struct engine_step step = { store_root(user), set_run, s };
	struct engine_update u = {
		.steps = &step, .nsteps = 1, .done = set_done, .arg = s
	};

	s->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	memcpy(s->limit, limit, sizeof(s->limit));
	engine_update(st->c, &u);
}
