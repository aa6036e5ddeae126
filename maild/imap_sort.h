/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SORT_H
#define MAILD_IMAP_SORT_H

#include "imap_order.h"

/*
 * What SORT compares messages by (RFC 5256 section 3), of many of them: a row
 * each.
 */
#define SORT_CRITERIA_MAX 16

enum sort_column { SORT_ARRIVAL, SORT_DATE, SORT_SIZE, SORT_TEXT };

struct sort_criterion {
	enum sort_column column;
	enum sort_text text;
	bool reverse;
};

/* A zeroed one with its criteria set is empty and ready for use. */
struct sort_rows {
	struct sort_criterion criterion[SORT_CRITERIA_MAX];
	unsigned ncriteria;
	uint32_t *id;            /* of each row: what the caller calls it */
	struct order_text *cell; /* ncriteria of each */
	size_t len, cap;
	size_t expected;  /* rows, if that is known before the first */
	struct buf texts; /* failed: they are too many */
};

void sort_rows_add(struct sort_rows *r, uint32_t id, const struct store_msg *m,
    const struct sort_keys *k);
/* Of rows of arg, a struct sort_rows: for struct order. */
uint64_t sort_rows_word(const void *arg, uint32_t row, struct order_at at);
bool sort_rows_next(const void *arg, uint32_t row, struct order_at *at);
/* In that order, too: as strcmp(). */
int sort_rows_compare(const struct sort_rows *r, uint32_t a, uint32_t b);
void sort_rows_clear(struct sort_rows *r);

#endif
