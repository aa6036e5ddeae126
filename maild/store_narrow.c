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
/* Reading so few takes no longer than another list does. */
#define FEW 2

struct list {
	uint32_t n;
	size_t at, len; /* in store_narrow.packed */
};

struct store_narrow {
	struct store_index index; /* as it was: blobs outlive their names */
	size_t segment;
	uint32_t *trigram; /* of the needle */
	size_t ntrigrams, step;

	/* of the segment at hand: */
	bool open;
	struct store_index_src src;
	struct segment_head head;
	struct segment_reader reader;
	size_t next; /* trigram */
	struct buf packed;
	struct list list[LISTS_MAX];
	size_t nlists, used;
	uint32_t *found, *other; /* ordinals */
	uint32_t n;
};

static int
by_length(const void *a, const void *b)
{
	const struct list *la = a, *lb = b;

	return (la->n > lb->n) - (la->n < lb->n);
}

/* The list of the next trigram; if there is none, no message is found. */
static int
keep_list(struct store_narrow *w)
{
	struct segment_list l;
	int ret = segment_find(&w->reader, w->trigram[w->next], &l);

	w->next += w->step;
	if (ret == 0) {
		w->next = w->ntrigrams;
		w->nlists = 0;
	}
	if (ret <= 0)
		return ret;
	w->list[w->nlists++] =
	    (struct list){ l.n, w->packed.len, l.postings.n };
	buf_add_span(&w->packed, l.postings);
	if (l.n <= FEW)
		w->next = w->ntrigrams;
	return 0;
}

static int
unpack(const struct store_narrow *w, const struct list *l, uint32_t *out)
{
	return postings_unpack(span_sub(buf_span(&w->packed), l->at, l->len),
	    l->n, w->head.docs, out);
}

/* Keep of found what is in other, too. */
static void
intersect(struct store_narrow *w, uint32_t n)
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

/* To read another list takes less than to read messages. */
static bool
is_worth(const struct store_narrow *w)
{
	return w->used < w->nlists &&
	       (w->used == 0 ||
		   (uint64_t)w->n * READ_COST >= w->list[w->used].n);
}

/* The next one, of all the shortest first. */
static int
use_list(struct store_narrow *w)
{
	const struct list *l = &w->list[w->used];

	if (w->used == 0)
		qsort(w->list, w->nlists, sizeof(w->list[0]), by_length);
	if (unpack(w, l, w->used == 0 ? w->found : w->other) < 0)
		return -1;
	if (w->used++ == 0)
		w->n = l->n;
	else
		intersect(w, l->n);
	return 0;
}

/* Those of which nothing is known are found, too. */
static int
add_unknown(struct store_narrow *w)
{
	uint32_t *merged = w->other, *sorted;
	struct segment_list l;
	uint32_t n = 0, i = 0, k = 0;
	int ret = segment_find(&w->reader, TRIGRAM_ANY, &l);

	if (ret <= 0)
		return ret;
	sorted = xrealloc_array(NULL, w->head.docs, sizeof(*sorted));
	ret = postings_unpack(l.postings, l.n, w->head.docs, sorted);
	while (ret == 0 && (i < w->n || k < l.n)) {
		uint32_t next =
		    k == l.n || (i < w->n && w->found[i] <= sorted[k])
			? w->found[i]
			: sorted[k];

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
lower_bound(const uint32_t *uid, size_t n, uint64_t want)
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

/* Bits from .. to-1, most of them in whole words. */
static void
clear_bits(uint64_t *bits, size_t from, size_t to)
{
	for (; from < to && from % 64 != 0; from++)
		bits[from / 64] &= ~((uint64_t)1 << from % 64);
	if (to - from >= 64)
		memset(bits + from / 64, 0, (to - from) / 64 * sizeof(*bits));
	for (from += (to - from) / 64 * 64; from < to; from++)
		bits[from / 64] &= ~((uint64_t)1 << from % 64);
}

/* Of those UIDs that the segment knows, the ones that are not found: what lies
 * between two that are goes at once, however many. */
static void
clear_others(
    const struct store_narrow *w, const uint32_t *uid, size_t n, uint64_t *bits)
{
	uint32_t base = 0, k = 0;

	for (size_t r = 0; r < w->head.nruns; r++) {
		const struct segment_run *run = &w->head.run[r];
		size_t end = lower_bound(uid, n, (uint64_t)run->uid + run->n);
		size_t at = lower_bound(uid, end, run->uid);

		for (; k < w->n && w->found[k] - base < run->n; k++) {
			uint32_t want = run->uid + (w->found[k] - base);
			size_t i = lower_bound(uid, end, want);

			clear_bits(bits, at, i);
			at = i < end && uid[i] == want ? i + 1 : i;
		}
		clear_bits(bits, at, end);
		base += run->n;
	}
}

/* ---- segments ---- */

static int
open_segment(struct store *st, struct store_narrow *w)
{
	w->open = true;
	if (store_index_open(
		st, &w->index.segment[w->segment], &w->head, &w->src) < 0)
		return -1;
	w->reader =
	    (struct segment_reader){ .head = &w->head, .src = &w->src.src };
	w->found =
	    xrealloc_array(NULL, (size_t)w->head.docs + 1, sizeof(uint32_t));
	w->other =
	    xrealloc_array(NULL, (size_t)w->head.docs + 1, sizeof(uint32_t));
	return 0;
}

static void
close_segment(struct store_narrow *w)
{
	free(w->found);
	free(w->other);
	w->found = w->other = NULL;
	buf_free(&w->packed);
	segment_reader_clear(&w->reader);
	segment_head_clear(&w->head);
	w->open = false;
	w->next = w->nlists = w->used = 0;
	w->n = 0;
	w->segment++;
}

static int
finish_segment(
    struct store_narrow *w, const uint32_t *uid, size_t n, uint64_t *bits)
{
	int ret = add_unknown(w);

	if (ret >= 0)
		clear_others(w, uid, n, bits);
	close_segment(w);
	return ret < 0 ? -1 : 0;
}

enum store_status
store_narrow_begin(struct store *st, const struct store_mailbox *m,
    struct span needle, struct store_narrow **out)
{
	struct store_narrow *w = xcalloc(1, sizeof(*w));
	enum store_status status = store_allowed(m, STORE_READ);

	*out = w;
	if (status == STORE_OK)
		status = store_index_get(st, m->id, &w->index);
	w->trigram = xrealloc_array(NULL, needle.n, sizeof(*w->trigram));
	w->ntrigrams = trigrams_of(needle, w->trigram);
	w->step = (w->ntrigrams + LISTS_MAX - 1) / LISTS_MAX;
	return status;
}

enum store_status
store_narrow_step(struct store *st, struct store_narrow *w,
    const uint32_t *uid, size_t n, uint64_t *bits, bool *more)
{
	int ret;

	*more = w->segment < w->index.n && w->ntrigrams > 0;
	if (!*more)
		return STORE_OK;
	w->src.st = st;
	if (!w->open)
		ret = open_segment(st, w);
	else if (w->next < w->ntrigrams)
		ret = keep_list(w);
	else if (is_worth(w))
		ret = use_list(w);
	else
		ret = finish_segment(w, uid, n, bits);
	return ret == 0 ? STORE_OK : STORE_UNAVAILABLE;
}

void
store_narrow_free(struct store_narrow *w)
{
	if (w == NULL)
		return;
	close_segment(w);
	store_index_clear(&w->index);
	free(w->trigram);
	free(w);
}
