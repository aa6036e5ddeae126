/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>

#include "engine_impl.h"

const char *
engine_strerror(enum engine_status st)
{
	static const char *const words[] = {
		[ENGINE_OK] = "success",
		[ENGINE_NOTFOUND] = "no such record",
		[ENGINE_FULL] = "no space left for the store",
		[ENGINE_IO] = "input/output error of the store",
		[ENGINE_CORRUPT] = "damaged data in the store",
		[ENGINE_REFUSED] = "refused",
		[ENGINE_TOOBIG] = "too big for the store",
	};

	return words[st];
}

enum engine_status
engine_begin(struct engine *e, const struct engine_ops *ops,
    const struct engine_lmdb_options *o, const char **why)
{
	enum engine_status st;

	e->ops = ops;
	e->txn.e = e;
	STAILQ_INIT(&e->queue);
	for (size_t i = 0; i < ENGINE_WATCH_BUCKETS; i++)
		TAILQ_INIT(&e->watch[i]);
	pthread_mutex_init(&e->lock, NULL);
	pthread_mutex_init(&e->watch_lock, NULL);
	pthread_cond_init(&e->work, NULL);
	*why = "cannot start the store's reader threads";
	st = engine_pool_start(e) < 0 ? ENGINE_FULL : engine_schema(e, o, why);
	if (st == ENGINE_OK && pthread_create(&e->writer, NULL, engine_writer,
				   e) != 0) {
		*why = "cannot start the store's writer thread";
		st = ENGINE_FULL;
	}
	if (st != ENGINE_OK) {
		e->stopping = true;
		engine_end(e);
	}
	return st;
}

void
engine_end(struct engine *e)
{
	bool runs = !e->stopping;

	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
	if (runs)
		pthread_join(e->writer, NULL);
	engine_pool_stop(e);
	engine_txn_free(&e->txn);
	pthread_cond_destroy(&e->work);
	pthread_mutex_destroy(&e->watch_lock);
	pthread_mutex_destroy(&e->lock);
}

void
engine_close(struct engine *e)
{
	assert(e->clients == 0);
	engine_end(e);
	e->ops->close(e);
}

struct engine_client *
engine_client_new(struct engine *e, void (*wake)(void *arg), void *arg)
{
	struct engine_client *c = xcalloc(1, sizeof(*c));

	c->e = e;
	c->wake = wake;
	c->arg = arg;
	c->read.e = e;
	c->read.client = c;
	STAILQ_INIT(&c->done);
	STAILQ_INIT(&c->held);
	TAILQ_INIT(&c->hints);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->came, NULL);
	e->clients++;
	return c;
}

void
engine_client_wake(struct engine_client *c)
{
	if (c->woken)
		return;
	c->woken = true;
	pthread_cond_signal(&c->came);
	if (c->wake != NULL)
		c->wake(c->arg);
}

static void
hand_over(struct engine_client *c)
{
	struct engine *e = c->e;

	pthread_mutex_lock(&e->lock);
	STAILQ_CONCAT(&e->queue, &c->held);
	pthread_mutex_unlock(&e->lock);
	/* Not before, or the writer wakes to find the lock taken. */
	pthread_cond_signal(&e->work);
}

void
engine_submit(struct engine_client *c, struct engine_job *job)
{
	job->client = c;
	c->inflight++;
	STAILQ_INSERT_TAIL(&c->held, job, link);
	if (!c->holding)
		hand_over(c);
}

void
engine_hold(struct engine_client *c)
{
	assert(!c->holding);
	c->holding = true;
}

void
engine_release(struct engine_client *c)
{
	assert(c->holding);
	c->holding = false;
	hand_over(c);
}

void
engine_complete(struct engine_job *job)
{
	struct engine_client *c = job->client;

	pthread_mutex_lock(&c->lock);
	STAILQ_INSERT_TAIL(&c->done, job, link);
	engine_client_wake(c);
	pthread_mutex_unlock(&c->lock);
}

static void
run_done(struct engine_client *c)
{
	struct engine_jobs came = STAILQ_HEAD_INITIALIZER(came);
	struct engine_job *job;

	pthread_mutex_lock(&c->lock);
	c->woken = false;
	STAILQ_CONCAT(&came, &c->done);
	pthread_mutex_unlock(&c->lock);
	while ((job = STAILQ_FIRST(&came)) != NULL) {
		STAILQ_REMOVE_HEAD(&came, link);
		c->inflight--;
		free(job->notify);
		job->done(job);
	}
}

void
engine_dispatch(struct engine_client *c)
{
	assert(c->read.depth == 0);
	run_done(c);
	engine_watch_dispatch(c);
}

void
engine_client_free(struct engine_client *c)
{
	struct engine *e = c->e;

	assert(c->read.depth == 0);
	while (c->inflight > 0) {
		pthread_mutex_lock(&c->lock);
		while (STAILQ_EMPTY(&c->done))
			pthread_cond_wait(&c->came, &c->lock);
		pthread_mutex_unlock(&c->lock);
		run_done(c);
	}
	engine_watch_drop(c);
	engine_txn_free(&c->read);
	pthread_cond_destroy(&c->came);
	pthread_mutex_destroy(&c->lock);
	free(c);
	e->clients--;
}
