/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_SERIES_H
#define MAILD_STORE_SERIES_H

#include "store_quota.h"

/*
 * A change of many messages: a series of updates of at most STORE_SERIES_PAGES
 * pages each, all submitted at once, so that the writer commits them together.
 * Each is all or nothing, and all are not: what those that succeeded did is in
 * the result.
 */
#define STORE_SERIES_PAGES 64
#define STORE_SERIES_STEPS 5 /* of one update */

struct store_series;

/* One update of a series: the UIDs of the set from lo to hi. */
struct store_piece {
	struct store_op op;
	struct store_series *series;
	uint32_t lo, hi;
	/* Of the run that counted; cleared at the beginning of each. */
	struct store_changed result;
	struct store_usage added, freed;
	void *carry; /* the change's, for release_piece() to free */
};

struct store_series {
	struct store *st;
	struct store_mailbox from, to;
	struct seqset uids;
	struct store_limits limits;
	bool wants_missing;
	/* Fill in a piece's steps; returns how many. */
	size_t (*steps)(struct store_piece *p, struct engine_step *steps);
	void (*release_piece)(struct store_piece *p); /* each may be NULL */
	void (*release)(struct store_series *s);
	size_t weight; /* of one piece */
	/* private: */
	size_t pieces; /* under way */
	enum store_status status;
	struct store_changed result;
	store_changed_fn done;
	void *arg;
};

/* Allocates size bytes, of which the first are the series. */
void *store_series_new(size_t size, struct store *st,
    const struct store_mailbox *from, const struct seqset *uids,
    store_changed_fn done, void *arg);
/* status: as found before it began; if it is not STORE_OK, it is the outcome. */
void store_series_submit(struct store_series *s, enum store_status status);

/* At the beginning of a piece's first step. */
void store_piece_clear(struct store_piece *p);
/* A last step, on the root of from's owner: what was expunged is free. */
struct engine_step store_piece_release(struct store_piece *p);
/* Does the next UID (they ascend) belong to the piece?  at: zero first. */
bool store_piece_has(const struct store_piece *p, size_t *at, uint32_t uid);
/* The next page that may have a UID of the piece: pg->n is 0 before the
 * first.  ENGINE_NOTFOUND behind the last. */
enum engine_status store_piece_page(const struct store_piece *p,
    struct engine_txn *txn, struct engine_part part, struct store_page *pg);

#endif
