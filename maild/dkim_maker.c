/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "dkim_maker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct job {
	struct buf der[DKIM_ALGORITHMS];
	dkim_maker_done done;
	void *arg;
	struct job *next;
};

struct list {
	struct job *head, **tail;
	size_t len;
};

struct dkim_maker {
	void (*wake)(void *);
	void *wake_arg;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	/* under mutex: */
	struct list waiting, made;
	bool ending;
};

static void
list_init(struct list *l)
{
	*l = (struct list){ .tail = &l->head };
}

static void
list_add(struct list *l, struct job *j)
{
	j->next = NULL;
	*l->tail = j;
	l->tail = &j->next;
	l->len++;
}

static struct job *
list_take(struct list *l)
{
	struct job *j = l->head;

	if (j == NULL)
		return NULL;
	l->head = j->next;
	if (l->head == NULL)
		l->tail = &l->head;
	l->len--;
	return j;
}

static void
job_end(struct job *j, bool made)
{
	j->done(j->arg, made ? j->der : NULL);
	for (size_t i = 0; i < DKIM_ALGORITHMS; i++)
		buf_wipe(&j->der[i]);
	free(j);
}

/* ---- the thread ---- */

static void
make(struct job *j)
{
	for (size_t i = 0; i < DKIM_ALGORITHMS; i++) {
		struct dkim_key *k = dkim_key_make((enum dkim_algorithm)i);

		dkim_key_write(&j->der[i], k);
		dkim_key_free(k);
	}
}

static void *
run(void *arg)
{
	struct dkim_maker *m = arg;
	struct job *j;

	pthread_setname_np(pthread_self(), "mail-dkim");
	pthread_mutex_lock(&m->mutex);
	while (!m->ending) {
		j = list_take(&m->waiting);
		if (j == NULL) {
			pthread_cond_wait(&m->work, &m->mutex);
			continue;
		}
		pthread_mutex_unlock(&m->mutex);
		make(j);
		pthread_mutex_lock(&m->mutex);
		list_add(&m->made, j);
		m->wake(m->wake_arg);
	}
	pthread_mutex_unlock(&m->mutex);
	return NULL;
}

/* ---- the caller's ---- */

struct dkim_maker *
dkim_maker_new(void (*wake)(void *), void *wake_arg)
{
	struct dkim_maker *m = xcalloc(1, sizeof(*m));
	sigset_t all, old;
	int rc;

	m->wake = wake;
	m->wake_arg = wake_arg;
	list_init(&m->waiting);
	list_init(&m->made);
	pthread_mutex_init(&m->mutex, NULL);
	pthread_cond_init(&m->work, NULL);
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&m->thread, NULL, run, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return m;
	free(m);
	return NULL;
}

static struct job *
take_made(struct dkim_maker *m)
{
	struct job *j;

	pthread_mutex_lock(&m->mutex);
	j = list_take(&m->made);
	pthread_mutex_unlock(&m->mutex);
	return j;
}

void
dkim_maker_dispatch(struct dkim_maker *m)
{
	struct job *j;

	while ((j = take_made(m)) != NULL)
		job_end(j, true);
}

bool
dkim_maker_submit(struct dkim_maker *m, dkim_maker_done done, void *arg)
{
	struct job *j = xcalloc(1, sizeof(*j));
	bool room;

	j->done = done;
	j->arg = arg;
	pthread_mutex_lock(&m->mutex);
	room = m->waiting.len < DKIM_MAKER_QUEUE;
	if (room) {
		list_add(&m->waiting, j);
		pthread_cond_signal(&m->work);
	}
	pthread_mutex_unlock(&m->mutex);
	if (!room)
		free(j);
	return room;
}

void
dkim_maker_free(struct dkim_maker *m)
{
	struct job *j;

	if (m == NULL)
		return;
	pthread_mutex_lock(&m->mutex);
	m->ending = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->mutex);
	pthread_join(m->thread, NULL);
	while ((j = list_take(&m->made)) != NULL ||
	       (j = list_take(&m->waiting)) != NULL)
		job_end(j, false);
	pthread_cond_destroy(&m->work);
	pthread_mutex_destroy(&m->mutex);
	free(m);
}
