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

/*
 * Numbers 0 .. n-1, to be put in order; equal ones stay in theirs.  What each is
 * ordered by is a row of words, of which the first that differ decide: those of
 * the first part, and so on.  So most of the work is on numbers in a row, and
 * never looks at a word that decides nothing.
 */
struct order_at {
	uint32_t part, off;
};

struct order {
	/* The word of number i there. */
	uint64_t (*word)(const void *arg, uint32_t i, struct order_at at);
	/* Go on behind that word, which is the same in all that are as i so
	 * far; false: nothing follows. */
	bool (*next)(const void *arg, uint32_t i, struct order_at *at);
	const void *arg;
	size_t n; /* below 2^32 */
	/* Once order_run() has returned true: the numbers in order, and which
	 * of them are equal to the one before. */
	uint32_t *v;
	bool *same;
	/* private */
	bool begun;
	struct order_item *item, *other;
	struct order_run *run; /* what is still to be ordered */
	size_t nruns, cap;
};

/* Go on, of a zeroed one with word, next, arg and n set. */
bool order_run(struct order *o, const struct imap *im);
void order_release(struct order *o);

/*
 * Of a text, or of a number, which has no bytes.  A word of a text has
 * ORDER_STEP bytes of it, and how many there are from there on, up to 8: so texts
 * that begin alike are told from each other, and a word tells its end.
 */
#define ORDER_STEP 7
struct order_text {
	uint64_t start; /* its first word */
	uint32_t at, n; /* in the buf that all of them lie in */
};
#define ORDER_TEXTS_MAX ((size_t)512 << 20)

struct order_text order_text_add(struct buf *texts, struct span s);
/* One that orders as the number does among those with a sign. */
struct order_text order_text_number(int64_t n);
int order_text_compare(const struct buf *texts, const struct order_text *a,
    const struct order_text *b);
/* As for struct order; off is that of struct order_at. */
uint64_t order_text_word(const struct buf *texts, const struct order_text *t,
    uint32_t off);
bool order_text_next(const struct order_text *t, uint32_t *off);

#endif
