/* SPDX-License-Identifier: ISC */
#include "rates.h"

#include <sys/random.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "xxh64.h"

#define SLOTS 8192
#define WAYS  8 /* that a name may be in */

/* Full is when what was taken would last beyond one period from now (the
 * generic cell rate algorithm). */
struct slot {
	uint64_t key;
	int64_t empty; /* when all of it has leaked, microseconds */
};

struct rates {
	pthread_mutex_t lock;
	uint64_t seed;
	struct slot slot[SLOTS];
};

struct rates *
rates_new(void)
{
	struct rates *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	(void)!getrandom(&r->seed, sizeof(r->seed), 0);
	return r;
}

void
rates_free(struct rates *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int64_t
rates_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Its slot, or the one whose loss matters least. */
static struct slot *
find(struct rates *r, uint64_t key)
{
	struct slot *set = &r->slot[key % (SLOTS / WAYS) * WAYS], *best = set;

	for (struct slot *s = set; s < set + WAYS; s++) {
		if (s->key == key)
			return s;
		if (s->empty < best->empty)
			best = s;
	}
	*best = (struct slot){ .key = key };
	return best;
}

static bool
take(struct slot *s, uint32_t limit, uint32_t period, int64_t now)
{
	const int64_t whole = (int64_t)period * 1000000, one = whole / limit;
	const int64_t from = s->empty > now ? s->empty : now;

	if (from + one > now + whole)
		return false;
	s->empty = from + one;
	return true;
}

bool
rates_take(struct rates *r, enum rates_what what, const char *name,
    uint32_t limit, uint32_t period, int64_t now)
{
	bool ok;

	if (limit == 0)
		return true;
	pthread_mutex_lock(&r->lock);
	ok = take(find(r, xxh64(name, strlen(name), r->seed + what)), limit,
	    period, now);
	pthread_mutex_unlock(&r->lock);
	return ok;
}
