/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine_impl.h"

/*
 * The reader pool.  To ask before each read whether memory has it costs more
 * than most reads do, but what a thread had to get from the disk is counted by
 * the kernel.  So all counts as cold behind such a read, and once the engine
 * has been opened, until so many records in a row needed no disk.
 */
#define POOL_WARM 256

struct pool_read {
	struct engine_job job;
	void (*fn)(struct engine_txn *txn, void *arg);
	void (*done)(void *arg);
	void *arg;
};

/* Grows when this thread has something read from the disk. */
static uint64_t
disk_reads(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_THREAD, &u) != 0)
		return 0;
	return (uint64_t)u.ru_majflt + (uint64_t)u.ru_inblock;
}

/* What the client's thread has read since it last told.  It counts for nothing
 * where another thread has read from the disk meanwhile. */
static void
tell_reads(struct engine_client *c)
{
	struct engine_pool *p = &c->e->pool;
	uint64_t reads = c->e->ops->on_disk ? disk_reads() : 0;
	uint64_t records = c->read.records - c->records, left = p->cold;

	if (reads != c->disk_reads) {
		p->colder++;
		p->cold = POOL_WARM;
	} else if (left > 0 && c->colder == p->colder) {
		atomic_compare_exchange_strong(&p->cold, &left,
		    left > records ? left - records : 0);
	}
	c->disk_reads = reads;
	c->records = c->read.records;
	c->colder = p->colder;
}

bool
engine_cold(struct engine_client *c)
{
	tell_reads(c);
	return c->e->pool.cold > 0;
}

/*
 * The kernel reads nothing ahead of its own: it would do so around each page of
 * a mailbox, which lie here and there, and read megabytes for each.  But the
 * records of messages mostly lie one behind the other: where two were near each
 * other, what follows is asked for, and all of a long one.
 */
#define ASK_BYTES ((uintptr_t)1 << 20)
#define ASK_LONG  ((size_t)4096)

void
engine_ask_ahead(struct engine *e, struct engine_near *near, struct span raw)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t at = (uintptr_t)raw.p & ~(page - 1);
	uintptr_t end = (uintptr_t)raw.p + raw.n;
	bool goes_on = at < near->asked_to + ASK_BYTES &&
		       at + ASK_BYTES > near->asked;

	if (!e->ops->on_disk || (at >= near->asked && end <= near->asked_to))
		return;
	near->asked = near->asked_to = at;
	if (!goes_on && raw.n <= ASK_LONG)
		return;
	if (goes_on && end < at + ASK_BYTES)
		end = at + ASK_BYTES;
	near->asked_to = end;
	/* A hint: what lies behind the file is passed over. */
	madvise((void *)at, end - at, MADV_WILLNEED);
}

/* ---- jobs ---- */

static enum engine_status
pool_run(struct engine_txn *txn, struct engine_job *job)
{
	struct pool_read *r = (struct pool_read *)job;

	r->fn(txn, r->arg);
	return ENGINE_OK;
}

static void
pool_done(struct engine_job *job)
{
	struct pool_read *r = (struct pool_read *)job;

	r->done(r->arg);
	free(r);
}

void
engine_pool_read(struct engine_client *c,
    void (*fn)(struct engine_txn *txn, void *arg), void (*done)(void *arg),
    void *arg)
{
	struct pool_read *r = xcalloc(1, sizeof(*r));
	struct engine_pool *p = &c->e->pool;

	r->job.client = c;
	r->job.run = pool_run;
	r->job.done = pool_done;
	r->fn = fn;
	r->done = done;
	r->arg = arg;
	c->inflight++;
	pthread_mutex_lock(&p->lock);
	STAILQ_INSERT_TAIL(&p->queue, &r->job, link);
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

/* ---- threads ---- */

static struct engine_job *
take_job(struct engine_pool *p)
{
	struct engine_job *job;

	pthread_mutex_lock(&p->lock);
	while ((job = STAILQ_FIRST(&p->queue)) == NULL && !p->stopping)
		pthread_cond_wait(&p->work, &p->lock);
	if (job != NULL)
		STAILQ_REMOVE_HEAD(&p->queue, link);
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void
run_job(struct engine_client *reader, struct engine_job *job)
{
	job->st = job->run(engine_read(reader), job);
	engine_read_end(&reader->read);
	tell_reads(reader);
	engine_complete(job);
}

static void *
reader_run(void *arg)
{
	struct engine *e = arg;
	/* It only reads, so it is none of those that must be gone. */
	struct engine_client me = { .e = e };
	struct engine_job *job;

	pthread_setname_np(pthread_self(), "mail-reader");
	me.read = (struct engine_txn){ .e = e, .client = &me };
	while ((job = take_job(&e->pool)) != NULL)
		run_job(&me, job);
	engine_txn_free(&me.read);
	return NULL;
}

int
engine_pool_start(struct engine *e)
{
	struct engine_pool *p = &e->pool;

	STAILQ_INIT(&p->queue);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	p->cold = e->ops->on_disk ? POOL_WARM : 0;
	for (; p->started < ENGINE_READERS; p->started++) {
		pthread_t *thread = &p->thread[p->started];

		if (pthread_create(thread, NULL, reader_run, e) != 0)
			return -1;
	}
	return 0;
}

void
engine_pool_stop(struct engine *e)
{
	struct engine_pool *p = &e->pool;

	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	while (p->started > 0)
		pthread_join(p->thread[--p->started], NULL);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
}
