/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>

#include "bytes.h"
#include "engine_impl.h"
#include "xxh64.h"

/* ---- keys and checksums ---- */

static bool
key_make(struct engine_key *k, struct engine_part part, struct span key)
{
	if (key.n > ENGINE_KEY_MAX)
		return false;
	k->p[0] = part.type;
	be64_put(k->p + 1, part.id);
	if (key.n > 0)
		memcpy(k->p + ENGINE_PREFIX, key.p, key.n);
	k->n = ENGINE_PREFIX + key.n;
	return true;
}

static struct span
key_span(const struct engine_key *k)
{
	return span_of((const char *)k->p, k->n);
}

/* Covers the key, too, so that a value under a wrong key is found out. */
static uint64_t
sum(struct span raw_key, uint64_t value_sum)
{
	return value_sum + xxh64(raw_key.p, raw_key.n, 0);
}

/* The length may be damaged, too: nothing is read beyond what can be. */
static bool
may_be(struct span raw)
{
	return raw.n >= ENGINE_SUM && raw.n <= ENGINE_SUM + ENGINE_VALUE_MAX;
}

static enum engine_status
checked(struct span raw_key, struct span raw, struct span *value)
{
	struct span v;

	if (!may_be(raw))
		return ENGINE_CORRUPT;
	v = span_sub(raw, ENGINE_SUM, raw.n);
	if (le64_get(raw.p) != sum(raw_key, xxh64(v.p, v.n, 0)))
		return ENGINE_CORRUPT;
	*value = v;
	return ENGINE_OK;
}

/* ---- snapshots ---- */

static void
near_end(struct engine_txn *txn, struct engine_near *near)
{
	if (near->cur != NULL)
		txn->e->ops->cursor_end(near->cur);
	*near = (struct engine_near){ 0 };
}

struct engine_txn *
engine_read(struct engine_client *c)
{
	struct engine_txn *txn = &c->read;

	if (txn->depth++ == 0)
		txn->dead = txn->e->ops->read(txn->e, &txn->kv);
	return txn;
}

void
engine_read_end(struct engine_txn *txn)
{
	assert(txn->depth > 0);
	if (--txn->depth > 0)
		return;
	assert(txn->scans == 0);
	near_end(txn, &txn->near_head);
	near_end(txn, &txn->near_chunk);
	if (txn->dead == ENGINE_OK)
		txn->e->ops->read_end(txn->e, txn->kv);
	for (size_t i = 0; i < txn->nheld; i++)
		buf_free(&txn->held[i]);
	txn->nheld = 0;
	txn->chunk = (struct engine_chunk){ 0 };
}

/* What the map says of a write transaction decides on its life. */
static enum engine_status
told(struct engine_txn *txn, enum engine_status st)
{
	if (st == ENGINE_OK || st == ENGINE_NOTFOUND || txn->depth > 0)
		return st;
	txn->broken = true;
	if (st == ENGINE_IO)
		txn->e->failed = true;
	return st;
}

enum engine_status
engine_txn_write(struct engine *e, struct engine_txn *txn)
{
	enum engine_status st;

	txn->broken = txn->dirty = false;
	txn->bytes = 0;
	txn->blob_limit = e->blob_limit;
	st = e->ops->write(e, &txn->kv);
	return told(txn, st);
}

enum engine_status
engine_txn_commit(struct engine_txn *txn)
{
	struct engine *e = txn->e;
	enum engine_status st;

	if (!txn->dirty) {
		engine_txn_abort(txn);
		return ENGINE_OK;
	}
	st = told(txn, e->ops->commit(e, txn->kv));
	txn->chunk = (struct engine_chunk){ 0 };
	if (st != ENGINE_OK)
		return st;
	e->blob_limit = txn->blob_limit;
	pthread_mutex_lock(&e->lock);
	e->stats.syncs++;
	e->stats.bytes += txn->bytes;
	pthread_mutex_unlock(&e->lock);
	return ENGINE_OK;
}

void
engine_txn_abort(struct engine_txn *txn)
{
	txn->e->ops->abort(txn->e, txn->kv);
	txn->chunk = (struct engine_chunk){ 0 };
}

void
engine_txn_free(struct engine_txn *txn)
{
	if (txn->client != NULL && txn->kv != NULL)
		txn->e->ops->read_free(txn->e, txn->kv);
	free(txn->held);
	free(txn->write);
	free(txn->ref);
	buf_free(&txn->data);
}

/* ---- reading ---- */

enum engine_status
engine_get(struct engine_txn *txn, struct engine_part part, struct span key,
    struct span *value)
{
	struct engine_key k;
	struct span raw;
	enum engine_status st;

	if (txn->dead != ENGINE_OK)
		return txn->dead;
	if (!key_make(&k, part, key))
		return ENGINE_TOOBIG;
	txn->records++;
	st = told(txn, txn->e->ops->get(txn->kv, key_span(&k), &raw));
	return st == ENGINE_OK ? checked(key_span(&k), raw, value) : st;
}

/* ---- one after the other ---- */

/* A hint: it need not be memory of ours. */
static void
prefetch(uintptr_t from, size_t n)
{
	for (size_t i = 0; i < n; i += 64)
		__builtin_prefetch((const void *)(from + i));
}

/* Look one record ahead, and have the memory of its beginning fetched.  LMDB
 * lays small records below each other: the head of the one behind it likely
 * ends so far below, and the next step would have to wait for that. */
static void
look_ahead(struct engine_txn *txn, struct engine_near *near)
{
	uintptr_t at;

	near->ahead = txn->e->ops->step(near->cur, false, &near->key,
	    &near->raw) == ENGINE_OK;
	if (!near->ahead || !may_be(near->raw))
		return;
	at = (uintptr_t)near->raw.p;
	prefetch(at, near->raw.n < ENGINE_NEAR_FETCH ? near->raw.n :
	    ENGINE_NEAR_FETCH);
	if (near->raw.n < ENGINE_NEAR_SMALL)
		prefetch(at - near->raw.n - ENGINE_NEAR_HEAD,
		    ENGINE_NEAR_HEAD);
}

static enum engine_status
near_find(struct engine_txn *txn, struct engine_near *near, struct span key,
    struct span *raw)
{
	struct span at;
	enum engine_status st = ENGINE_OK;

	if (near->ahead && span_eq(near->key, key)) {
		*raw = near->raw;
		return ENGINE_OK;
	}
	if (near->cur == NULL)
		st = told(txn, txn->e->ops->cursor(txn->kv, &near->cur));
	if (st == ENGINE_OK)
		st = told(txn, txn->e->ops->seek(near->cur, false, key, &at,
					 raw));
	return st == ENGINE_OK && !span_eq(at, key) ? ENGINE_NOTFOUND : st;
}

/* The writer's cursors would not outlive its next write. */
static enum engine_status
near_raw(struct engine_txn *txn, struct engine_near *near,
    const struct engine_key *k, uint64_t id, struct span *raw)
{
	enum engine_status st;

	txn->records++;
	if (txn->depth == 0)
		return told(txn, txn->e->ops->get(txn->kv, key_span(k), raw));
	st = near_find(txn, near, key_span(k), raw);
	near->ahead = false;
	if (st == ENGINE_OK && txn->e->pool.cold > 0)
		engine_ask_ahead(txn->e, near, *raw);
	if (st == ENGINE_OK && id == near->id + 1)
		look_ahead(txn, near);
	near->id = id;
	return st;
}

enum engine_status
engine_near_peek(struct engine_txn *txn, struct engine_near *near,
    struct engine_part part, struct span key, struct span *value)
{
	struct engine_key k;
	struct span raw;
	enum engine_status st = txn->dead;

	if (st == ENGINE_OK && !key_make(&k, part, key))
		st = ENGINE_TOOBIG;
	if (st == ENGINE_OK)
		st = near_raw(txn, near, &k, part.id, &raw);
	if (st == ENGINE_OK && !may_be(raw))
		st = ENGINE_CORRUPT;
	if (st == ENGINE_OK)
		*value = span_of(raw.p + ENGINE_SUM, raw.n - ENGINE_SUM);
	return st;
}

enum engine_status
engine_near_get(struct engine_txn *txn, struct engine_near *near,
    struct engine_part part, struct span key, struct span *value)
{
	struct engine_key k;
	enum engine_status st = engine_near_peek(txn, near, part, key, value);

	if (st != ENGINE_OK)
		return st;
	key_make(&k, part, key);
	return checked(key_span(&k), span_of(value->p - ENGINE_SUM,
	    value->n + ENGINE_SUM), value);
}

/* Where a scan stands in the map. */
struct cursor {
	struct engine_txn *txn;
	void *kv;
	bool moved;
};

/* Where a scan begins: at from, or below what follows the last key wanted. */
static bool
scan_bound(const struct engine_scan *s, struct engine_key *k)
{
	struct engine_part next = s->part;

	if (s->reverse && s->from.n == 0) {
		if (!engine_part_after(&next)) {
			memset(k->p, 0xff, sizeof(k->p));
			k->n = sizeof(k->p);
			return true;
		}
		return key_make(k, next, SPAN_LIT(""));
	}
	if (!key_make(k, s->part, s->from))
		return false;
	if (s->reverse)
		k->p[k->n++] = 0;
	return true;
}

static enum engine_status
scan_move(struct engine_txn *txn, struct engine_scan *s, struct span *key,
    struct span *raw)
{
	const struct engine_ops *ops = txn->e->ops;
	struct cursor *cur = s->cursor;
	struct engine_key k;

	if (cur->moved)
		return told(txn, ops->step(cur->kv, s->reverse, key, raw));
	if (!scan_bound(s, &k))
		return ENGINE_TOOBIG;
	cur->moved = true;
	return told(txn, ops->seek(cur->kv, s->reverse, key_span(&k), key,
			     raw));
}

static enum engine_status
scan_open(struct engine_txn *txn, struct engine_scan *s)
{
	struct cursor *cur;
	enum engine_status st;
	void *kv;

	if (txn->dead != ENGINE_OK)
		return txn->dead;
	st = told(txn, txn->e->ops->cursor(txn->kv, &kv));
	if (st != ENGINE_OK)
		return st;
	cur = xcalloc(1, sizeof(*cur));
	cur->txn = txn;
	cur->kv = kv;
	txn->scans++;
	s->cursor = cur;
	return ENGINE_OK;
}

static enum engine_status
scan_record(struct engine_txn *txn, struct engine_scan *s, struct span *key,
    struct span *raw)
{
	struct engine_key k;
	enum engine_status st;

	if (s->cursor == NULL && (st = scan_open(txn, s)) != ENGINE_OK)
		return st;
	txn->records++;
	st = scan_move(txn, s, key, raw);
	if (st != ENGINE_OK)
		return st;
	key_make(&k, s->part, SPAN_LIT(""));
	if (key->n < k.n || memcmp(key->p, k.p, k.n) != 0)
		return ENGINE_NOTFOUND;
	if (key->n > sizeof(k.p))
		return ENGINE_CORRUPT;
	s->key = span_sub(*key, ENGINE_PREFIX, key->n);
	return ENGINE_OK;
}

enum engine_status
engine_scan_next(struct engine_txn *txn, struct engine_scan *s)
{
	struct span key, raw;
	enum engine_status st = scan_record(txn, s, &key, &raw);

	return st == ENGINE_OK ? checked(key, raw, &s->value) : st;
}

enum engine_status
engine_scan_next_key(struct engine_txn *txn, struct engine_scan *s)
{
	struct span key, raw;

	return scan_record(txn, s, &key, &raw);
}

void
engine_scan_end(struct engine_scan *s)
{
	struct cursor *cur = s->cursor;

	if (cur == NULL)
		return;
	cur->txn->e->ops->cursor_end(cur->kv);
	cur->txn->scans--;
	free(cur);
	s->cursor = NULL;
}

enum engine_status
engine_part_from(struct engine_txn *txn, struct engine_part *part)
{
	struct engine_scan s = { .part = *part };
	struct engine_key k;
	struct span key, raw;
	struct cursor *cur;
	enum engine_status st;

	if ((st = scan_open(txn, &s)) != ENGINE_OK)
		return st;
	cur = s.cursor;
	key_make(&k, *part, SPAN_LIT(""));
	st = told(txn, txn->e->ops->seek(cur->kv, false, key_span(&k), &key,
				&raw));
	engine_scan_end(&s);
	if (st != ENGINE_OK)
		return st;
	/* A damaged map may give what was not asked for, and for ever. */
	if (key.n < ENGINE_PREFIX || memcmp(key.p, k.p, ENGINE_PREFIX) < 0)
		return ENGINE_CORRUPT;
	part->type = (uint8_t)key.p[0];
	part->id = be64_get(key.p + 1);
	return ENGINE_OK;
}

/* ---- writing ---- */

enum engine_status
engine_record_put_summed(struct engine_txn *txn, struct engine_part part,
    struct span key, struct span value, uint64_t value_sum)
{
	struct engine_key k;
	struct span raw_key;

	if (!key_make(&k, part, key))
		return ENGINE_TOOBIG;
	raw_key = key_span(&k);
	txn->dirty = txn->applied = true;
	txn->bytes += k.n + ENGINE_SUM + value.n;
	return told(txn, txn->e->ops->put(txn->kv, raw_key,
				sum(raw_key, value_sum), value));
}

enum engine_status
engine_record_put(struct engine_txn *txn, struct engine_part part,
    struct span key, struct span value)
{
	return engine_record_put_summed(txn, part, key, value,
	    xxh64(value.p, value.n, 0));
}

enum engine_status
engine_record_del(struct engine_txn *txn, struct engine_part part,
    struct span key)
{
	struct engine_key k;
	enum engine_status st;

	if (!key_make(&k, part, key))
		return ENGINE_TOOBIG;
	st = told(txn, txn->e->ops->del(txn->kv, key_span(&k)));
	if (st == ENGINE_OK)
		txn->dirty = txn->applied = true;
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}
