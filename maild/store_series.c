/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_index.h"
#include "store_series.h"

void *
store_series_new(size_t size, struct store *st,
    const struct store_mailbox *from, const struct seqset *uids,
    store_changed_fn done, void *arg)
{
	struct store_series *s = xcalloc(1, size);

	s->st = st;
	s->from = *from;
	s->limits = *st->limits;
	s->done = done;
	s->arg = arg;
	for (size_t i = 0; i < uids->len; i++)
		seqset_add(&s->uids, uids->range[i].lo, uids->range[i].hi);
	return s;
}

/* ---- results ---- */

static void
result_clear(struct store_changed *c)
{
	seqset_clear(&c->done);
	seqset_clear(&c->modified);
	seqset_clear(&c->missing);
	seqset_clear(&c->source);
	seqset_clear(&c->copy);
	*c = (struct store_changed){ 0 };
}

static void
add(struct seqset *to, const struct seqset *from)
{
	for (size_t i = 0; i < from->len; i++)
		seqset_add(to, from->range[i].lo, from->range[i].hi);
}

static void
result_add(struct store_changed *to, const struct store_changed *from)
{
	if (to->first_modseq == 0)
		to->first_modseq = from->first_modseq;
	if (from->last_modseq != 0) {
		to->last_modseq = from->last_modseq;
		to->nmodseqs++;
	}
	if (from->uidvalidity != 0)
		to->uidvalidity = from->uidvalidity;
	add(&to->done, &from->done);
	add(&to->modified, &from->modified);
	add(&to->source, &from->source);
	add(&to->copy, &from->copy);
}

static void
find_missing(struct store_series *s)
{
	struct seqset *missing = &s->result.missing;
	const struct seqset *done = &s->result.done;
	const struct seqset *modified = &s->result.modified;

	add(missing, &s->uids);
	for (size_t i = 0; i < done->len; i++)
		seqset_remove(missing, done->range[i].lo, done->range[i].hi);
	for (size_t i = 0; i < modified->len; i++)
		seqset_remove(missing, modified->range[i].lo,
		    modified->range[i].hi);
}

static void
finish(void *arg, enum store_status status)
{
	struct store_series *s = arg;

	if (status == STORE_OK && s->wants_missing)
		find_missing(s);
	if (s->result.copy.len > 0)
		store_index_changed(s->st, s->to.id);
	s->done(s->arg, status, &s->result);
	if (s->release != NULL)
		s->release(s);
	result_clear(&s->result);
	seqset_clear(&s->uids);
	free(s);
}

static void
piece_done(void *arg, enum engine_status es)
{
	struct store_piece *p = arg;
	struct store_series *s = p->series;
	enum store_status status = store_op_status(&p->op, es);

	if (status == STORE_OK)
		result_add(&s->result, &p->result);
	else if (s->status == STORE_OK)
		s->status = status;
	if (s->release_piece != NULL)
		s->release_piece(p);
	result_clear(&p->result);
	free(p);
	if (--s->pieces == 0)
		finish(s, s->status);
}

/* ---- cutting ---- */

static void
submit_piece(struct store_series *s, uint32_t lo, uint32_t hi)
{
	struct store_piece *p = xcalloc(1, sizeof(*p));
	struct engine_step steps[STORE_SERIES_STEPS];
	struct engine_update u = { .steps = steps, .weight = s->weight,
		.done = piece_done, .arg = p };

	p->op.st = s->st;
	p->series = s;
	p->lo = lo;
	p->hi = hi;
	u.nsteps = s->steps(p, steps);
	s->pieces++;
	engine_update(s->st->c, &u);
}

static bool
touches(const struct seqset *set, uint32_t lo, uint32_t hi)
{
	uint64_t n;

	return seqset_next(set, lo, &n) && n <= hi;
}

/* Cut where enough pages with a UID of the set have gone by.  Messages that
 * come from now on, copies made by the series among them, are not touched. */
static enum engine_status
cut(struct store_series *s)
{
	struct engine_txn *txn = s->st->txn;
	struct engine_part part = store_part(s->from.id);
	struct store_page *pg = xmalloc(sizeof(*pg));
	uint32_t lo = 1, pages = 0, last = 0;
	struct store_head h;
	enum engine_status es = store_head_get(txn, part, &h);

	if (es == ENGINE_OK)
		es = store_page_next(txn, part, 1, 0, pg);
	else if (es == ENGINE_NOTFOUND)
		es = ENGINE_REFUSED;
	for (; es == ENGINE_OK;
	     es = store_page_next(txn, part, last + 1, 0, pg)) {
		last = (uint32_t)pg->col[STORE_C_UID][pg->n - 1];
		if (!touches(&s->uids, pg->first, last) ||
		    ++pages < STORE_SERIES_PAGES)
			continue;
		submit_piece(s, lo, last);
		lo = last + 1;
		pages = 0;
	}
	free(pg);
	if (es == ENGINE_NOTFOUND && (pages > 0 || s->pieces == 0))
		submit_piece(s, lo, h.uidnext - 1);
	return es;
}

void
store_series_submit(struct store_series *s, enum store_status status)
{
	enum engine_status es;

	if (status == STORE_OK) {
		store_begin(s->st);
		engine_hold(s->st->c);
		es = cut(s);
		engine_release(s->st->c);
		store_end(s->st);
		if (es == ENGINE_REFUSED)
			status = STORE_NONEXISTENT;
		else if (es != ENGINE_NOTFOUND)
			status = store_told(es);
	}
	s->status = status;
	if (s->pieces == 0)
		store_later(s->st, status, finish, s);
}

/* ---- a piece at work ---- */

void
store_piece_clear(struct store_piece *p)
{
	result_clear(&p->result);
	p->added = p->freed = (struct store_usage){ 0 };
}

static enum engine_status
release_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct store_piece *p = arg;

	return store_usage_sub(txn, part, &p->freed);
}

struct engine_step
store_piece_release(struct store_piece *p)
{
	return (struct engine_step){
		store_root(store_mailbox_owner(p->series->from.id)),
		release_run, p };
}

bool
store_piece_has(const struct store_piece *p, size_t *at, uint32_t uid)
{
	const struct seqset *set = &p->series->uids;

	if (uid < p->lo || uid > p->hi)
		return false;
	while (*at < set->len && set->range[*at].hi < uid)
		++*at;
	return *at < set->len && set->range[*at].lo <= uid;
}

enum engine_status
store_piece_page(const struct store_piece *p, struct engine_txn *txn,
    struct engine_part part, struct store_page *pg)
{
	uint64_t from = p->lo, uid;
	enum engine_status st;

	if (pg->n > 0)
		from = pg->col[STORE_C_UID][pg->n - 1] + 1;
	if (!seqset_next(&p->series->uids, from, &uid) || uid > p->hi)
		return ENGINE_NOTFOUND;
	st = store_page_find(txn, part, (uint32_t)uid, pg);
	if (st == ENGINE_OK && pg->col[STORE_C_UID][0] > p->hi)
		return ENGINE_NOTFOUND;
	return st;
}
