/* SPDX-License-Identifier: ISC */
#include "store_rows.h"

#include <stdlib.h>

#include "bytes.h"
#include "store_acl.h"

_Static_assert(STORE_PAGE_ROWS <= STORE_ROWS_MAX, "a page has bits enough");

struct store_rows_walk {
	struct store *st;
	struct store_mailbox mailbox;
	char from[5];
	struct engine_scan hot;
	unsigned nhot; /* columns */
	enum { COLD_UNREAD, COLD_READ, COLD_LOST } cold;
	struct store_packed col[STORE_C_MAX];
};

enum store_status
store_rows_begin(struct store *st, const struct store_mailbox *m, uint32_t uid,
    struct store_rows *out)
{
	struct store_rows_walk *w = xcalloc(1, sizeof(*w));
	enum store_status status = store_allowed(m, STORE_READ);
	uint32_t first = 0;

	*out = (struct store_rows){ .walk = w };
	w->st = st;
	w->mailbox = *m;
	if (status == STORE_OK)
		status = store_told(store_page_key(
		    st->txn, store_part(m->id), uid, &first));
	w->hot.part = store_part(m->id);
	w->hot.from = store_uid_key(w->from, 'p', first);
	return status;
}

void
store_rows_end(struct store_rows *r)
{
	if (r->walk != NULL)
		engine_scan_end(&r->walk->hot);
	free(r->walk);
	r->walk = NULL;
}

static void
set_all(struct store_rows *r)
{
	r->all = (struct store_bits){ 0 };
	for (uint32_t i = 0; i < r->n; i += 64)
		r->all.w[i / 64] = r->n - i < 64
		    ? ((uint64_t)1 << (r->n - i)) - 1
		    : UINT64_MAX;
}

static enum engine_status
take_hot(struct store_rows *r)
{
	struct store_rows_walk *w = r->walk;
	int n = store_page_columns(w->hot.value, w->col, STORE_COLD_FIRST,
	    &w->nhot);

	if (n < 0 || w->nhot < STORE_C_KEYWORD ||
	    store_page_unpack_uids(
		w->hot.value, be32_get(w->hot.key.p + 1), r->uid) != n)
		return ENGINE_CORRUPT;
	r->n = (uint32_t)n;
	w->cold = COLD_UNREAD;
	set_all(r);
	return ENGINE_OK;
}

enum store_status
store_rows_next(struct store_rows *r)
{
	struct store_rows_walk *w = r->walk;
	enum engine_status es = engine_scan_next(w->st->txn, &w->hot);

	r->n = 0;
	if (es == ENGINE_OK)
		es = w->hot.key.n == sizeof(w->from) &&
			store_key_is(w->hot.key, 'p')
		    ? take_hot(r)
		    : ENGINE_NOTFOUND;
	return store_told(es);
}

static bool
read_cold(struct store_rows *r)
{
	struct store_rows_walk *w = r->walk;
	const unsigned want = STORE_C_MAX - STORE_COLD_FIRST;
	uint32_t first = be32_get(w->hot.key.p + 1);
	unsigned columns;
	struct span v;
	char key[5];

	return engine_get(w->st->txn, w->hot.part,
		   store_uid_key(key, 'q', first), &v) == ENGINE_OK &&
	       store_page_columns(v, w->col + STORE_COLD_FIRST, want,
		   &columns) == (int)r->n &&
	       columns == want;
}

/* Read for the first that asks. */
static bool
has_cold(struct store_rows *r)
{
	struct store_rows_walk *w = r->walk;

	if (w->cold == COLD_UNREAD)
		w->cold = read_cold(r) ? COLD_READ : COLD_LOST;
	return w->cold == COLD_READ;
}

/* ---- what columns say ---- */

/* The most that a row can have; false: it is not known. */
static bool
most(const struct store_rows *r, const struct store_packed *c, int64_t *out)
{
	uint64_t above = c->width < 8 ? ((uint64_t)1 << 8 * c->width) - 1 : 0;

	if (c->rises)
		above += r->n - 1;
	return c->width < 8 && !__builtin_add_overflow((int64_t)c->base,
				   (int64_t)above, out);
}

static bool
is_same(const struct store_packed *c)
{
	return c->width == 0 && !c->rises;
}

static void
between(const struct store_rows *r, const struct store_packed *c, int64_t lo,
    int64_t hi, struct store_bits *out)
{
	uint64_t v[STORE_ROWS_MAX];
	int64_t min = (int64_t)c->base, max;
	bool known = most(r, c, &max);

	*out = (struct store_bits){ 0 };
	if (known && (max < lo || hi < min))
		return;
	if (known && lo <= min && max <= hi) {
		*out = r->all;
		return;
	}
	store_packed_unpack(c, r->n, v);
	for (uint32_t i = 0; i < r->n; i++) {
		bool in = (int64_t)v[i] >= lo && (int64_t)v[i] <= hi;

		out->w[i / 64] |= (uint64_t)in << i % 64;
	}
}

bool
store_rows_between(struct store_rows *r, enum store_field field, int64_t lo,
    int64_t hi, struct store_bits *out)
{
	static const enum store_column columns[] = {
		[STORE_F_MODSEQ] = STORE_C_MODSEQ,
		[STORE_F_SIZE] = STORE_C_SIZE,
		[STORE_F_DATE] = STORE_C_DATE,
		[STORE_F_SAVED] = STORE_C_SAVED,
		[STORE_F_SENT] = STORE_C_SENT,
	};

	if (columns[field] >= STORE_COLD_FIRST && !has_cold(r))
		return false;
	between(r, &r->walk->col[columns[field]], lo, hi, out);
	return true;
}

static void
with_bits(const struct store_rows *r, const struct store_packed *c,
    uint64_t bits, struct store_bits *out)
{
	uint64_t v[STORE_ROWS_MAX];

	*out = (struct store_bits){ 0 };
	if (is_same(c)) {
		if ((c->base & bits) != 0)
			*out = r->all;
		return;
	}
	store_packed_unpack(c, r->n, v);
	for (uint32_t i = 0; i < r->n; i++)
		out->w[i / 64] |= (uint64_t)((v[i] & bits) != 0) << i % 64;
}

bool
store_rows_flags(struct store_rows *r, uint32_t system, struct store_bits *out)
{
	const struct store_rows_walk *w = r->walk;

	/* What a guest has seen is not in the columns. */
	if ((system & STORE_SEEN) != 0 && store_is_guest(&w->mailbox))
		return false;
	with_bits(r, &w->col[STORE_C_FLAGS], system, out);
	return true;
}

bool
store_rows_keyword(
    struct store_rows *r, unsigned keyword, struct store_bits *out)
{
	const struct store_rows_walk *w = r->walk;
	unsigned c = STORE_C_KEYWORD + keyword / 64;

	*out = (struct store_bits){ 0 };
	if (c < w->nhot)
		with_bits(r, &w->col[c], (uint64_t)1 << keyword % 64, out);
	return true;
}

bool
store_rows_zone(struct store_rows *r, int *zone)
{
	const struct store_packed *c = &r->walk->col[STORE_C_ZONE];

	if (!has_cold(r) || !is_same(c))
		return false;
	*zone = (int16_t)c->base;
	return true;
}
