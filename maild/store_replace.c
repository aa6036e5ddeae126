/* SPDX-License-Identifier: ISC */
#include "store_replace.h"

#include <stdlib.h>

#include "store_expunge.h"

struct old {
	struct store_replaced *all;
	struct store_series series;
	struct store_piece piece;
	struct store_usage freed; /* beyond what the new ones take again */
};

struct store_replaced {
	struct store_op *op;
	uint64_t owner; /* of what is added … */
	struct store_usage added;
	struct store_usage net; /* … and of it, what the old ones do not make
				 * room for */
	struct old *old;
	size_t n;
};

struct store_replaced *
store_replaced_new(struct store_op *op, const struct store_place *old, size_t n)
{
	struct store_replaced *r = xcalloc(1, sizeof(*r));

	r->op = op;
	r->old = xcalloc(n, sizeof(*r->old));
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		struct old *o = &r->old[i];

		o->all = r;
		o->series.from = old[i].mailbox;
		seqset_add(&o->series.uids, old[i].uid, old[i].uid);
		o->piece.series = &o->series;
		o->piece.lo = o->piece.hi = old[i].uid;
	}
	return r;
}

void
store_replaced_free(struct store_replaced *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		store_piece_clear(&r->old[i].piece);
		seqset_clear(&r->old[i].series.uids);
	}
	free(r->old);
	free(r);
}

/* ---- in the writer ---- */

static uint64_t
more(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static struct store_usage
beyond(const struct store_usage *a, const struct store_usage *b)
{
	return (struct store_usage){ more(a->storage, b->storage),
		more(a->messages, b->messages) };
}

/* What it holds makes room in its own quota only. */
static void
count(struct old *o, const struct store_usage *held)
{
	struct store_replaced *r = o->all;
	struct store_usage net = r->net;

	o->freed = *held;
	if (store_mailbox_owner(o->series.from.id) != r->owner)
		return;
	r->net = beyond(&net, held);
	o->freed = beyond(held, &net);
}

static enum engine_status
find_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct old *o = arg;
	uint32_t uid = o->piece.lo, row = 0;
	struct store_page *pg = xmalloc(sizeof(*pg));
	enum engine_status st = store_page_find(txn, part, uid, pg);

	if (o == o->all->old) /* the update may run again */
		o->all->net = o->all->added;
	store_piece_clear(&o->piece);
	if (st == ENGINE_OK)
		st = store_page_cold(txn, part, pg);
	if (st == ENGINE_OK)
		row = store_page_row(pg, uid);
	if (st == ENGINE_NOTFOUND ||
	    (st == ENGINE_OK && pg->col[STORE_C_UID][row] != uid))
		st = store_refuse(o->all->op, STORE_EXPUNGED);
	else if (st == ENGINE_OK)
		count(o, &(struct store_usage){ pg->col[STORE_C_SIZE][row],
				1 });
	free(pg);
	return st;
}

struct store_usage
store_replaced_net(const struct store_replaced *r, uint64_t owner,
    const struct store_usage *added)
{
	return owner == r->owner ? r->net : *added;
}

static enum engine_status
take_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct old *o = arg;

	return store_expunge_piece(txn, part, &o->piece, false);
}

static enum engine_status
release_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct old *o = arg;

	return store_usage_sub(txn, part, &o->freed);
}

/* ---- the steps ---- */

size_t
store_replaced_steps(const struct store_replaced *r)
{
	return r != NULL ? 3 * r->n : 0;
}

size_t
store_replaced_find(struct store_replaced *r, uint64_t owner,
    const struct store_usage *added, struct engine_step *steps)
{
	r->owner = owner;
	r->added = *added;
	for (size_t i = 0; i < r->n; i++)
		steps[i] = (struct engine_step){
			store_part(r->old[i].series.from.id), find_run,
			&r->old[i] };
	return r->n;
}

size_t
store_replaced_take(struct store_replaced *r, struct engine_step *steps)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		uint64_t from = r->old[i].series.from.id;

		steps[n++] = (struct engine_step){ store_part(from), take_run,
			&r->old[i] };
		steps[n++] = (struct engine_step){
			store_root(store_mailbox_owner(from)), release_run,
			&r->old[i] };
	}
	return n;
}
