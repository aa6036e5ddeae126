/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_impl.h"

/*
 * Pages are stored under 'p' (hot) and 'q' (cold) and a UID: the first one
 * that the page was made for.  The UIDs of a page are between its key and the
 * next page's.
 */

struct span
store_uid_key(char key[5], char type, uint32_t uid)
{
	key[0] = type;
	be32_put(key + 1, uid);
	return span_of(key, 5);
}

static bool
is_hot(struct span key)
{
	return key.n == 5 && store_key_is(key, 'p');
}

static enum engine_status
unpack_hot(struct store_page *pg, struct span key, struct span value)
{
	pg->first = be32_get(key.p + 1);
	return store_page_unpack_hot(pg, value) == 0 ? ENGINE_OK :
	    ENGINE_CORRUPT;
}

/* The last page whose key is at most uid. */
static enum engine_status
page_at(struct engine_txn *txn, struct engine_part part, uint32_t uid,
    struct store_page *pg)
{
	char key[5];
	struct engine_scan s = { .part = part, .reverse = true,
		.from = store_uid_key(key, 'p', uid) };
	enum engine_status st = engine_scan_next(txn, &s);

	if (st == ENGINE_OK)
		st = is_hot(s.key) ? unpack_hot(pg, s.key, s.value) :
				     ENGINE_NOTFOUND;
	engine_scan_end(&s);
	return st;
}

enum engine_status
store_page_next(struct engine_txn *txn, struct engine_part part, uint32_t from,
    uint64_t modseq, struct store_page *pg)
{
	char key[5];
	struct engine_scan s = { .part = part,
		.from = store_uid_key(key, 'p', from) };
	enum engine_status st;

	do {
		st = engine_scan_next(txn, &s);
		if (st == ENGINE_OK && !is_hot(s.key))
			st = ENGINE_NOTFOUND;
	} while (st == ENGINE_OK && modseq > 0 &&
	    store_page_modseq(s.value) <= modseq);
	if (st == ENGINE_OK)
		st = unpack_hot(pg, s.key, s.value);
	engine_scan_end(&s);
	return st;
}

enum engine_status
store_page_find(struct engine_txn *txn, struct engine_part part, uint32_t uid,
    struct store_page *pg)
{
	enum engine_status st = page_at(txn, part, uid, pg);

	if (st == ENGINE_OK && pg->col[STORE_C_UID][pg->n - 1] >= uid)
		return ENGINE_OK;
	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return st;
	if (uid == UINT32_MAX)
		return ENGINE_NOTFOUND;
	return store_page_next(txn, part, uid + 1, 0, pg);
}

enum engine_status
store_page_key(struct engine_txn *txn, struct engine_part part, uint32_t uid,
    uint32_t *first)
{
	char key[5];
	struct engine_scan s = { .part = part, .reverse = true,
		.from = store_uid_key(key, 'p', uid) };
	enum engine_status st = engine_scan_next(txn, &s);

	*first = st == ENGINE_OK && is_hot(s.key) ? be32_get(s.key.p + 1) : 0;
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
store_page_uids(struct engine_txn *txn, struct engine_part part, uint32_t uid,
    void (*fn)(void *arg, const uint32_t *uid, uint32_t n), void *arg)
{
	char key[5];
	struct engine_scan s = { .part = part };
	uint32_t uids[STORE_PAGE_ROWS], first;
	enum engine_status st = store_page_key(txn, part, uid, &first);
	int n = 0;

	s.from = store_uid_key(key, 'p', first);
	while (st == ENGINE_OK && n >= 0 &&
	    (st = engine_scan_next(txn, &s)) == ENGINE_OK && is_hot(s.key)) {
		n = store_page_unpack_uids(s.value, be32_get(s.key.p + 1),
		    uids);
		if (n > 0)
			fn(arg, uids, (uint32_t)n);
	}
	engine_scan_end(&s);
	if (n < 0)
		return ENGINE_CORRUPT;
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
store_page_last(struct engine_txn *txn, struct engine_part part,
    struct store_page *pg)
{
	return page_at(txn, part, UINT32_MAX, pg);
}

enum engine_status
store_page_cold(struct engine_txn *txn, struct engine_part part,
    struct store_page *pg)
{
	char key[5];
	struct span v;
	enum engine_status st;

	if (pg->columns & STORE_COLD)
		return ENGINE_OK;
	st = engine_get(txn, part, store_uid_key(key, 'q', pg->first), &v);
	if (st == ENGINE_NOTFOUND ||
	    (st == ENGINE_OK && store_page_unpack_cold(pg, v) < 0))
		return ENGINE_CORRUPT;
	return st;
}

void
store_page_put(struct engine_txn *txn, const struct store_page *pg,
    unsigned columns)
{
	struct buf b = { 0 };
	char key[5];

	if (columns & STORE_HOT) {
		store_page_pack_hot(&b, pg);
		engine_put(txn, store_uid_key(key, 'p', pg->first),
		    buf_span(&b));
	}
	if (columns & STORE_COLD) {
		buf_clear(&b);
		store_page_pack_cold(&b, pg);
		engine_put(txn, store_uid_key(key, 'q', pg->first),
		    buf_span(&b));
	}
	buf_free(&b);
}

void
store_page_del(struct engine_txn *txn, const struct store_page *pg)
{
	char key[5];

	engine_del(txn, store_uid_key(key, 'p', pg->first));
	engine_del(txn, store_uid_key(key, 'q', pg->first));
}
