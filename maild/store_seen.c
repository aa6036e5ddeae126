/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_acl.h"

/* 'v' user id: the UIDs that are \Seen to it, as store_log_pack() has them.
 * UIDs that are gone stay in it, which harms nobody. */
static struct span
seen_key(char key[9], uint64_t who)
{
	key[0] = 'v';
	be64_put(key + 1, who);
	return span_of(key, 9);
}

enum engine_status
store_seen_get(struct engine_txn *txn, struct engine_part part, uint64_t who,
    struct seqset *out)
{
	char key[9];
	struct span v;
	enum engine_status st = engine_get(txn, part, seen_key(key, who), &v);

	if (st == ENGINE_NOTFOUND)
		return ENGINE_OK;
	if (st == ENGINE_OK && store_log_unpack(out, v) < 0)
		st = ENGINE_CORRUPT;
	return st;
}

void
store_seen_put(struct engine_txn *txn, uint64_t who, const struct seqset *seen)
{
	struct buf b = { 0 };
	char key[9];

	store_log_pack(&b, seen);
	engine_put(txn, seen_key(key, who), buf_span(&b));
	buf_free(&b);
}
