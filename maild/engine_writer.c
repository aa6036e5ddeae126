/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "engine_impl.h"

/*
 * The writer: one thread takes every job that waits, runs them in one
 * transaction of the map, commits, and reports.  While it syncs, the next
 * batch gathers.
 */
#define BATCH_MAX ((size_t)8 << 20)

static bool
take_batch(struct engine *e, struct engine_jobs *batch)
{
	struct engine_job *job;
	size_t weight = 0;

	pthread_mutex_lock(&e->lock);
	while (STAILQ_EMPTY(&e->queue) && !e->stopping)
		pthread_cond_wait(&e->work, &e->lock);
	while (weight < BATCH_MAX && (job = STAILQ_FIRST(&e->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->queue, link);
		STAILQ_INSERT_TAIL(batch, job, link);
		weight += job->weight;
	}
	pthread_mutex_unlock(&e->lock);
	return !STAILQ_EMPTY(batch);
}

static void
run_job(struct engine_txn *txn, struct engine_job *job)
{
	struct engine *e = txn->e;

	job->nnotify = 0;
	txn->job = job;
	txn->applied = false;
	job->st = e->failed ? ENGINE_IO : e->ops->admit(e, job->adds);
	if (job->st == ENGINE_OK)
		job->st = job->run(txn, job);
}

/*
 * Run and commit a batch.  A job that breaks the transaction, or fails when
 * some of its writes are in, spoils it for all: the batch is aborted and
 * *spoiler says which it was.
 */
static enum engine_status
run_batch(struct engine *e, struct engine_jobs *batch,
    struct engine_job **spoiler)
{
	struct engine_txn *txn = &e->txn;
	struct engine_job *job;
	enum engine_status st;

	*spoiler = NULL;
	STAILQ_FOREACH(job, batch, link)
		job->st = ENGINE_OK;
	st = engine_txn_write(e, txn);
	if (st != ENGINE_OK)
		return st;
	STAILQ_FOREACH(job, batch, link) {
		run_job(txn, job);
		if (txn->broken || (job->st != ENGINE_OK && txn->applied)) {
			*spoiler = job;
			st = job->st;
			engine_txn_abort(txn);
			return st;
		}
	}
	return engine_txn_commit(txn);
}

static void
fail_batch(struct engine_jobs *batch, enum engine_status st)
{
	struct engine_job *job;

	STAILQ_FOREACH(job, batch, link) {
		if (job->st == ENGINE_OK)
			job->st = st;
	}
}

/* After the map failed, one client's failure must not be another's. */
static void
run_singly(struct engine *e, struct engine_jobs *batch)
{
	struct engine_jobs done = STAILQ_HEAD_INITIALIZER(done);
	struct engine_jobs one = STAILQ_HEAD_INITIALIZER(one);
	struct engine_job *job, *spoiler;
	enum engine_status st;

	while ((job = STAILQ_FIRST(batch)) != NULL) {
		STAILQ_REMOVE_HEAD(batch, link);
		STAILQ_INSERT_TAIL(&one, job, link);
		st = run_batch(e, &one, &spoiler);
		if (st != ENGINE_OK)
			fail_batch(&one, st);
		STAILQ_CONCAT(&done, &one);
	}
	STAILQ_CONCAT(batch, &done);
}

static void
run_together(struct engine *e, struct engine_jobs *batch)
{
	struct engine_jobs apart = STAILQ_HEAD_INITIALIZER(apart);
	struct engine_job *spoiler;
	enum engine_status st;

	while (!STAILQ_EMPTY(batch)) {
		st = run_batch(e, batch, &spoiler);
		if (st == ENGINE_OK)
			break;
		if (e->failed ||
		    STAILQ_NEXT(STAILQ_FIRST(batch), link) == NULL) {
			fail_batch(batch, st);
			break;
		}
		if (spoiler == NULL || e->txn.broken) {
			run_singly(e, batch);
			break;
		}
		STAILQ_REMOVE(batch, spoiler, engine_job, link);
		STAILQ_INSERT_TAIL(&apart, spoiler, link);
	}
	run_singly(e, &apart);
	STAILQ_CONCAT(batch, &apart);
}

static void
report(struct engine *e, struct engine_jobs *batch)
{
	struct engine_job *job;

	pthread_mutex_lock(&e->lock);
	e->stats.batches++;
	STAILQ_FOREACH(job, batch, link) {
		e->stats.updates++;
		if (job->st != ENGINE_OK && job->st != ENGINE_REFUSED)
			e->stats.failures++;
	}
	pthread_mutex_unlock(&e->lock);
	while ((job = STAILQ_FIRST(batch)) != NULL) {
		STAILQ_REMOVE_HEAD(batch, link);
		if (job->settle != NULL)
			job->settle(job);
		for (size_t i = 0; job->st == ENGINE_OK && i < job->nnotify; i++)
			engine_hint(e, job->notify[i]);
		engine_complete(job);
	}
}

void *
engine_writer(void *arg)
{
	struct engine_jobs batch = STAILQ_HEAD_INITIALIZER(batch);
	struct engine *e = arg;

	pthread_setname_np(pthread_self(), "mail-writer");
	while (take_batch(e, &batch)) {
		run_together(e, &batch);
		report(e, &batch);
	}
	return NULL;
}
