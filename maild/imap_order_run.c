/* SPDX-License-Identifier: ISC */
/*
 * Ordering by the bytes of words, the highest first: what a byte leaves equal is
 * a run of its own, to be ordered by the next one.  A run of few is ordered by
 * comparing whole words.
 */
#include <stdlib.h>

#include "imap_order.h"

#define FEW        24
#define BYTES      256
#define RUNS_SLICE 4096 /* numbers between two looks at the clock */

struct order_item {
	uint64_t word;
	uint32_t i;
	bool same; /* as the item before it */
};

struct order_run {
	uint32_t lo, hi; /* items lo .. hi-1 are the same but for what follows */
	struct order_at at;
	bool fresh; /* their words are not yet those there */
};

static void
push(struct order *o, struct order_run r)
{
	if (r.hi - r.lo < 2)
		return;
	if (o->nruns == o->cap) {
		o->cap = o->cap > 0 ? 2 * o->cap : 64;
		o->run = xrealloc_array(o->run, o->cap, sizeof(o->run[0]));
	}
	o->run[o->nruns++] = r;
}

/* Words lo .. hi-1 of the run are equal: what follows decides. */
static void
push_equal(struct order *o, const struct order_run *r, uint32_t lo, uint32_t hi)
{
	struct order_run next = { lo, hi, r->at, true };

	if (hi - lo < 2)
		return;
	if (o->next(o->arg, o->item[lo].i, &next.at)) {
		push(o, next);
		return;
	}
	for (uint32_t k = lo + 1; k < hi; k++)
		o->item[k].same = true;
}

static void
push_equals(struct order *o, const struct order_run *r)
{
	uint32_t lo = r->lo;

	for (uint32_t k = lo + 1; k <= r->hi; k++) {
		if (k < r->hi && o->item[k].word == o->item[lo].word)
			continue;
		push_equal(o, r, lo, k);
		lo = k;
	}
}

static void
load(struct order *o, const struct order_run *r)
{
	for (uint32_t k = r->lo; k < r->hi; k++)
		o->item[k].word = o->word(o->arg, o->item[k].i, r->at);
}

/* The bits that differ within the run; is it in order already? */
static uint64_t
differences(const struct order *o, const struct order_run *r, bool *ordered)
{
	uint64_t first = o->item[r->lo].word, last = first, all = 0;
	bool down = false;

	for (uint32_t k = r->lo + 1; k < r->hi; k++) {
		uint64_t word = o->item[k].word;

		all |= word ^ first;
		down |= word < last;
		last = word;
	}
	*ordered = !down;
	return all;
}

static void
insert(struct order *o, const struct order_run *r)
{
	for (uint32_t k = r->lo + 1; k < r->hi; k++) {
		struct order_item x = o->item[k];
		uint32_t at = k;

		for (; at > r->lo && o->item[at - 1].word > x.word; at--)
			o->item[at] = o->item[at - 1];
		o->item[at] = x;
	}
}

/* By the byte at that shift. */
static void
distribute(struct order *o, const struct order_run *r, unsigned shift)
{
	uint32_t count[BYTES] = { 0 }, place[BYTES], at = r->lo;

	for (uint32_t k = r->lo; k < r->hi; k++)
		count[o->item[k].word >> shift & 0xff]++;
	for (unsigned b = 0; b < BYTES; b++) {
		place[b] = at;
		at += count[b];
	}
	for (uint32_t k = r->lo; k < r->hi; k++)
		o->other[place[o->item[k].word >> shift & 0xff]++] =
		    o->item[k];
	memcpy(o->item + r->lo, o->other + r->lo,
	    (r->hi - r->lo) * sizeof(o->item[0]));
	for (unsigned b = 0; b < BYTES; b++)
		push(o, (struct order_run){ place[b] - count[b], place[b],
			    r->at, false });
}

static void
order_one(struct order *o, const struct order_run *r)
{
	uint64_t differ;
	bool ordered;

	if (r->fresh)
		load(o, r);
	if (r->hi - r->lo <= FEW) {
		insert(o, r);
		push_equals(o, r);
		return;
	}
	differ = differences(o, r, &ordered);
	if (ordered)
		push_equals(o, r);
	else
		distribute(o, r,
		    (63 - (unsigned)__builtin_clzll(differ)) / 8 * 8);
}

static void
begin(struct order *o)
{
	struct order_run all = { 0, (uint32_t)o->n, { 0, 0 }, true };

	o->begun = true;
	o->item = xrealloc_array(NULL, o->n, sizeof(o->item[0]));
	o->other = xrealloc_array(NULL, o->n, sizeof(o->other[0]));
	for (uint32_t i = 0; i < o->n; i++)
		o->item[i] = (struct order_item){ .i = i };
	push(o, all);
}

static void
finish(struct order *o)
{
	o->v = xrealloc_array(NULL, o->n, sizeof(o->v[0]));
	o->same = xrealloc_array(NULL, o->n, sizeof(o->same[0]));
	for (size_t k = 0; k < o->n; k++) {
		o->v[k] = o->item[k].i;
		o->same[k] = o->item[k].same;
	}
	free(o->item);
	free(o->other);
	free(o->run);
	o->item = o->other = NULL;
	o->run = NULL;
}

bool
order_run(struct order *o, const struct imap *im)
{
	size_t done = 0;

	if (!o->begun)
		begin(o);
	while (o->nruns > 0) {
		struct order_run r = o->run[--o->nruns];

		order_one(o, &r);
		done += r.hi - r.lo;
		if (done < RUNS_SLICE)
			continue;
		done = 0;
		if (imap_slice_over(im) && o->nruns > 0)
			return false;
	}
	if (o->v == NULL)
		finish(o);
	return true;
}

void
order_release(struct order *o)
{
	free(o->v);
	free(o->same);
	free(o->item);
	free(o->other);
	free(o->run);
}
