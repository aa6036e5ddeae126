/* SPDX-License-Identifier: ISC */
#include "imap_order.h"

/* Messages between two looks at the clock. */
#define WALK_SLICE 64

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
