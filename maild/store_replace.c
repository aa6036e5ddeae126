/* SPDX-License-Identifier: ISC */
#include "store_replace.h"

#include <stdlib.h>

#include "store_expunge.h"

struct store_replaced {
	struct store_op *op;
	struct store_series series;
	struct store_piece piece;
	struct store_usage held;  /* by it, as found … */
	struct store_usage added; /* … in the same quota */
};

struct store_replaced *
store_replaced_new(struct store_op *op, const struct store_mailbox *from,
    uint32_t uid)
{
	struct store_replaced *r = xcalloc(1, sizeof(*r));

	r->op = op;
	r->series.from = *from;
	seqset_add(&r->series.uids, uid, uid);
	r->piece.series = &r->series;
	r->piece.lo = r->piece.hi = uid;
	return r;
}

void
store_replaced_free(struct store_replaced *r)
{
	if (r == NULL)
		return;
	store_piece_clear(&r->piece);
	seqset_clear(&r->series.uids);
	free(r);
}

/* ---- in the writer ---- */

static enum engine_status
find_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_replaced *r = arg;
	uint32_t uid = r->piece.lo, row = 0;
	struct store_page *pg = xmalloc(sizeof(*pg));
	enum engine_status st = store_page_find(txn, part, uid, pg);

	store_piece_clear(&r->piece);
	if (st == ENGINE_OK)
		st = store_page_cold(txn, part, pg);
	if (st == ENGINE_OK)
		row = store_page_row(pg, uid);
	if (st == ENGINE_NOTFOUND ||
	    (st == ENGINE_OK && pg->col[STORE_C_UID][row] != uid))
		st = store_refuse(r->op, STORE_EXPUNGED);
	else if (st == ENGINE_OK)
		r->held = (struct store_usage){ pg->col[STORE_C_SIZE][row], 1 };
	free(pg);
	return st;
}

static uint64_t
more(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static bool
owns(uint64_t owner, const struct store_replaced *r)
{
	return owner == store_mailbox_owner(r->series.from.id);
}

struct store_usage
store_replaced_net(const struct store_replaced *r, uint64_t owner,
    const struct store_usage *added)
{
	if (!owns(owner, r))
		return *added;
	return (struct store_usage){ more(added->storage, r->held.storage),
		more(added->messages, r->held.messages) };
}

static enum engine_status
take_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_replaced *r = arg;

	return store_expunge_piece(txn, part, &r->piece, false);
}

static enum engine_status
release_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_replaced *r = arg;
	const struct store_usage less = { more(r->held.storage,
					      r->added.storage),
		more(r->held.messages, r->added.messages) };

	return store_usage_sub(txn, part, &less);
}

/* ---- the steps ---- */

size_t
store_replaced_find(struct store_replaced *r, uint64_t owner,
    const struct store_usage *added, struct engine_step *steps)
{
	if (owns(owner, r))
		r->added = *added;
	steps[0] = (struct engine_step){ store_part(r->series.from.id),
		find_run, r };
	return 1;
}

size_t
store_replaced_take(struct store_replaced *r, struct engine_step *steps)
{
	uint64_t from = r->series.from.id;

	steps[0] = (struct engine_step){ store_part(from), take_run, r };
	steps[1] = (struct engine_step){ store_root(store_mailbox_owner(from)),
		release_run, r };
	return 2;
}
