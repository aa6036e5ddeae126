/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "greylist.h"
#include "log.h"
#include "mail_state.h"
#include "rates.h"
#include "store.h"

#define GIVE_UP_SECONDS 8 /* for sessions to end when the server stops */

/* ---- calls between threads ---- */

struct call {
	struct mail_worker *w;
	void (*fn)(struct mail_worker *w, void *arg);
	void *arg;
};

static void
on_call(evutil_socket_t fd, short what, void *arg)
{
	struct call *c = arg;

	(void)fd;
	(void)what;
	c->fn(c->w, c->arg);
	free(c);
}

static void
call_on(struct event_base *base, struct mail_worker *w,
    void (*fn)(struct mail_worker *w, void *arg), void *arg)
{
	struct call *c = xcalloc(1, sizeof(*c));

	*c = (struct call){ w, fn, arg };
	if (event_base_once(base, -1, EV_TIMEOUT, on_call, c, NULL) < 0)
		abort();
}

void
mail_post(struct mail_worker *w,
    void (*fn)(struct mail_worker *w, void *arg), void *arg)
{
	call_on(w->w.base, w, fn, arg);
}

void
mail_post_back(struct mail_worker *w,
    void (*fn)(struct mail_worker *w, void *arg), void *arg)
{
	call_on(w->mail->process->base, w, fn, arg);
}

struct all {
	void (*fn)(struct mail_worker *w, void *arg);
	void *arg;
	pthread_mutex_t mutex;
	pthread_cond_t done;
	unsigned left;
};

static void
one_of_all(struct mail_worker *w, void *arg)
{
	struct all *all = arg;

	all->fn(w, all->arg);
	pthread_mutex_lock(&all->mutex);
	if (--all->left == 0)
		pthread_cond_signal(&all->done);
	pthread_mutex_unlock(&all->mutex);
}

void
mail_post_all(struct mail *m,
    void (*fn)(struct mail_worker *w, void *arg), void *arg)
{
	struct all all = { .fn = fn, .arg = arg, .left = m->nworkers };

	pthread_mutex_init(&all.mutex, NULL);
	pthread_cond_init(&all.done, NULL);
	for (unsigned i = 0; i < m->nworkers; i++)
		mail_post(&m->worker[i], one_of_all, &all);
	pthread_mutex_lock(&all.mutex);
	while (all.left > 0)
		pthread_cond_wait(&all.done, &all.mutex);
	pthread_mutex_unlock(&all.mutex);
	pthread_cond_destroy(&all.done);
	pthread_mutex_destroy(&all.mutex);
}

/* ---- the thread ---- */

void
mail_quota(struct store *st, const struct conf *conf)
{
	const uint64_t limit[STORE_RESOURCES] = {
		[STORE_STORAGE] = conf->quota_storage,
		[STORE_MESSAGES] = conf->quota_messages,
		[STORE_MAILBOXES] = conf->quota_mailboxes,
	};
	uint64_t def[STORE_RESOURCES];

	for (unsigned i = 0; i < STORE_RESOURCES; i++)
		def[i] = limit[i] > 0 ? limit[i] : STORE_QUOTA_NONE;
	store_quota_default(st, def);
}

/* From any thread. */
static void
wake(void *arg)
{
	struct mail_worker *w = arg;

	event_active(w->store_event, EV_READ, 0);
}

static void
on_store(evutil_socket_t fd, short what, void *arg)
{
	struct mail_worker *w = arg;

	(void)fd;
	(void)what;
	store_dispatch(w->w.store);
}

static void
on_gone(void *arg, const struct session_start *start)
{
	struct mail_worker *w = arg;

	mail_session_gone(w, start);
	if (w->stopping && session_list_len(w->w.sessions) == 0)
		event_base_loopbreak(w->w.base);
}

static void
thread_ended(struct mail_worker *w, void *arg)
{
	struct mail *m = w->mail;

	(void)arg;
	pthread_join(w->thread, NULL);
	w->started = false;
	if (--m->running == 0)
		m->stopped(m);
}

static void *
run(void *arg)
{
	struct mail_worker *w = arg;
	char name[16];

	snprintf(name, sizeof(name), "mail-%u", w->w.number);
	pthread_setname_np(pthread_self(), name);
	w->w.store = store_new(w->mail->engine, wake, w);
	mail_quota(w->w.store, w->w.conf);
	mail_index(w->mail, w->w.store);
	w->w.sessions = session_list_new();
	session_list_watch(w->w.sessions, on_gone, w);
	session_list_on_back(w->w.sessions, mail_session_back);
	event_base_loop(w->w.base, EVLOOP_NO_EXIT_ON_EMPTY);
	session_list_free(w->w.sessions);
	store_free(w->w.store);
	if (w->stopping)
		mail_post_back(w, thread_ended, NULL);
	return NULL;
}

/* ---- starting and stopping ---- */

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
	struct mail_worker *w = arg;

	(void)fd;
	(void)what;
	log_warning("mail: sessions do not end by themselves", "number=%zu",
	    session_list_len(w->w.sessions));
	event_base_loopbreak(w->w.base);
}

static int
worker_start(struct mail_worker *w)
{
	sigset_t all, old;
	int rc;

	w->w.base = event_base_new();
	w->store_event = event_new(w->w.base, -1, EV_READ | EV_PERSIST,
	    on_store, w);
	w->give_up = evtimer_new(w->w.base, on_give_up, w);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return -1;
	w->started = true;
	return 0;
}

static unsigned
wanted(const struct conf *conf)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (conf->workers > 0)
		return conf->workers;
	return n > 0 && n < 256 ? (unsigned)n : 1;
}

int
mail_workers_start(struct mail *m, struct buf *why)
{
	unsigned n = wanted(m->process->conf);

	m->worker = xcalloc(n, sizeof(*m->worker));
	m->rates = rates_new();
	m->greylist = greylist_new();
	for (; m->nworkers < n; m->nworkers++) {
		struct mail_worker *w = &m->worker[m->nworkers];

		w->mail = m;
		w->w.number = m->nworkers;
		w->w.conf = m->process->conf;
		w->w.rates = m->rates;
		w->w.greylist = m->greylist;
		w->w.filter = m->filter;
		w->w.srs_key = m->srs.key;
		if (worker_start(w) < 0) {
			m->nworkers++;
			buf_adds(why, "cannot start a thread");
			return -1;
		}
		m->running++;
	}
	return 0;
}

static void
stop_one(struct mail_worker *w, void *arg)
{
	static const struct timeval patience = { GIVE_UP_SECONDS, 0 };

	(void)arg;
	w->stopping = true;
	if (session_list_len(w->w.sessions) == 0)
		event_base_loopbreak(w->w.base);
	session_list_end(w->w.sessions, NULL, SESSION_END_SHUTDOWN);
	event_add(w->give_up, &patience);
}

void
mail_workers_stop(struct mail *m, void (*stopped)(struct mail *m))
{
	m->stopped = stopped;
	for (unsigned i = 0; i < m->nworkers; i++)
		mail_post(&m->worker[i], stop_one, NULL);
}

static void
end_one(struct mail_worker *w, void *arg)
{
	(void)arg;
	event_base_loopbreak(w->w.base);
}

void
mail_workers_free(struct mail *m)
{
	for (unsigned i = 0; i < m->nworkers; i++) {
		struct mail_worker *w = &m->worker[i];

		if (w->started) {
			mail_post(w, end_one, NULL);
			pthread_join(w->thread, NULL);
		}
		event_free(w->store_event);
		event_free(w->give_up);
		event_base_free(w->w.base);
	}
	free(m->worker);
	rates_free(m->rates);
	greylist_free(m->greylist);
}
