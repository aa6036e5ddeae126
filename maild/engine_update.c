/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>

#include "bytes.h"
#include "engine_impl.h"

/* The writes that one update may list, in bytes. */
#define UPDATE_MAX ((size_t)16 << 20)

/* ---- the list that fn fills ---- */

static void
list(struct engine_txn *txn, struct engine_write w, struct span key,
    struct span value)
{
	if (key.n > ENGINE_KEY_MAX || value.n > ENGINE_VALUE_MAX) {
		txn->st = ENGINE_TOOBIG;
		return;
	}
	w.klen = (uint32_t)key.n;
	w.vlen = (uint32_t)value.n;
	w.off = txn->data.len;
	buf_add_span(&txn->data, key);
	buf_add_span(&txn->data, value);
	if (txn->data.failed) {
		txn->st = ENGINE_TOOBIG;
		return;
	}
	if (txn->nwrite == txn->capwrite) {
		txn->capwrite = txn->capwrite * 2 + 64;
		txn->write = xrealloc_array(txn->write, txn->capwrite,
		    sizeof(*txn->write));
	}
	txn->write[txn->nwrite++] = w;
}

void
engine_put(struct engine_txn *txn, struct span key, struct span value)
{
	struct engine_write w = { .op = ENGINE_W_PUT };

	list(txn, w, key, value);
}

void
engine_del(struct engine_txn *txn, struct span key)
{
	struct engine_write w = { .op = ENGINE_W_DEL };

	list(txn, w, key, SPAN_LIT(""));
}

void
engine_notify(struct engine_txn *txn, struct engine_part part)
{
	struct engine_job *job = txn->job;

	job->notify = xrealloc_array(job->notify, job->nnotify + 1,
	    sizeof(*job->notify));
	job->notify[job->nnotify++] = part;
}

void
engine_writes_clear(struct engine_txn *txn)
{
	txn->st = ENGINE_OK;
	txn->nwrite = 0;
	buf_clear(&txn->data);
	txn->data.max = UPDATE_MAX;
}

enum engine_status
engine_writes_apply(struct engine_txn *txn)
{
	enum engine_status st = ENGINE_OK;

	for (size_t i = 0; st == ENGINE_OK && i < txn->nwrite; i++) {
		const struct engine_write *w = &txn->write[i];
		struct span key = span_of(txn->data.data + w->off, w->klen);
		struct span value = span_of(key.p + w->klen, w->vlen);

		if (w->op == ENGINE_W_PUT)
			st = engine_record_put(txn, txn->part, key, value);
		else
			st = engine_record_del(txn, txn->part, key);
	}
	return st;
}

/* ---- references ---- */

void
engine_refs_add(struct engine_txn *txn, struct engine_refchange change)
{
	if (txn->nref == txn->capref) {
		txn->capref = txn->capref * 2 + 64;
		txn->ref = xrealloc_array(txn->ref, txn->capref,
		    sizeof(*txn->ref));
	}
	txn->ref[txn->nref++] = change;
}

void
engine_blob_ref(struct engine_txn *txn, uint64_t blob)
{
	engine_refs_add(txn, (struct engine_refchange){ blob, 1, false });
}

void
engine_blob_unref(struct engine_txn *txn, uint64_t blob)
{
	engine_refs_add(txn, (struct engine_refchange){ blob, -1, false });
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = ((const struct engine_refchange *)a)->blob;
	uint64_t y = ((const struct engine_refchange *)b)->blob;

	return x < y ? -1 : x > y;
}

/* One entry per blob, so that a move costs nothing. */
static void
merge(struct engine_txn *txn)
{
	struct engine_refchange *ref = txn->ref;
	size_t n = 0;

	if (txn->nref > 1)
		qsort(ref, txn->nref, sizeof(*ref), compare);
	for (size_t i = 0; i < txn->nref; i++) {
		if (n > 0 && ref[n - 1].blob == ref[i].blob) {
			ref[n - 1].by += ref[i].by;
			ref[n - 1].fresh |= ref[i].fresh;
		} else {
			ref[n++] = ref[i];
		}
	}
	txn->nref = n;
}

static enum engine_status
change(struct engine_txn *txn, const struct engine_refchange *ref)
{
	struct engine_refs old;
	uint64_t by = (uint64_t)(ref->by < 0 ? -ref->by : ref->by);
	enum engine_status st;

	if (ref->fresh)
		return engine_refs_put(txn, ref->blob, NULL,
		    ref->by < 0 ? 0 : by);
	if (by == 0)
		return ENGINE_OK;
	st = engine_refs_get(txn, ref->blob, &old);
	if (st == ENGINE_NOTFOUND) /* damage; deletes go on */
		return ref->by < 0 ? ENGINE_OK : ENGINE_CORRUPT;
	if (st != ENGINE_OK)
		return st;
	if (ref->by > 0)
		return engine_refs_put(txn, ref->blob, &old, old.count + by);
	return engine_refs_put(txn, ref->blob, &old,
	    old.count > by ? old.count - by : 0);
}

enum engine_status
engine_refs_apply(struct engine_txn *txn)
{
	enum engine_status st = ENGINE_OK;

	merge(txn);
	for (size_t i = 0; st == ENGINE_OK && i < txn->nref; i++)
		st = change(txn, &txn->ref[i]);
	return st;
}

/* ---- the job ---- */

struct update {
	struct engine_job job;
	struct engine_step *steps;
	struct engine_blob **blobs;
	size_t nsteps, nblobs;
	enum engine_status blob_st; /* of the blobs, as they came */
	void (*done)(void *arg, enum engine_status st);
	void *arg;
};

static enum engine_status
run_step(struct engine_txn *txn, const struct update *u, size_t i)
{
	const struct engine_step *step = &u->steps[i];
	enum engine_status st;

	engine_writes_clear(txn);
	txn->part = step->part;
	st = step->fn(txn, step->part, step->arg);
	assert(txn->scans == 0);
	if (st == ENGINE_OK)
		st = txn->st;
	for (size_t b = 0; i == 0 && st == ENGINE_OK && b < u->nblobs; b++)
		st = engine_blob_store(txn, u->blobs[b]);
	if (st == ENGINE_OK)
		st = engine_writes_apply(txn);
	return st;
}

static enum engine_status
run(struct engine_txn *txn, struct engine_job *job)
{
	struct update *u = (struct update *)job;
	enum engine_status st = u->blob_st;

	txn->nref = 0;
	for (size_t i = 0; st == ENGINE_OK && i < u->nblobs; i++)
		st = engine_blob_ready(txn, u->blobs[i]);
	for (size_t i = 0; st == ENGINE_OK && i < u->nsteps; i++)
		st = run_step(txn, u, i);
	if (st == ENGINE_OK)
		st = engine_refs_apply(txn);
	return st;
}

static void
done(struct engine_job *job)
{
	struct update *u = (struct update *)job;

	for (size_t i = 0; i < u->nblobs; i++) {
		u->blobs[i]->taken |= job->st == ENGINE_OK;
		engine_blob_free(u->blobs[i]);
	}
	if (u->done != NULL)
		u->done(u->arg, job->st);
	free(u->steps);
	free(u->blobs);
	free(u);
}

void
engine_update(struct engine_client *c, const struct engine_update *o)
{
	struct update *u = xcalloc(1, sizeof(*u));

	assert(o->nsteps > 0);
	u->nsteps = o->nsteps;
	u->steps = xrealloc_array(NULL, o->nsteps, sizeof(*u->steps));
	memcpy(u->steps, o->steps, o->nsteps * sizeof(*u->steps));
	u->nblobs = o->nblobs;
	u->blobs = xrealloc_array(NULL, o->nblobs + 1, sizeof(*u->blobs));
	u->done = o->done;
	u->arg = o->arg;
	u->job.run = run;
	u->job.done = done;
	u->job.adds = o->nblobs > 0;
	u->job.weight = o->weight;
	for (size_t i = 0; i < o->nblobs; i++) {
		u->blobs[i] = o->blobs[i];
		u->job.weight += engine_blob_weight(o->blobs[i]);
		if (u->blob_st == ENGINE_OK)
			u->blob_st = o->blobs[i]->st;
	}
	for (size_t i = 0; i < o->nsteps; i++)
		assert(o->steps[i].part.type >= ENGINE_T_OWN);
	engine_submit(c, &u->job);
}
