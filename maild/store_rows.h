/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_ROWS_H
#define MAILD_STORE_ROWS_H

#include "store.h"

/*
 * The rows of a mailbox, a page of them at a time, as a search looks at them:
 * what a column says of all of them.  Most pages are told by the least and the
 * most that a column can have there, and no row is looked at.
 *
 * Whatever cannot be told this way, damage included, is left to those who read
 * message by message: store_msg_get() tells all.
 */
#define STORE_ROWS_MAX   192
#define STORE_ROWS_WORDS (STORE_ROWS_MAX / 64)

/* Rows of a page; there are none beyond the last. */
struct store_bits {
	uint64_t w[STORE_ROWS_WORDS];
};

enum store_field {
	STORE_F_MODSEQ,
	STORE_F_SIZE,
	STORE_F_DATE, /* INTERNALDATE, seconds */
	STORE_F_SAVED,
	STORE_F_SENT,
};

struct store_rows {
	uint32_t n;
	uint32_t uid[STORE_ROWS_MAX]; /* ascending */
	struct store_bits all;
	struct store_rows_walk *walk; /* private */
};

/* Begin before the page with that UID or the next higher one; within
 * store_begin() and store_end(). */
enum store_status store_rows_begin(struct store *st,
    const struct store_mailbox *m, uint32_t uid, struct store_rows *out);
/* The next page; STORE_NONEXISTENT: there is none. */
enum store_status store_rows_next(struct store_rows *r);
void store_rows_end(struct store_rows *r); /* also of one that did not begin */

/* These return false where the rows do not tell. */

/* Those with lo <= field <= hi. */
bool store_rows_between(struct store_rows *r, enum store_field field,
    int64_t lo, int64_t hi, struct store_bits *out);
/* Those with one of the flags; with the keyword of that index. */
bool store_rows_flags(struct store_rows *r, uint32_t system,
    struct store_bits *out);
bool store_rows_keyword(struct store_rows *r, unsigned keyword,
    struct store_bits *out);
/* The zone, in minutes, that all their dates have. */
bool store_rows_zone(struct store_rows *r, int *zone);

#endif
