/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SEARCH_ROWS_H
#define MAILD_IMAP_SEARCH_ROWS_H

#include "imap_search.h"
#include "store_rows.h"

/* Rows that match for sure, and rows that may: all those, and others that are
 * to be looked at one by one. */
struct search_bounds {
	struct store_bits sure, may;
};

/* Of a page, whose first row has that sequence number, and the others those that
 * follow; after search_resolve(). */
void search_rows(struct search *s, struct store_rows *r, uint32_t seq,
    struct search_bounds *out);

#endif
