/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SEQSET_H
#define MAILPROTO_SEQSET_H

#include "buf.h"

/*
 * IMAP sequence sets, "1,3:5,7:*" (RFC 9051, sequence-set).
 *
 * A set is a sorted array of disjoint closed ranges.  A zeroed set is empty
 * and ready for use; seqset_clear() makes it so again and frees its memory.
 */
#define SEQSET_STAR UINT32_MAX /* "*" until it is resolved */

struct seqrange {
	uint32_t lo, hi;
};

struct seqset {
	struct seqrange *range;
	size_t len, cap;
};

void seqset_clear(struct seqset *set);

/* Replace set with the ranges of s.  -1: bad syntax, set is empty. */
int seqset_parse(struct seqset *set, struct span s);

/* Give "*" its value, the largest number in the mailbox, and re-sort.  0: the
 * mailbox is empty, and ranges with a "*" name nothing. */
void seqset_resolve(struct seqset *set, uint32_t max);

bool seqset_has(const struct seqset *set, uint32_t n);
uint64_t seqset_count(const struct seqset *set);
/* Of a range, in either order. */
void seqset_add(struct seqset *set, uint32_t lo, uint32_t hi);
void seqset_remove(struct seqset *set, uint32_t lo, uint32_t hi);
/* All of another set at once. */
void seqset_merge(struct seqset *set, const struct seqset *other);
void seqset_subtract(struct seqset *set, const struct seqset *other);
/* Add to out the members from .. to of set, counted from 0, without to. */
void seqset_slice(const struct seqset *set, uint64_t from, uint64_t to,
    struct seqset *out);
/* Keep what is in other, too. */
void seqset_intersect(struct seqset *set, const struct seqset *other);

/* Append in canonical form. */
void seqset_format(struct buf *out, const struct seqset *set);

/* The first range that ends at n or behind it; len where there is none. */
size_t seqset_find(const struct seqset *set, uint64_t n);
/* for (n = 0; seqset_next(set, n, &n); n++): every member >= n in order. */
bool seqset_next(const struct seqset *set, uint64_t from, uint64_t *n);

#endif
