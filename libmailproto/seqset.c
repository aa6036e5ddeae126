/* SPDX-License-Identifier: ISC */
#include "seqset.h"

#include <stdlib.h>

void
seqset_clear(struct seqset *set)
{
	free(set->range);
	*set = (struct seqset){ 0 };
}

/* Make room for n more ranges. */
static void
reserve(struct seqset *set, size_t n)
{
	size_t cap = set->cap > 0 ? set->cap : 4;

	if (set->cap - set->len >= n)
		return;
	while (cap - set->len < n)
		cap *= 2;
	set->range = xrealloc_array(set->range, cap, sizeof(set->range[0]));
	set->cap = cap;
}

static void
push(struct seqset *set, uint32_t lo, uint32_t hi)
{
	reserve(set, 1);
	set->range[set->len++] = (struct seqrange){ lo, hi };
}

size_t
seqset_find(const struct seqset *set, uint64_t n)
{
	size_t lo = 0, hi = set->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->range[mid].hi < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Put put (NULL: nothing) in the place of n ranges from at on. */
static void
splice(struct seqset *set, size_t at, size_t n, const struct seqrange *put,
    size_t nput)
{
	if (nput > n)
		reserve(set, nput - n);
	if (set->len > at + n)
		memmove(set->range + at + nput, set->range + at + n,
		    (set->len - at - n) * sizeof(set->range[0]));
	for (size_t i = 0; i < nput; i++)
		set->range[at + i] = put[i];
	set->len = set->len - n + nput;
}

/* One past the last range that begins at or before n, from at on. */
static size_t
find_end(const struct seqset *set, size_t at, uint64_t n)
{
	size_t end = seqset_find(set, n);

	if (end < at)
		return at;
	return end < set->len && set->range[end].lo <= n ? end + 1 : end;
}

void
seqset_add(struct seqset *set, uint32_t lo, uint32_t hi)
{
	struct seqrange r = { lo, hi };
	size_t at, end;

	if (lo > hi)
		r = (struct seqrange){ hi, lo };
	if (set->len == 0 || (uint64_t)set->range[set->len - 1].hi + 1 < r.lo) {
		push(set, r.lo, r.hi);
		return;
	}
	/* Most sets grow at their end, number by number. */
	if (r.lo > set->range[set->len - 1].hi) {
		set->range[set->len - 1].hi = r.hi;
		return;
	}
	/* Neighbours are joined, too. */
	at = seqset_find(set, r.lo > 0 ? r.lo - 1 : 0);
	end = find_end(set, at, (uint64_t)r.hi + 1);
	if (at < end) {
		if (set->range[at].lo < r.lo)
			r.lo = set->range[at].lo;
		if (set->range[end - 1].hi > r.hi)
			r.hi = set->range[end - 1].hi;
	}
	splice(set, at, end - at, &r, 1);
}

void
seqset_remove(struct seqset *set, uint32_t lo, uint32_t hi)
{
	struct seqrange rest[2];
	size_t at, end, n = 0;

	if (lo > hi) {
		seqset_remove(set, hi, lo);
		return;
	}
	at = seqset_find(set, lo);
	end = find_end(set, at, hi);
	if (at == end)
		return;
	if (set->range[at].lo < lo)
		rest[n++] = (struct seqrange){ set->range[at].lo, lo - 1 };
	if (set->range[end - 1].hi > hi)
		rest[n++] = (struct seqrange){ hi + 1, set->range[end - 1].hi };
	splice(set, at, end - at, rest, n);
}

void
seqset_intersect(struct seqset *set, const struct seqset *other)
{
	uint32_t next = 0;

	for (size_t i = 0; i < other->len; i++) {
		const struct seqrange *r = &other->range[i];

		if (r->lo > next)
			seqset_remove(set, next, r->lo - 1);
		if (r->hi == UINT32_MAX)
			return;
		next = r->hi + 1;
	}
	seqset_remove(set, next, UINT32_MAX);
}

static int
by_lo(const void *a, const void *b)
{
	const struct seqrange *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sort ranges that came in any order, and join what touches. */
static void
normalise(struct seqset *set)
{
	size_t out = 0;

	if (set->len == 0)
		return;
	qsort(set->range, set->len, sizeof(set->range[0]), by_lo);
	for (size_t i = 1; i < set->len; i++) {
		struct seqrange *last = &set->range[out], *r = &set->range[i];

		if ((uint64_t)last->hi + 1 < r->lo)
			set->range[++out] = *r;
		else if (last->hi < r->hi)
			last->hi = r->hi;
	}
	set->len = out + 1;
}

static int
parse_number(struct span s, uint32_t *out)
{
	if (s.n == 1 && s.p[0] == '*') {
		*out = SEQSET_STAR;
		return 0;
	}
	if (s.n == 0 || s.p[0] == '0')
		return -1;
	return span_u32(s, out);
}

static int
parse_range(struct span s, struct seqrange *r)
{
	const char *colon = s.n > 0 ? memchr(s.p, ':', s.n) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - s.p) : s.n;
	uint32_t a, b;

	if (parse_number(span_sub(s, 0, n), &a) < 0)
		return -1;
	b = a;
	if (colon != NULL && parse_number(span_sub(s, n + 1, s.n), &b) < 0)
		return -1;
	*r = a < b ? (struct seqrange){ a, b } : (struct seqrange){ b, a };
	return 0;
}

int
seqset_parse(struct seqset *set, struct span s)
{
	struct seqrange r;
	struct span item;

	set->len = 0;
	if (s.n == 0 || s.p[s.n - 1] == ',')
		return -1;
	while (span_split(&s, ',', &item)) {
		if (parse_range(item, &r) < 0) {
			seqset_clear(set);
			return -1;
		}
		push(set, r.lo, r.hi);
	}
	normalise(set);
	return 0;
}

void
seqset_resolve(struct seqset *set, uint32_t max)
{
	struct seqrange *last;

	/* Sorted and joined: only the last range can hold a star. */
	if (set->len == 0 || set->range[set->len - 1].hi != SEQSET_STAR)
		return;
	last = &set->range[set->len - 1];
	if (max == 0) {
		set->len--;
		return;
	}
	if (last->lo == SEQSET_STAR)
		last->lo = max;
	last->hi = max;
	if (last->lo > last->hi) {
		last->hi = last->lo;
		last->lo = max;
	}
	normalise(set);
}

bool
seqset_has(const struct seqset *set, uint32_t n)
{
	size_t i = seqset_find(set, n);

	return i < set->len && set->range[i].lo <= n;
}

uint64_t
seqset_count(const struct seqset *set)
{
	uint64_t n = 0;

	for (size_t i = 0; i < set->len; i++)
		n += (uint64_t)set->range[i].hi - set->range[i].lo + 1;
	return n;
}

void
seqset_merge(struct seqset *set, const struct seqset *other)
{
	struct seqset all = { 0 };
	size_t i = 0, j = 0;

	while (i < set->len || j < other->len) {
		const struct seqrange *r;

		if (j == other->len || (i < set->len &&
		    set->range[i].lo < other->range[j].lo))
			r = &set->range[i++];
		else
			r = &other->range[j++];
		seqset_add(&all, r->lo, r->hi);
	}
	seqset_clear(set);
	*set = all;
}

void
seqset_subtract(struct seqset *set, const struct seqset *other)
{
	struct seqset rest = { 0 };
	size_t j = 0;

	for (size_t i = 0; i < set->len; i++) {
		uint64_t lo = set->range[i].lo, hi = set->range[i].hi;

		while (j < other->len && other->range[j].hi < lo)
			j++;
		for (size_t k = j; k < other->len && other->range[k].lo <= hi;
		     k++) {
			if (other->range[k].lo > lo)
				seqset_add(&rest, (uint32_t)lo,
				    other->range[k].lo - 1);
			lo = (uint64_t)other->range[k].hi + 1;
		}
		if (lo <= hi)
			seqset_add(&rest, (uint32_t)lo, (uint32_t)hi);
	}
	seqset_clear(set);
	*set = rest;
}

void
seqset_slice(const struct seqset *set, uint64_t from, uint64_t to,
    struct seqset *out)
{
	uint64_t before = 0;

	for (size_t i = 0; i < set->len && before < to; i++) {
		const struct seqrange *r = &set->range[i];
		uint64_t n = (uint64_t)r->hi - r->lo + 1;
		uint64_t lo = from > before ? from - before : 0;
		uint64_t hi = to - before < n ? to - before : n;

		if (lo < hi)
			seqset_add(out, (uint32_t)(r->lo + lo),
			    (uint32_t)(r->lo + hi - 1));
		before += n;
	}
}

bool
seqset_next(const struct seqset *set, uint64_t from, uint64_t *n)
{
	size_t i = seqset_find(set, from);

	if (i == set->len)
		return false;
	*n = from > set->range[i].lo ? from : set->range[i].lo;
	return true;
}

static void
format_number(struct buf *out, uint32_t n)
{
	if (n == SEQSET_STAR)
		buf_addc(out, '*');
	else
		buf_addf(out, "%u", n);
}

void
seqset_format(struct buf *out, const struct seqset *set)
{
	for (size_t i = 0; i < set->len; i++) {
		if (i > 0)
			buf_addc(out, ',');
		format_number(out, set->range[i].lo);
		if (set->range[i].hi != set->range[i].lo) {
			buf_addc(out, ':');
			format_number(out, set->range[i].hi);
		}
	}
}
