/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "bytes.h"
#include "engine_impl.h"
#include "xxh64.h"

/* So many ids are reserved on disk at once that it costs nothing. */
#define IDS 65536

/*
 * HEAD: version 2, a zero byte, length of meta's front (2), of meta (4), size
 * (8), SHA-256 (32), the front's checksum (8), and meta, where it fits into one
 * value; else there is no front.  Version 1, which is still read, has none and
 * ends with the SHA-256.
 */
#define HEAD_1 48
#define HEAD   56
#define INSIDE(head) (ENGINE_CHUNK - (head))

static struct span
number_key(char key[4], uint32_t number)
{
	be32_put(key, number);
	return span_of(key, 4);
}

/* ---- in the writer ---- */

enum engine_status
engine_chunk_put(struct engine_txn *txn, uint64_t blob, uint32_t number,
    const struct engine_piece *p)
{
	char key[4];

	return engine_record_put_summed(txn, engine_own(ENGINE_T_CHUNK, blob),
	    number_key(key, number), span_of((const char *)p->data, p->n),
	    p->sum);
}

enum engine_status
engine_blob_reserve(struct engine_txn *txn, struct engine_blob *b)
{
	char v[8];

	if (b->id == 0)
		b->id = txn->e->blob_next++;
	if (b->id < txn->blob_limit)
		return ENGINE_OK;
	txn->blob_limit = b->id + IDS;
	le64_put(v, txn->blob_limit);
	return engine_record_put(txn, engine_own(ENGINE_T_META, 0),
	    SPAN_LIT("blob"), span_of(v, sizeof(v)));
}

enum engine_status
engine_blob_ready(struct engine_txn *txn, struct engine_blob *b)
{
	assert(b->finished);
	if (b->stored != ENGINE_OK)
		return b->stored;
	return engine_blob_reserve(txn, b);
}

static enum engine_status
put_meta(struct engine_txn *txn, const struct engine_blob *b)
{
	struct span rest = buf_span(&b->meta);
	enum engine_status st = ENGINE_OK;
	char key[4];

	for (uint32_t i = 0; st == ENGINE_OK && rest.n > 0; i++) {
		st = engine_record_put(txn, engine_own(ENGINE_T_MORE, b->id),
		    number_key(key, i), span_sub(rest, 0, ENGINE_CHUNK));
		rest = span_sub(rest, ENGINE_CHUNK, rest.n);
	}
	return st;
}

static enum engine_status
put_head(struct engine_txn *txn, const struct engine_blob *b)
{
	bool inside = b->meta.len <= INSIDE(HEAD);
	char v[ENGINE_CHUNK];
	enum engine_status st = ENGINE_OK;
	size_t n = HEAD;

	memset(v, 0, HEAD);
	v[0] = 2;
	le32_put(v + 4, (uint32_t)b->meta.len);
	le64_put(v + 8, b->size);
	memcpy(v + 16, b->sha256, 32);
	if (inside && b->meta.len > 0) {
		le16_put(v + 2, (uint16_t)b->front);
		le64_put(v + 48, xxh64(b->meta.data, b->front, b->id));
		memcpy(v + n, b->meta.data, b->meta.len);
		n += b->meta.len;
	}
	if (!inside)
		st = put_meta(txn, b);
	if (st == ENGINE_OK)
		st = engine_record_put(txn, engine_own(ENGINE_T_HEAD, b->id),
		    SPAN_LIT(""), span_of(v, n));
	return st;
}

/* The head takes the place of what marks an upload under way. */
static enum engine_status
end_upload(struct engine_txn *txn, const struct engine_blob *b)
{
	struct engine_part part = engine_own(ENGINE_T_UPLOAD, b->id);
	struct span v;
	enum engine_status st = engine_get(txn, part, SPAN_LIT(""), &v);

	if (st != ENGINE_OK)
		return st;
	return engine_record_del(txn, part, SPAN_LIT(""));
}

enum engine_status
engine_blob_store(struct engine_txn *txn, struct engine_blob *b)
{
	struct engine_refs refs;
	enum engine_status st = engine_refs_get(txn, b->id, &refs);

	if (st != ENGINE_NOTFOUND)
		return st; /* an update before this one did it */
	st = b->nsent > 0 ? end_upload(txn, b) : ENGINE_OK;
	for (uint32_t i = 0; st == ENGINE_OK && i < b->npiece; i++)
		st = engine_chunk_put(txn, b->id, b->nsent + i, &b->piece[i]);
	if (st == ENGINE_OK)
		st = put_head(txn, b);
	engine_refs_add(txn, (struct engine_refchange){ b->id, 0, true });
	return st;
}

/* Remove up to *max records of a partition; their keys have four bytes or
 * none. */
static enum engine_status
clear(struct engine_txn *txn, struct engine_part part, size_t *max)
{
	struct engine_scan s = { .part = part };
	char key[64][4];
	size_t len[64], n = 0, want = *max < 64 ? *max : 64;
	enum engine_status st = ENGINE_OK;

	while (n < want && (st = engine_scan_next_key(txn, &s)) == ENGINE_OK) {
		len[n] = s.key.n < 4 ? s.key.n : 4;
		memcpy(key[n], s.key.p, len[n]);
		n++;
	}
	engine_scan_end(&s);
	if (st == ENGINE_NOTFOUND && n > 0)
		st = ENGINE_OK;
	for (size_t i = 0; st == ENGINE_OK && i < n; i++)
		st = engine_record_del(txn, part, span_of(key[i], len[i]));
	*max -= n;
	return st;
}

/* The head goes first, so that no half blob can be read; the count last, so
 * that what is left is known to be on its way out. */
enum engine_status
engine_blob_remove(struct engine_txn *txn, uint64_t blob, size_t *max)
{
	static const uint8_t type[] = { ENGINE_T_HEAD, ENGINE_T_MORE,
		ENGINE_T_CHUNK, ENGINE_T_REFS };
	enum engine_status st = ENGINE_OK;

	for (size_t i = 0; i < sizeof(type); i++) {
		do {
			if (*max == 0)
				return ENGINE_OK;
			st = clear(txn, engine_own(type[i], blob), max);
		} while (st == ENGINE_OK);
		if (st != ENGINE_NOTFOUND)
			return st;
	}
	return ENGINE_NOTFOUND;
}

/* ---- reading ---- */

struct head {
	uint64_t size;
	const char *sha256;
	uint32_t meta_len;
	bool inside;
	struct span meta; /* where it is inside */
};

static enum engine_status
get_head(struct engine_txn *txn, uint64_t blob, struct head *h)
{
	struct span v;
	size_t fixed;
	enum engine_status st = engine_near_get(txn, &txn->near_head,
	    engine_own(ENGINE_T_HEAD, blob), SPAN_LIT(""), &v);

	if (st != ENGINE_OK)
		return st;
	fixed = v.n > 0 && v.p[0] == 1 ? HEAD_1 : HEAD;
	if (v.n < fixed || (fixed == HEAD && v.p[0] != 2))
		return ENGINE_CORRUPT;
	h->meta_len = le32_get(v.p + 4);
	h->size = le64_get(v.p + 8);
	h->sha256 = v.p + 16;
	h->inside = h->meta_len <= INSIDE(fixed);
	h->meta = span_sub(v, fixed, v.n);
	if (h->meta_len > ENGINE_META_MAX ||
	    h->meta.n != (h->inside ? h->meta_len : 0))
		return ENGINE_CORRUPT;
	return ENGINE_OK;
}

enum engine_status
engine_blob_get(struct engine_txn *txn, uint64_t blob, uint64_t off,
    struct span *out)
{
	struct engine_chunk *c = &txn->chunk;
	uint64_t number = off / ENGINE_CHUNK;
	char key[4];
	struct span v;
	enum engine_status st;

	if (off >= ENGINE_BLOB_MAX)
		return ENGINE_NOTFOUND;
	if (c->data.n == 0 || c->blob != blob || c->number != number) {
		st = engine_near_get(txn, &txn->near_chunk,
		    engine_own(ENGINE_T_CHUNK, blob),
		    number_key(key, (uint32_t)number), &v);
		if (st != ENGINE_OK)
			return st;
		*c = (struct engine_chunk){ blob, number, v };
	}
	*out = span_sub(c->data, off % ENGINE_CHUNK, ENGINE_CHUNK);
	return out->n > 0 ? ENGINE_OK : ENGINE_NOTFOUND;
}

enum engine_status
engine_blob_start(struct engine_txn *txn, uint64_t blob, size_t n, uint64_t sum,
    struct span *out)
{
	char key[4];
	struct span v;
	enum engine_status st = engine_near_peek(txn, &txn->near_chunk,
	    engine_own(ENGINE_T_CHUNK, blob), number_key(key, 0), &v);

	assert(n <= ENGINE_START_MAX);
	if (st != ENGINE_OK)
		return st;
	*out = span_sub(v, 0, n);
	return out->n == n && xxh64(out->p, n, 0) == sum ? ENGINE_OK :
	    ENGINE_CORRUPT;
}

/* A meta that is kept in pieces, put together in memory of the snapshot. */
static enum engine_status
join_meta(struct engine_txn *txn, uint64_t blob, uint32_t len, struct span *out)
{
	struct buf *b;
	struct span v;
	enum engine_status st = ENGINE_OK;
	char key[4];

	txn->held = xrealloc_array(txn->held, txn->nheld + 1,
	    sizeof(*txn->held));
	b = &txn->held[txn->nheld++];
	buf_init(b, (size_t)len + 1);
	for (uint32_t i = 0; st == ENGINE_OK && b->len < len; i++) {
		st = engine_get(txn, engine_own(ENGINE_T_MORE, blob),
		    number_key(key, i), &v);
		if (st == ENGINE_OK && v.n == 0)
			st = ENGINE_CORRUPT;
		if (st == ENGINE_OK)
			buf_add_span(b, v);
		if (b->failed)
			st = ENGINE_CORRUPT;
	}
	*out = buf_span(b);
	return st == ENGINE_NOTFOUND ? ENGINE_CORRUPT : st;
}

enum engine_status
engine_blob_meta(struct engine_txn *txn, uint64_t blob, struct span *meta)
{
	struct head h;
	enum engine_status st = get_head(txn, blob, &h);

	if (st != ENGINE_OK)
		return st;
	if (!h.inside)
		return join_meta(txn, blob, h.meta_len, meta);
	*meta = h.meta;
	return ENGINE_OK;
}

enum engine_status
engine_blob_front(struct engine_txn *txn, uint64_t blob, struct span *front)
{
	struct span v;
	enum engine_status st = engine_near_peek(txn, &txn->near_head,
	    engine_own(ENGINE_T_HEAD, blob), SPAN_LIT(""), &v);
	size_t n = 0;

	if (st == ENGINE_OK && v.n > HEAD && v.p[0] == 2)
		n = le16_get(v.p + 2);
	if (st != ENGINE_OK || n == 0) /* no front: all of meta is one */
		return st == ENGINE_OK ? engine_blob_meta(txn, blob, front) :
		    st;
	*front = span_sub(v, HEAD, n);
	return front->n == n && xxh64(front->p, n, blob) ==
	    le64_get(v.p + 48) ? ENGINE_OK : ENGINE_CORRUPT;
}

enum engine_status
engine_blob_stat(struct engine_txn *txn, uint64_t blob,
    struct engine_blob_info *out)
{
	struct engine_refs refs;
	struct head h;
	enum engine_status st = get_head(txn, blob, &h);

	if (st == ENGINE_OK)
		st = engine_refs_get(txn, blob, &refs);
	if (st != ENGINE_OK)
		return st;
	out->size = h.size;
	memcpy(out->sha256, h.sha256, sizeof(out->sha256));
	out->refs = refs.count;
	return ENGINE_OK;
}
