/* SPDX-License-Identifier: ISC */
#include "imap_order.h"

#include <stdlib.h>

#include "bytes.h"

/* Messages, or numbers merged, between two looks at the clock. */
#define WALK_SLICE  64
#define MERGE_SLICE 4096

/* ---- reading ---- */

static enum store_status
read_one(struct order_walk *w, uint32_t seq)
{
	struct search *s = w->search;
	struct sort_keys keys = { 0 };
	enum store_status st = imap_message_load(
	    &s->m, s->view->uid[seq - 1], STORE_HOT | STORE_COLD);

	if (st == STORE_OK && w->keys)
		st = imap_message_sort_keys(&s->m, &keys);
	if (st == STORE_OK)
		w->row(w->arg, seq, &s->m.msg, &keys);
	return st;
}

static bool
walk(struct order_walk *w)
{
	struct search *s = w->search;

	for (unsigned n = 1; seqset_next(&s->found, w->next, &w->next); n++) {
		uint32_t seq = (uint32_t)w->next;
		enum store_status st;

		if (seq >= w->ahead.end)
			return false;
		w->next++;
		st = read_one(w, seq);
		if (st != STORE_OK)
			seqset_add(&w->gone, seq, seq);
		s->expunged |= st == STORE_NONEXISTENT;
		s->failed |= st != STORE_OK && st != STORE_NONEXISTENT;
		if (n % WALK_SLICE == 0 && imap_slice_over(s->im))
			return false;
	}
	seqset_subtract(&s->found, &w->gone);
	return true;
}

bool
order_walk_run(struct order_walk *w)
{
	struct search *s = w->search;
	bool all;

	w->ahead.im = s->im;
	w->ahead.view = s->view;
	w->ahead.seqs = &s->found;
	w->ahead.columns = STORE_HOT | STORE_COLD;
	w->ahead.meta = w->keys;
	if (!imap_ahead_begin(&w->ahead, w->next))
		return false;
	store_begin(s->im->store);
	imap_message_begin(&s->m);
	all = walk(w);
	imap_message_end(&s->m);
	store_end(s->im->store);
	return all;
}

void
order_walk_clear(struct order_walk *w)
{
	seqset_clear(&w->gone);
}

/* ---- ordering ---- */

static void
begin(struct order *o)
{
	o->v = xrealloc_array(NULL, o->n + 1, sizeof(o->v[0]));
	o->other = xrealloc_array(NULL, o->n + 1, sizeof(o->v[0]));
	for (size_t i = 0; i < o->n; i++)
		o->v[i] = (uint32_t)i;
	o->width = 1;
}

/* Merge two runs of at most width numbers, v[at ..], into other. */
static void
merge(struct order *o)
{
	size_t mid = o->at + o->width < o->n ? o->at + o->width : o->n;
	size_t end = mid + o->width < o->n ? mid + o->width : o->n;
	size_t a = o->at, b = mid;

	for (size_t i = o->at; i < end; i++) {
		bool first = b == end || (a < mid && o->compare(o->arg, o->v[a],
							 o->v[b]) <= 0);

		o->other[i] = first ? o->v[a++] : o->v[b++];
	}
	o->at = end;
}

bool
order_run(struct order *o, const struct imap *im)
{
	size_t done = 0;

	if (o->v == NULL)
		begin(o);
	for (; o->width < o->n; o->width *= 2) {
		uint32_t *swap = o->v;

		while (o->at < o->n) {
			done += 2 * o->width;
			merge(o);
			if (done < MERGE_SLICE)
				continue;
			done = 0;
			if (imap_slice_over(im))
				return false;
		}
		o->v = o->other;
		o->other = swap;
		o->at = 0;
	}
	return true;
}

void
order_clear(struct order *o)
{
	free(o->v);
	free(o->other);
}

/* ---- texts ---- */

struct order_text
order_text_add(struct buf *texts, struct span s)
{
	char start[8] = { 0 };
	struct order_text t = { .at = (uint32_t)texts->len,
		.n = (uint32_t)s.n };

	if (s.n > 0)
		memcpy(start, s.p, s.n < sizeof(start) ? s.n : sizeof(start));
	t.start = be64_get(start);
	texts->max = ORDER_TEXTS_MAX;
	buf_add_span(texts, s);
	return t;
}

int
order_text_compare(const struct buf *texts, const struct order_text *a,
    const struct order_text *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int way = 0;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (n > sizeof(a->start))
		way = memcmp(texts->data + a->at, texts->data + b->at, n);
	return way != 0 ? way : (a->n > b->n) - (a->n < b->n);
}
