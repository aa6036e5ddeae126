/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/eventfd.h>

#include <event2/event.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth_hash.h"
#include "auth_pool.h"
#include "saslprep.h"

struct queue {
	struct auth_job *head, **tail;
	size_t len;
};

struct auth_pool {
	pthread_mutex_t mutex;
	pthread_cond_t work;
	pthread_t thread[AUTH_POOL_THREADS];
	unsigned nthreads;
	/* under mutex: */
	struct queue first, others, finished;
	bool ending;
	/* */
	int fd; /* an eventfd: something is finished */
	struct event *ev;
};

static void
queue_init(struct queue *q)
{
	*q = (struct queue){ .tail = &q->head };
}

static void
queue_add(struct queue *q, struct auth_job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
	q->len++;
}

static struct auth_job *
queue_take(struct queue *q)
{
	struct auth_job *job = q->head;

	if (job == NULL)
		return NULL;
	q->head = job->next;
	if (q->head == NULL)
		q->tail = &q->head;
	q->len--;
	return job;
}

static void
queue_drop(struct queue *q)
{
	struct auth_job *job;

	while ((job = queue_take(q)) != NULL)
		auth_job_free(job);
}

struct auth_job *
auth_job_new(struct span password,
    void (*done)(void *arg, struct auth_job *job), void *arg)
{
	struct auth_job *job = xcalloc(1, sizeof(*job));

	buf_reserve(&job->password, password.n);
	saslprep_or_raw(&job->password, password);
	job->done = done;
	job->arg = arg;
	return job;
}

void
auth_job_free(struct auth_job *job)
{
	buf_wipe(&job->password);
	buf_wipe(&job->hash);
	explicit_bzero(job, sizeof(*job));
	free(job);
}

static void
work_on(struct auth_job *job)
{
	struct span password = buf_span(&job->password);

	if (!job->make) {
		job->ok = auth_hash_verify(password, job->hash.data);
		return;
	}
	scram_keys_make(&job->keys, password,
	    span_of((char *)job->salt, sizeof(job->salt)),
	    AUTH_SCRAM_ITERATIONS);
	job->ok = auth_hash_make(password, job->cost, &job->hash) == 0;
}

static void *
run(void *arg)
{
	static const uint64_t one = 1;
	struct auth_pool *p = arg;
	struct auth_job *job;

	pthread_setname_np(pthread_self(), "auth-hash");
	pthread_mutex_lock(&p->mutex);
	while (!p->ending) {
		job = queue_take(&p->first);
		if (job == NULL)
			job = queue_take(&p->others);
		if (job == NULL) {
			pthread_cond_wait(&p->work, &p->mutex);
			continue;
		}
		pthread_mutex_unlock(&p->mutex);
		work_on(job);
		pthread_mutex_lock(&p->mutex);
		queue_add(&p->finished, job);
		(void)!write(p->fd, &one, sizeof(one));
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

static void
on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct auth_pool *p = arg;
	struct auth_job *job, *next;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	pthread_mutex_lock(&p->mutex);
	job = p->finished.head;
	queue_init(&p->finished);
	pthread_mutex_unlock(&p->mutex);
	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job->arg, job);
	}
}

/* Signals are the loop's. */
static int
start_threads(struct auth_pool *p)
{
	sigset_t all, old;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->nthreads < AUTH_POOL_THREADS && rc == 0) {
		rc = pthread_create(&p->thread[p->nthreads], NULL, run, p);
		if (rc == 0)
			p->nthreads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0 ? 0 : -1;
}

struct auth_pool *
auth_pool_new(struct event_base *base)
{
	struct auth_pool *p = xcalloc(1, sizeof(*p));

	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->work, NULL);
	queue_init(&p->first);
	queue_init(&p->others);
	queue_init(&p->finished);
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->ev = event_new(base, p->fd, EV_READ | EV_PERSIST, on_finished, p);
	if (p->fd >= 0 && event_add(p->ev, NULL) == 0 && start_threads(p) == 0)
		return p;
	auth_pool_free(p);
	return NULL;
}

void
auth_pool_free(struct auth_pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->mutex);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->mutex);
	for (unsigned i = 0; i < p->nthreads; i++)
		pthread_join(p->thread[i], NULL);
	queue_drop(&p->first);
	queue_drop(&p->others);
	queue_drop(&p->finished);
	event_free(p->ev);
	if (p->fd >= 0)
		close(p->fd);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

int
auth_pool_submit(struct auth_pool *p, struct auth_job *job, bool first)
{
	struct queue *q = first ? &p->first : &p->others;
	int ret = -1;

	pthread_mutex_lock(&p->mutex);
	if (q->len < AUTH_POOL_QUEUE) {
		queue_add(q, job);
		pthread_cond_signal(&p->work);
		ret = 0;
	}
	pthread_mutex_unlock(&p->mutex);
	return ret;
}
