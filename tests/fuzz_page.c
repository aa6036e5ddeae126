/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_impl.h"
#include "store_meta.h"

/* Records of the store as a damaged disk gives them.  The first byte says of
 * which kind; what is taken must come out of packing as it went in. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
repack(const struct store_page *pg)
{
	struct store_page *again = xcalloc(1, sizeof(*again));
	struct buf b = { 0 };

	again->first = pg->first;
	store_page_pack_hot(&b, pg);
	if (store_page_unpack_hot(again, buf_span(&b)) < 0 ||
	    memcmp(again->col[STORE_C_UID], pg->col[STORE_C_UID],
		pg->n * 8) != 0 ||
	    memcmp(again->col[STORE_C_MODSEQ], pg->col[STORE_C_MODSEQ],
		pg->n * 8) != 0)
		abort();
	if (pg->columns & STORE_COLD) {
		buf_clear(&b);
		store_page_pack_cold(&b, pg);
		if (store_page_unpack_cold(again, buf_span(&b)) < 0 ||
		    memcmp(again->col[STORE_C_BLOB], pg->col[STORE_C_BLOB],
			pg->n * 8) != 0 ||
		    memcmp(again->col[STORE_C_DATE], pg->col[STORE_C_DATE],
			pg->n * 8) != 0)
			abort();
	}
	buf_free(&b);
	free(again);
}

/* A hot page, its length before it (2), and a cold one. */
static void
page(struct span s)
{
	uint32_t uid[STORE_PAGE_ROWS];
	struct store_page *pg = xcalloc(1, sizeof(*pg));
	struct store_flags flags;
	size_t n = s.n >= 2 ? (unsigned char)s.p[0] * 256u +
		(unsigned char)s.p[1] : 0;
	struct span hot = span_sub(s, 2, n), cold = span_sub(s, 2 + n, s.n);
	int uids;

	pg->first = 1;
	store_page_modseq(hot);
	uids = store_page_unpack_uids(hot, pg->first, uid);
	if (store_page_unpack_hot(pg, hot) == 0) {
		if (uids != (int)pg->n)
			abort();
		if (store_page_unpack_cold(pg, cold) < 0 &&
		    (pg->columns & STORE_COLD))
			abort();
		store_page_flags(pg, store_page_row(pg, 1), &flags);
		repack(pg);
	} else if (pg->n != 0) {
		abort();
	}
	free(pg);
}

static void
expunges(struct span s)
{
	struct seqset set = { 0 }, again = { 0 };
	struct buf b = { 0 };

	if (store_log_unpack(&set, s) == 0) {
		store_log_pack(&b, &set);
		if (store_log_unpack(&again, buf_span(&b)) < 0 ||
		    again.len != set.len)
			abort();
	}
	buf_free(&b);
	seqset_clear(&set);
	seqset_clear(&again);
}

static void
meta(struct span s)
{
	struct store_meta m, front;
	struct buf b = { 0 };

	if (store_meta_parse_front(s, &front) == 0 &&
	    store_meta_parse(s, &m) == 0 &&
	    !span_eq(front.bodystructure, m.bodystructure))
		abort();
	if (store_meta_parse(s, &m) == 0) {
		store_meta_pack(&b, &m);
		/* The first version had no checksum of the header. */
		if (b.len != s.n + (s.p[0] == 1 ? 8 : 0))
			abort();
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data + 1, size - 1);

	if (size == 0)
		return 0;
	if (data[0] == 'x')
		expunges(s);
	else if (data[0] == 'm')
		meta(s);
	else
		page(s);
	return 0;
}
