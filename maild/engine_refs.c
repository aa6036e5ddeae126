/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "bytes.h"
#include "engine_impl.h"

/*
 * References of stored blobs: REFS holds the count and, where it is zero, the
 * second since when; that second's IDLE partition names the blob, so that the
 * sweep finds the oldest first.
 */
#define REFS_SIZE 16

enum engine_status
engine_refs_get(struct engine_txn *txn, uint64_t blob, struct engine_refs *out)
{
	struct span v;
	enum engine_status st;

	st = engine_get(txn, engine_own(ENGINE_T_REFS, blob), SPAN_LIT(""),
	    &v);
	if (st == ENGINE_OK && v.n != REFS_SIZE)
		st = ENGINE_CORRUPT;
	if (st != ENGINE_OK)
		return st;
	out->count = le64_get(v.p);
	out->idle = le64_get(v.p + 8);
	return ENGINE_OK;
}

static enum engine_status
put(struct engine_txn *txn, uint64_t blob, const struct engine_refs *refs)
{
	char v[REFS_SIZE];

	le64_put(v, refs->count);
	le64_put(v + 8, refs->idle);
	return engine_record_put(txn, engine_own(ENGINE_T_REFS, blob),
	    SPAN_LIT(""), span_of(v, sizeof(v)));
}

static struct span
idle_key(char key[8], uint64_t blob)
{
	be64_put(key, blob);
	return span_of(key, 8);
}

enum engine_status
engine_idle_put(struct engine_txn *txn, uint64_t blob, uint64_t second)
{
	char key[8];

	return engine_record_put(txn, engine_own(ENGINE_T_IDLE, second),
	    idle_key(key, blob), SPAN_LIT(""));
}

enum engine_status
engine_idle_del(struct engine_txn *txn, uint64_t blob, uint64_t second)
{
	char key[8];

	return engine_record_del(txn, engine_own(ENGINE_T_IDLE, second),
	    idle_key(key, blob));
}

enum engine_status
engine_refs_put(struct engine_txn *txn, uint64_t blob,
    const struct engine_refs *old, uint64_t count)
{
	struct engine_refs new = { .count = count };
	enum engine_status st = ENGINE_OK;
	bool was_idle = old != NULL && old->count == 0;

	if (was_idle && count == 0)
		return ENGINE_OK;
	if (was_idle)
		st = engine_idle_del(txn, blob, old->idle);
	if (st == ENGINE_OK && count == 0) {
		new.idle = (uint64_t)time(NULL);
		st = engine_idle_put(txn, blob, new.idle);
	}
	if (st == ENGINE_OK)
		st = put(txn, blob, &new);
	return st;
}
