/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_ORDER_H
#define MAILD_IMAP_ORDER_H

#include "imap_ahead.h"
#include "imap_search.h"
#include "sort_keys.h"

/*
 * What SORT and THREAD share: reading what the messages that a search found
 * are compared by, and ordering them, both in turns.
 */

/* The messages in search->found, in ascending order.  Those that have been
 * expunged, or cannot be read, are taken out of it. */
struct order_walk {
	struct search *search;
	bool keys; /* sort keys are wanted */
	void (*row)(void *arg, uint32_t seq, const struct store_msg *m,
	    const struct sort_keys *k);
	void *arg;
	/* private */
	struct imap_ahead ahead;
	uint64_t next;
	struct seqset gone;
};

/* Go on; true: row has been called for all. */
bool order_walk_run(struct order_walk *w);
void order_walk_clear(struct order_walk *w);

/* Numbers 0 .. n-1, to be put in order; equal ones stay in theirs. */
struct order {
	int (*compare)(const void *arg, uint32_t a, uint32_t b);
	const void *arg;
	size_t n;
	uint32_t *v; /* in order, once order_run() has returned true */
	/* private */
	uint32_t *other;
	size_t width, at;
};

/* Go on, of a zeroed one with compare, arg and n set. */
bool order_run(struct order *o, const struct imap *im);
void order_clear(struct order *o);

/* Of a text: its beginning as a number decides most comparisons. */
struct order_text {
	uint64_t start;
	uint32_t at, n; /* in the buf that all of them lie in */
};
#define ORDER_TEXTS_MAX ((size_t)512 << 20)

struct order_text order_text_add(struct buf *texts, struct span s);
int order_text_compare(const struct buf *texts, const struct order_text *a,
    const struct order_text *b);

#endif
