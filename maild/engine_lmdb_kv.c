/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "bytes.h"
#include "engine_lmdb.h"

/*
 * The map on LMDB: one unnamed database, plain flags, nothing held open over a
 * return to the loop but a reset read transaction per client.
 */

static const struct {
	int rc;
	enum engine_status st;
} statuses[] = {
	{ MDB_SUCCESS, ENGINE_OK },
	{ MDB_NOTFOUND, ENGINE_NOTFOUND },
	{ MDB_MAP_FULL, ENGINE_FULL },
	{ MDB_TXN_FULL, ENGINE_FULL },
	{ MDB_READERS_FULL, ENGINE_FULL },
	{ ENOSPC, ENGINE_FULL },
	{ EDQUOT, ENGINE_FULL },
	{ EFBIG, ENGINE_FULL },
	{ ENOMEM, ENGINE_FULL },
	{ MDB_CORRUPTED, ENGINE_CORRUPT },
	{ MDB_PAGE_NOTFOUND, ENGINE_CORRUPT },
	{ MDB_INVALID, ENGINE_CORRUPT },
	{ MDB_BAD_VALSIZE, ENGINE_TOOBIG },
};

enum engine_status
lmdb_status(int rc)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].rc == rc)
			return statuses[i].st;
	}
	return ENGINE_IO;
}

static MDB_val
to_val(struct span s)
{
	/* LMDB does not write through it. */
	union {
		const char *c;
		void *v;
	} p = { s.p };

	return (MDB_val){ s.n, p.v };
}

static struct span
to_span(MDB_val v)
{
	return span_of(v.mv_data, v.mv_size);
}

/* ---- transactions ---- */

static enum engine_status
lmdb_read(struct engine *e, void **kv)
{
	struct lmdb *db = (struct lmdb *)e;
	MDB_txn *txn = *kv;
	int rc;

	if (txn != NULL)
		return lmdb_status(mdb_txn_renew(txn));
	rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
	if (rc == MDB_SUCCESS)
		*kv = txn;
	return lmdb_status(rc);
}

static void
lmdb_read_end(struct engine *e, void *kv)
{
	(void)e;
	mdb_txn_reset(kv);
}

static void
lmdb_read_free(struct engine *e, void *kv)
{
	(void)e;
	mdb_txn_abort(kv);
}

static enum engine_status
lmdb_write(struct engine *e, void **kv)
{
	struct lmdb *db = (struct lmdb *)e;
	MDB_txn *txn = NULL;
	enum engine_status st = lmdb_grow(db);

	if (st == ENGINE_OK)
		st = lmdb_status(mdb_txn_begin(db->env, NULL, 0, &txn));
	*kv = txn;
	db->roomy = false;
	return st;
}

static enum engine_status
lmdb_commit(struct engine *e, void *kv)
{
	(void)e;
	return lmdb_status(mdb_txn_commit(kv));
}

static void
lmdb_abort(struct engine *e, void *kv)
{
	(void)e;
	mdb_txn_abort(kv);
}

static MDB_dbi
dbi(MDB_txn *txn)
{
	struct lmdb *db = mdb_env_get_userctx(mdb_txn_env(txn));

	return db->dbi;
}

static enum engine_status
lmdb_get(void *kv, struct span key, struct span *raw)
{
	MDB_val k = to_val(key), v;
	int rc = mdb_get(kv, dbi(kv), &k, &v);

	if (rc == MDB_SUCCESS)
		*raw = to_span(v);
	return lmdb_status(rc);
}

static enum engine_status
lmdb_put(void *kv, struct span key, uint64_t sum, struct span value)
{
	MDB_val k = to_val(key), v = { ENGINE_SUM + value.n, NULL };
	int rc = mdb_put(kv, dbi(kv), &k, &v, MDB_RESERVE);

	if (rc != MDB_SUCCESS)
		return lmdb_status(rc);
	le64_put(v.mv_data, sum);
	if (value.n > 0)
		memcpy((char *)v.mv_data + ENGINE_SUM, value.p, value.n);
	return ENGINE_OK;
}

static enum engine_status
lmdb_del(void *kv, struct span key)
{
	MDB_val k = to_val(key);

	return lmdb_status(mdb_del(kv, dbi(kv), &k, NULL));
}

/* ---- cursors ---- */

static enum engine_status
lmdb_cursor(void *kv, void **cur)
{
	MDB_cursor *c = NULL;
	int rc = mdb_cursor_open(kv, dbi(kv), &c);

	*cur = c;
	return lmdb_status(rc);
}

static enum engine_status
move(MDB_cursor *c, MDB_val *k, MDB_cursor_op op, struct span *key,
    struct span *raw)
{
	MDB_val v;
	int rc = mdb_cursor_get(c, k, &v, op);

	if (rc == MDB_SUCCESS) {
		*key = to_span(*k);
		*raw = to_span(v);
	}
	return lmdb_status(rc);
}

static enum engine_status
lmdb_seek(void *cur, bool before, struct span at, struct span *key,
    struct span *raw)
{
	MDB_val k = to_val(at);
	enum engine_status st = move(cur, &k, MDB_SET_RANGE, key, raw);

	if (!before)
		return st;
	if (st == ENGINE_NOTFOUND)
		return move(cur, &k, MDB_LAST, key, raw);
	return st == ENGINE_OK ? move(cur, &k, MDB_PREV, key, raw) : st;
}

static enum engine_status
lmdb_step(void *cur, bool back, struct span *key, struct span *raw)
{
	MDB_val k;

	return move(cur, &k, back ? MDB_PREV : MDB_NEXT, key, raw);
}

static void
lmdb_cursor_end(void *cur)
{
	mdb_cursor_close(cur);
}

const struct engine_ops lmdb_ops = {
	.on_disk = true,
	.read = lmdb_read,
	.read_end = lmdb_read_end,
	.read_free = lmdb_read_free,
	.write = lmdb_write,
	.commit = lmdb_commit,
	.abort = lmdb_abort,
	.get = lmdb_get,
	.put = lmdb_put,
	.del = lmdb_del,
	.cursor = lmdb_cursor,
	.seek = lmdb_seek,
	.step = lmdb_step,
	.cursor_end = lmdb_cursor_end,
	.admit = lmdb_admit,
	.upkeep = lmdb_upkeep,
	.sizes = lmdb_sizes,
	.close = lmdb_close,
};
