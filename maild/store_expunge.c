/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_expunge.h"

struct work {
	struct engine_txn *txn;
	struct store_piece *piece;
	bool only_deleted;
	struct store_head head;
	struct seqset gone;
	size_t at; /* in the set */
	struct store_page page;
};

static bool
goes(struct work *w, uint32_t i)
{
	const struct store_page *pg = &w->page;

	return store_piece_has(w->piece, &w->at,
	    (uint32_t)pg->col[STORE_C_UID][i]) &&
	    (!w->only_deleted ||
		(pg->col[STORE_C_FLAGS][i] & STORE_DELETED) != 0);
}

static void
drop_row(struct work *w, uint32_t i)
{
	const struct store_page *pg = &w->page;
	uint32_t uid = (uint32_t)pg->col[STORE_C_UID][i];
	char key[5];

	seqset_add(&w->gone, uid, uid);
	store_head_count(&w->head, uid, pg->col[STORE_C_FLAGS][i],
	    pg->col[STORE_C_SIZE][i], -1);
	if (pg->col[STORE_C_PREFIX][i] > 0)
		engine_del(w->txn, store_uid_key(key, 'b', uid));
	engine_blob_unref(w->txn, pg->col[STORE_C_BLOB][i]);
}

static enum engine_status
expunge_page(struct work *w, struct engine_part part)
{
	struct store_page *pg = &w->page;
	bool keep[STORE_PAGE_ROWS];
	uint32_t n = pg->n, kept = 0;
	enum engine_status st;

	for (uint32_t i = 0; i < n; i++)
		kept += keep[i] = !goes(w, i);
	if (kept == n)
		return ENGINE_OK;
	st = store_page_cold(w->txn, part, pg);
	if (st != ENGINE_OK)
		return st;
	for (uint32_t i = 0; i < n; i++) {
		if (!keep[i])
			drop_row(w, i);
	}
	if (kept == 0) {
		store_page_del(w->txn, pg);
		return ENGINE_OK;
	}
	store_page_keep(pg, keep);
	store_page_put(w->txn, pg, STORE_HOT | STORE_COLD);
	return ENGINE_OK;
}

static enum engine_status
expunge_pages(struct work *w, struct engine_part part)
{
	struct store_changed *r = &w->piece->result;
	const struct store_head before = w->head;
	uint64_t last;
	enum engine_status st;

	w->head.modseq++;
	for (;;) {
		st = store_piece_page(w->piece, w->txn, part, &w->page);
		if (st != ENGINE_OK)
			break;
		last = w->page.col[STORE_C_UID][w->page.n - 1];
		st = expunge_page(w, part);
		if (st != ENGINE_OK)
			break;
		/* Where the next page is looked for. */
		w->page.n = 1;
		w->page.col[STORE_C_UID][0] = last;
	}
	if (st != ENGINE_NOTFOUND || w->gone.len == 0)
		return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
	st = store_log_put(w->txn, part, &w->head, &w->gone);
	store_head_put(w->txn, &w->head);
	engine_notify(w->txn, part);
	w->piece->freed.storage = before.size - w->head.size;
	w->piece->freed.messages = before.messages - w->head.messages;
	if (r->first_modseq == 0)
		r->first_modseq = w->head.modseq;
	r->last_modseq = w->head.modseq;
	return st;
}

enum engine_status
store_expunge_piece(struct engine_txn *txn, struct engine_part part,
    struct store_piece *p, bool only_deleted)
{
	struct work *w = xcalloc(1, sizeof(*w));
	enum engine_status st;

	w->txn = txn;
	w->piece = p;
	w->only_deleted = only_deleted;
	st = store_head_get(txn, part, &w->head);
	if (st == ENGINE_OK)
		st = expunge_pages(w, part);
	if (only_deleted) {
		p->result.done = w->gone;
		w->gone = (struct seqset){ 0 };
	}
	seqset_clear(&w->gone);
	free(w);
	return st;
}

static enum engine_status
expunge_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	store_piece_clear(arg);
	return store_expunge_piece(txn, part, arg, true);
}

static size_t
expunge_steps(struct store_piece *p, struct engine_step *steps)
{
	steps[0] = (struct engine_step){ store_part(p->series->from.id),
		expunge_run, p };
	steps[1] = store_piece_release(p);
	return 2;
}

void
store_expunge(struct store *st, const struct store_mailbox *m,
    const struct seqset *uids, store_changed_fn done, void *arg)
{
	static struct seqrange everything = { 1, UINT32_MAX };
	static const struct seqset all = { &everything, 1, 1 };
	struct store_series *s = store_series_new(sizeof(*s), st, m,
	    uids != NULL ? uids : &all, done, arg);

	s->steps = expunge_steps;
	s->weight = (size_t)STORE_SERIES_PAGES * 4096;
	store_series_submit(s, store_allowed(m, STORE_EXPUNGE));
}
