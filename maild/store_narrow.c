/* SPDX-License-Identifier: ISC */
/*
 * What the search index says of a needle: in each segment the shortest lists of
 * its trigrams, intersected while that is cheaper than to read the messages.
 */
#include <stdlib.h>

#include "postings.h"
#include "segment.h"
#include "store_impl.h"
#include "store_index.h"
#include "trigrams.h"

#define LISTS_MAX 32 /* of a needle that are looked at */
/* Reading a message takes as long as so many postings. */
#define READ_COST 2000

/* Of the needle. */
struct trigrams {
	uint32_t *v;
	size_t n;
};

struct list {
	uint32_t n;
	size_t at, len; /* in narrow.packed */
};

struct narrow {
	const struct segment_head *head;
	struct segment_reader reader;
	struct buf packed;
	struct list list[LISTS_MAX];
	size_t nlists;
	uint32_t *found, *other; /* ordinals */
	uint32_t n;
};

static int
by_length(const void *a, const void *b)
{
	const struct list *la = a, *lb = b;

	return (la->n > lb->n) - (la->n < lb->n);
}

/* 1: its list is kept; 0: no message has it. */
static int
keep_list(struct narrow *w, uint32_t trigram)
{
	struct segment_list l;
	int ret = segment_find(&w->reader, trigram, &l);

	if (ret <= 0)
		return ret;
	w->list[w->nlists++] = (struct list){ l.n, w->packed.len,
		l.postings.n };
	buf_add_span(&w->packed, l.postings);
	return 1;
}

static int
unpack(const struct narrow *w, const struct list *l, uint32_t *out)
{
	return postings_unpack(span_sub(buf_span(&w->packed), l->at, l->len),
	    l->n, w->head->docs, out);
}

/* Keep of found what is in other, too. */
static void
intersect(struct narrow *w, uint32_t n)
{
	uint32_t kept = 0, j = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		while (j < n && w->other[j] < w->found[i])
			j++;
		if (j < n && w->other[j] == w->found[i])
			w->found[kept++] = w->found[i];
	}
	w->n = kept;
}

static int
intersect_all(struct narrow *w)
{
	qsort(w->list, w->nlists, sizeof(w->list[0]), by_length);
	if (unpack(w, &w->list[0], w->found) < 0)
		return -1;
	w->n = w->list[0].n;
	for (size_t i = 1; i < w->nlists; i++) {
		if ((uint64_t)w->n * READ_COST < w->list[i].n)
			break;
		if (unpack(w, &w->list[i], w->other) < 0)
			return -1;
		intersect(w, w->list[i].n);
	}
	return 0;
}

/* The messages that have all the trigrams are in found. */
static int
find(struct narrow *w, const struct trigrams *t)
{
	size_t step = (t->n + LISTS_MAX - 1) / LISTS_MAX;
	int ret = 1;

	w->n = 0;
	for (size_t i = 0; i < t->n && ret > 0; i += step)
		ret = keep_list(w, t->v[i]);
	return ret > 0 ? intersect_all(w) : ret;
}

/* Those of which nothing is known are found, too. */
static int
add_unknown(struct narrow *w)
{
	uint32_t *merged = w->other, *sorted;
	struct segment_list l;
	uint32_t n = 0, i = 0, k = 0;
	int ret = segment_find(&w->reader, TRIGRAM_ANY, &l);

	if (ret <= 0)
		return ret;
	sorted = xrealloc_array(NULL, w->head->docs, sizeof(*sorted));
	ret = postings_unpack(l.postings, l.n, w->head->docs, sorted);
	while (ret == 0 && (i < w->n || k < l.n)) {
		uint32_t next = k == l.n ||
			(i < w->n && w->found[i] <= sorted[k]) ?
		    w->found[i] : sorted[k];

		i += i < w->n && w->found[i] == next;
		k += k < l.n && sorted[k] == next;
		merged[n++] = next;
	}
	free(sorted);
	w->other = w->found;
	w->found = merged;
	w->n = n;
	return ret;
}

/* Index of the first UID >= uid. */
static size_t
lower_bound(const uint32_t *uid, size_t n, uint32_t want)
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (uid[mid] < want)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

static void
clear_others(const struct narrow *w, const uint32_t *uid, size_t n,
    uint64_t *bits)
{
	uint32_t base = 0, k = 0;

	for (size_t r = 0; r < w->head->nruns; r++) {
		const struct segment_run *run = &w->head->run[r];
		size_t i = lower_bound(uid, n, run->uid);

		for (; i < n && uid[i] - run->uid < run->n; i++) {
			uint32_t ordinal = base + (uid[i] - run->uid);

			while (k < w->n && w->found[k] < ordinal)
				k++;
			if (k == w->n || w->found[k] != ordinal)
				bits[i / 64] &= ~((uint64_t)1 << i % 64);
		}
		base += run->n;
	}
}

static int
narrow_segment(struct store *st, const struct store_index_segment *s,
    const struct trigrams *t, const uint32_t *uid, size_t n, uint64_t *bits)
{
	struct store_index_src src;
	struct segment_head head;
	struct narrow w = { .head = &head };
	int ret;

	if (store_index_open(st, s, &head, &src) < 0)
		return -1;
	w.reader = (struct segment_reader){ .head = &head, .src = &src.src };
	w.found = xrealloc_array(NULL, (size_t)head.docs + 1, sizeof(uint32_t));
	w.other = xrealloc_array(NULL, (size_t)head.docs + 1, sizeof(uint32_t));
	ret = find(&w, t);
	if (ret >= 0)
		ret = add_unknown(&w);
	if (ret >= 0)
		clear_others(&w, uid, n, bits);
	free(w.found);
	free(w.other);
	buf_free(&w.packed);
	segment_reader_clear(&w.reader);
	segment_head_clear(&head);
	return ret < 0 ? -1 : 0;
}

enum store_status
store_index_narrow(struct store *st, const struct store_mailbox *m,
    struct span needle, const uint32_t *uid, size_t n, uint64_t *bits)
{
	struct trigrams t = { 0 };
	struct store_index x;
	enum store_status status = store_allowed(m, STORE_READ);

	if (status == STORE_OK)
		status = store_index_get(st, m->id, &x);
	if (status != STORE_OK)
		return status;
	t.v = xrealloc_array(NULL, needle.n, sizeof(*t.v));
	t.n = trigrams_of(needle, t.v);
	for (size_t i = 0; status == STORE_OK && t.n > 0 && i < x.n; i++) {
		if (narrow_segment(st, &x.segment[i], &t, uid, n, bits) < 0)
			status = STORE_UNAVAILABLE;
	}
	free(t.v);
	store_index_clear(&x);
	return status;
}
