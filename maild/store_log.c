/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_impl.h"

/*
 * 'x' MODSEQ: version 1, then for each range of UIDs two numbers of seven bits
 * a byte, low ones first: what lies between it and the range before, and how
 * many UIDs it has behind its first.
 *
 * When a mailbox has LOGS_MAX such records, the older half of them becomes one
 * under the last MODSEQ of theirs: whoever asks from in between is told of
 * some UIDs again, which harms nobody.
 */
#define LOGS_MAX  64
#define FOLD_SIZE ((size_t)30000) /* bytes that are folded at once */

static struct span
log_key(char key[9], uint64_t modseq)
{
	key[0] = 'x';
	be64_put(key + 1, modseq);
	return span_of(key, 9);
}

static void
number_put(struct buf *b, uint32_t n)
{
	for (; n > 127; n >>= 7)
		buf_addc(b, (char)(n | 128));
	buf_addc(b, (char)n);
}

static int
number_get(struct span *s, uint64_t *out)
{
	unsigned char c;

	*out = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (s->n == 0)
			return -1;
		c = (unsigned char)s->p[0];
		*s = span_sub(*s, 1, s->n);
		*out |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return 0;
	}
	return -1;
}

void
store_log_pack(struct buf *out, const struct seqset *uids)
{
	uint32_t last = 0;

	buf_addc(out, 1);
	for (size_t i = 0; i < uids->len; i++) {
		const struct seqrange *r = &uids->range[i];

		number_put(out, r->lo - last);
		number_put(out, r->hi - r->lo);
		last = r->hi;
	}
}

int
store_log_unpack(struct seqset *out, struct span s)
{
	uint64_t lo, more, last = 0;

	if (s.n == 0 || s.p[0] != 1)
		return -1;
	s = span_sub(s, 1, s.n);
	while (s.n > 0) {
		if (number_get(&s, &lo) < 0 || number_get(&s, &more) < 0)
			return -1;
		lo += last;
		last = lo + more;
		if (lo == 0 || last > UINT32_MAX)
			return -1;
		seqset_add(out, (uint32_t)lo, (uint32_t)last);
	}
	return 0;
}

/* Fold the first half of the records into one. */
static enum engine_status
fold(struct engine_txn *txn, struct engine_part part, struct store_head *h)
{
	char key[9], old[LOGS_MAX / 2][9];
	struct engine_scan s = { .part = part, .from = log_key(key, 0) };
	struct seqset set = { 0 };
	struct buf b = { 0 };
	enum engine_status st = ENGINE_OK;
	size_t n = 0, bytes = 0;

	while (n < LOGS_MAX / 2 && (n < 2 || bytes < FOLD_SIZE)) {
		st = engine_scan_next(txn, &s);
		if (st != ENGINE_OK || s.key.n != 9 || !store_key_is(s.key, 'x'))
			break;
		if (s.value.n > FOLD_SIZE)
			continue;
		if (store_log_unpack(&set, s.value) < 0) {
			st = ENGINE_CORRUPT;
			break;
		}
		memcpy(old[n++], s.key.p, 9);
		bytes += s.value.n;
	}
	engine_scan_end(&s);
	store_log_pack(&b, &set);
	if (n > 1) {
		for (size_t i = 0; i < n - 1; i++)
			engine_del(txn, span_of(old[i], 9));
		engine_put(txn, span_of(old[n - 1], 9), buf_span(&b));
		h->logs -= (uint32_t)n - 1;
	}
	buf_free(&b);
	seqset_clear(&set);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
store_log_put(struct engine_txn *txn, struct engine_part part,
    struct store_head *h, const struct seqset *uids)
{
	enum engine_status st = ENGINE_OK;
	struct buf b = { 0 };
	char key[9];

	if (h->logs >= LOGS_MAX)
		st = fold(txn, part, h);
	store_log_pack(&b, uids);
	engine_put(txn, log_key(key, h->modseq), buf_span(&b));
	buf_free(&b);
	h->logs++;
	return st;
}

enum engine_status
store_log_any(
    struct engine_txn *txn, struct engine_part part, uint64_t modseq, bool *out)
{
	char key[9];
	struct engine_scan s = { .part = part,
		.from = log_key(key, modseq + 1) };
	enum engine_status st = ENGINE_NOTFOUND;

	if (modseq < UINT64_MAX)
		st = engine_scan_next(txn, &s);
	*out = st == ENGINE_OK && s.key.n == 9 && store_key_is(s.key, 'x');
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
store_log_get(struct engine_txn *txn, struct engine_part part, uint64_t modseq,
    struct seqset *out)
{
	char key[9];
	struct engine_scan s = { .part = part,
		.from = log_key(key, modseq + 1) };
	enum engine_status st;

	if (modseq == UINT64_MAX)
		return ENGINE_OK;
	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK) {
		if (s.key.n != 9 || !store_key_is(s.key, 'x'))
			break;
		if (store_log_unpack(out, s.value) < 0) {
			st = ENGINE_CORRUPT;
			break;
		}
	}
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}
