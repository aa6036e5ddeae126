/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "bytes.h"
#include "engine_impl.h"

/* ---- schema ---- */

static struct engine_part
meta_part(void)
{
	return engine_own(ENGINE_T_META, 0);
}

static enum engine_status
get_number(struct engine_txn *txn, const char *key, uint64_t *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, meta_part(), span_str(key),
	    &v);

	if (st != ENGINE_OK)
		return st;
	if (v.n != 8)
		return ENGINE_CORRUPT;
	*out = le64_get(v.p);
	return ENGINE_OK;
}

static enum engine_status
put_number(struct engine_txn *txn, const char *key, uint64_t n)
{
	char v[8];

	le64_put(v, n);
	return engine_record_put(txn, meta_part(), span_str(key),
	    span_of(v, sizeof(v)));
}

static enum engine_status
create(struct engine_txn *txn, uint32_t schema)
{
	enum engine_status st = put_number(txn, "format", ENGINE_FORMAT);

	if (st == ENGINE_OK)
		st = put_number(txn, "schema", schema);
	if (st == ENGINE_OK)
		st = put_number(txn, "blob", 1);
	return st;
}

static enum engine_status
migrate(struct engine_txn *txn, const struct engine_lmdb_options *o,
    uint32_t from)
{
	enum engine_status st;

	engine_writes_clear(txn);
	txn->part = engine_own(ENGINE_T_OWN, 0);
	st = o->migrate(txn, from, o->arg);
	if (st == ENGINE_OK)
		st = txn->st;
	if (st == ENGINE_OK)
		st = engine_writes_apply(txn);
	if (st == ENGINE_OK)
		st = put_number(txn, "schema", o->schema);
	return st;
}

enum engine_status
engine_migrate_part(struct engine_txn *txn, struct engine_part part)
{
	enum engine_status st = txn->st;

	if (st == ENGINE_OK)
		st = engine_writes_apply(txn);
	engine_writes_clear(txn);
	txn->st = st;
	txn->part = part;
	return st;
}

enum engine_status
engine_migrate_next(struct engine_txn *txn, struct engine_part *part)
{
	struct engine_part from = *part;

	if (!engine_part_after(&from))
		return ENGINE_NOTFOUND;
	if (from.type < ENGINE_T_OWN)
		from = engine_own(ENGINE_T_OWN, 0);
	*part = from;
	return engine_part_from(txn, part);
}

static enum engine_status
check_schema(struct engine_txn *txn, const struct engine_lmdb_options *o,
    const char **why)
{
	uint64_t format, schema;
	enum engine_status st = get_number(txn, "format", &format);

	*why = "its first records are damaged";
	if (st == ENGINE_NOTFOUND)
		return create(txn, o->schema);
	if (st == ENGINE_OK)
		st = get_number(txn, "schema", &schema);
	if (st != ENGINE_OK)
		return st;
	if (format > ENGINE_FORMAT || schema > o->schema) {
		*why = "it was written by a newer version of maild";
		return ENGINE_REFUSED;
	}
	if (schema == o->schema)
		return ENGINE_OK;
	*why = "its records could not be brought to this version's form; "
	    "nothing was changed";
	return o->migrate == NULL ? ENGINE_REFUSED :
	    migrate(txn, o, (uint32_t)schema);
}

/* Uploads that a former process left: the sweep may have them. */
static enum engine_status
end_uploads(struct engine_txn *txn)
{
	struct engine_part part = engine_own(ENGINE_T_UPLOAD, 0);
	enum engine_status st;

	while ((st = engine_part_from(txn, &part)) == ENGINE_OK &&
	    part.type == ENGINE_T_UPLOAD) {
		st = engine_record_del(txn, part, SPAN_LIT(""));
		if (st == ENGINE_OK)
			st = engine_idle_put(txn, part.id, 0);
		if (st != ENGINE_OK)
			break;
	}
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
engine_schema(struct engine *e, const struct engine_lmdb_options *o,
    const char **why)
{
	struct engine_txn *txn = &e->txn;
	enum engine_status st = engine_txn_write(e, txn);

	*why = "no write can begin";
	if (st != ENGINE_OK)
		return st;
	st = check_schema(txn, o, why);
	if (st == ENGINE_OK)
		st = end_uploads(txn);
	if (st == ENGINE_OK)
		st = get_number(txn, "blob", &e->blob_next);
	e->blob_limit = txn->blob_limit = e->blob_next;
	if (st != ENGINE_OK) {
		engine_txn_abort(txn);
		return st;
	}
	*why = "its first records cannot be written";
	return engine_txn_commit(txn);
}

/* ---- sweep ---- */

struct sweep {
	struct engine_job job;
	uint64_t until;
	size_t max;
	void (*done)(void *arg, enum engine_status st);
	void *arg;
};

/* Records that one sweep may remove: long blobs go in several. */
#define SWEEP_RECORDS 4096

static enum engine_status
sweep_blob(struct engine_txn *txn, struct engine_part idle, uint64_t blob,
    size_t *records)
{
	enum engine_status st = engine_blob_remove(txn, blob, records);

	if (st != ENGINE_NOTFOUND)
		return st;
	return engine_idle_del(txn, blob, idle.id);
}

static enum engine_status
first_idle(struct engine_txn *txn, struct engine_part *part, uint64_t *blob)
{
	struct engine_scan s = { 0 };
	enum engine_status st = engine_part_from(txn, part);

	if (st != ENGINE_OK || part->type != ENGINE_T_IDLE)
		return st == ENGINE_OK ? ENGINE_NOTFOUND : st;
	s.part = *part;
	st = engine_scan_next_key(txn, &s);
	if (st == ENGINE_OK && s.key.n != 8)
		st = ENGINE_CORRUPT;
	if (st == ENGINE_OK)
		*blob = be64_get(s.key.p);
	engine_scan_end(&s);
	return st;
}

static enum engine_status
sweep_run(struct engine_txn *txn, struct engine_job *job)
{
	struct sweep *s = (struct sweep *)job;
	size_t records = SWEEP_RECORDS;
	enum engine_status st = ENGINE_OK;
	uint64_t blob;

	txn->e->ops->upkeep(txn->e);
	for (size_t i = 0; st == ENGINE_OK && i < s->max && records > 0; i++) {
		struct engine_part part = engine_own(ENGINE_T_IDLE, 0);

		st = first_idle(txn, &part, &blob);
		if (st != ENGINE_OK || part.id > s->until)
			break;
		st = sweep_blob(txn, part, blob, &records);
	}
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

static void
sweep_done(struct engine_job *job)
{
	struct sweep *s = (struct sweep *)job;

	if (s->done != NULL)
		s->done(s->arg, job->st);
	free(s);
}

void
engine_sweep(struct engine_client *c, uint64_t age, size_t max,
    void (*done)(void *arg, enum engine_status st), void *arg)
{
	struct sweep *s = xcalloc(1, sizeof(*s));
	uint64_t now = (uint64_t)time(NULL);

	s->until = now > age ? now - age : 0;
	s->max = max;
	s->done = done;
	s->arg = arg;
	s->job.run = sweep_run;
	s->job.done = sweep_done;
	engine_submit(c, &s->job);
}

void
engine_stats(struct engine *e, struct engine_stats *out)
{
	pthread_mutex_lock(&e->lock);
	*out = e->stats;
	pthread_mutex_unlock(&e->lock);
	e->ops->sizes(e, out);
}
