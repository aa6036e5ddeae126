/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "engine_impl.h"

/*
 * Locks: watch_lock guards the table, a client's lock its list of hints; a
 * client's is taken inside watch_lock.
 */
struct engine_watch {
	TAILQ_ENTRY(engine_watch) link; /* in the table */
	TAILQ_ENTRY(engine_watch) hint; /* in the client's list */
	struct engine_client *client;
	struct engine_part part;
	bool pending;
	void (*fn)(void *arg);
	void *arg;
};

static struct engine_watches *
bucket(struct engine *e, struct engine_part part)
{
	uint64_t h = (part.id + part.type) * UINT64_C(0x9E3779B97F4A7C15);

	return &e->watch[h >> 32 & (ENGINE_WATCH_BUCKETS - 1)];
}

struct engine_watch *
engine_watch(struct engine_client *c, struct engine_part part,
    void (*fn)(void *arg), void *arg)
{
	struct engine_watch *w = xcalloc(1, sizeof(*w));
	struct engine *e = c->e;

	w->client = c;
	w->part = part;
	w->fn = fn;
	w->arg = arg;
	pthread_mutex_lock(&e->watch_lock);
	TAILQ_INSERT_TAIL(bucket(e, part), w, link);
	pthread_mutex_unlock(&e->watch_lock);
	return w;
}

static void
drop(struct engine *e, struct engine_watch *w)
{
	TAILQ_REMOVE(bucket(e, w->part), w, link);
	pthread_mutex_lock(&w->client->lock);
	if (w->pending)
		TAILQ_REMOVE(&w->client->hints, w, hint);
	pthread_mutex_unlock(&w->client->lock);
	free(w);
}

void
engine_unwatch(struct engine_watch *w)
{
	struct engine *e;

	if (w == NULL)
		return;
	e = w->client->e;
	pthread_mutex_lock(&e->watch_lock);
	drop(e, w);
	pthread_mutex_unlock(&e->watch_lock);
}

void
engine_watch_drop(struct engine_client *c)
{
	struct engine *e = c->e;
	struct engine_watch *w, *next;

	pthread_mutex_lock(&e->watch_lock);
	for (size_t i = 0; i < ENGINE_WATCH_BUCKETS; i++) {
		for (w = TAILQ_FIRST(&e->watch[i]); w != NULL; w = next) {
			next = TAILQ_NEXT(w, link);
			if (w->client == c)
				drop(e, w);
		}
	}
	pthread_mutex_unlock(&e->watch_lock);
}

static void
hint(struct engine_watch *w)
{
	struct engine_client *c = w->client;

	pthread_mutex_lock(&c->lock);
	if (!w->pending) {
		w->pending = true;
		TAILQ_INSERT_TAIL(&c->hints, w, hint);
		engine_client_wake(c);
	}
	pthread_mutex_unlock(&c->lock);
}

void
engine_hint(struct engine *e, struct engine_part part)
{
	struct engine_watch *w;

	pthread_mutex_lock(&e->watch_lock);
	TAILQ_FOREACH(w, bucket(e, part), link) {
		if (w->part.type == part.type && w->part.id == part.id)
			hint(w);
	}
	pthread_mutex_unlock(&e->watch_lock);
}

/* Those that wait now; what comes meanwhile wakes the client again. */
void
engine_watch_dispatch(struct engine_client *c)
{
	struct engine_watch *w, *last;

	pthread_mutex_lock(&c->lock);
	last = TAILQ_LAST(&c->hints, engine_watches);
	while ((w = TAILQ_FIRST(&c->hints)) != NULL) {
		bool end = w == last;

		TAILQ_REMOVE(&c->hints, w, hint);
		w->pending = false;
		pthread_mutex_unlock(&c->lock);
		w->fn(w->arg);
		pthread_mutex_lock(&c->lock);
		if (end)
			break;
	}
	pthread_mutex_unlock(&c->lock);
}
