/* SPDX-License-Identifier: ISC */
#include "greylist.h"

#include <sys/random.h>

#include <pthread.h>
#include <stdlib.h>

#include "buf.h"
#include "xxh64.h"

#define SLOTS 65536
#define WAYS  8 /* that one may be in */

struct slot {
	uint64_t key;
	int64_t first, last; /* heard of; last 0: the slot is empty */
	uint32_t passed;     /* how often; of a network: for how many */
};

struct greylist {
	pthread_mutex_t lock;
	uint64_t seed;
	struct slot slot[SLOTS];
};

struct greylist *
greylist_new(void)
{
	struct greylist *g = xcalloc(1, sizeof(*g));

	pthread_mutex_init(&g->lock, NULL);
	(void)!getrandom(&g->seed, sizeof(g->seed), 0);
	return g;
}

void
greylist_free(struct greylist *g)
{
	if (g == NULL)
		return;
	pthread_mutex_destroy(&g->lock);
	free(g);
}

static bool
matters_less(const struct slot *a, const struct slot *b)
{
	if (a->last == 0 || b->last == 0)
		return a->last == 0 && b->last != 0;
	if ((a->passed > 0) != (b->passed > 0))
		return a->passed == 0;
	return a->last < b->last;
}

static struct slot *
set_of(struct greylist *g, uint64_t key)
{
	return &g->slot[key % (SLOTS / WAYS) * WAYS];
}

/* NULL: nothing is known of it. */
static struct slot *
find(struct greylist *g, uint64_t key)
{
	struct slot *set = set_of(g, key);

	for (struct slot *s = set; s < set + WAYS; s++) {
		if (s->key == key && s->last != 0)
			return s;
	}
	return NULL;
}

/* Its slot, or an empty one in the place of what matters least. */
static struct slot *
find_or_make(struct greylist *g, uint64_t key)
{
	struct slot *set = set_of(g, key), *best = find(g, key);

	if (best != NULL)
		return best;
	best = set;
	for (struct slot *s = set; s < set + WAYS; s++) {
		if (matters_less(s, best))
			best = s;
	}
	*best = (struct slot){ .key = key };
	return best;
}

static void
add_folded(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(out, (char)ascii_lower(*s));
	buf_addc(out, '\0');
}

static uint64_t
key_of(const struct greylist *g, const char *network, const char *sender,
    const char *recipient)
{
	struct buf text = { 0 };
	uint64_t key;

	add_folded(&text, network);
	if (sender != NULL) {
		add_folded(&text, sender);
		add_folded(&text, recipient);
	}
	key = xxh64(text.data, text.len, g->seed);
	buf_free(&text);
	return key;
}

static bool
is_known(struct slot *network, const struct greylist_times *t, int64_t now)
{
	if (network == NULL || t->known == 0 || network->passed < t->known ||
	    now - network->last > (int64_t)t->lifetime)
		return false;
	network->last = now;
	return true;
}

/* One that waits, or did. */
static uint32_t
wait_of(struct slot *s, const struct greylist_times *t, int64_t now)
{
	int64_t patience = s->passed > 0 ? t->lifetime : t->window;

	if (s->last == 0 ||
	    now - (s->passed > 0 ? s->last : s->first) > patience)
		*s = (struct slot){ .key = s->key, .first = now };
	s->last = now;
	if (s->passed == 0 && now - s->first < (int64_t)t->delay)
		return (uint32_t)((int64_t)t->delay - (now - s->first));
	s->passed++;
	return 0;
}

/* A network is counted once for each message that came again. */
static void
count(struct slot *network, const struct greylist_times *t, int64_t now)
{
	if (network->last != 0 && now - network->last > (int64_t)t->lifetime)
		network->passed = 0;
	network->passed++;
	network->last = now;
}

uint32_t
greylist_wait(struct greylist *g, const struct greylist_times *t,
    const char *network, const char *sender, const char *recipient,
    int64_t now)
{
	const uint64_t client = key_of(g, network, NULL, NULL);
	const uint64_t triplet = key_of(g, network, sender, recipient);
	struct slot *s;
	uint32_t left = 0;

	now++; /* 0 is no time */
	pthread_mutex_lock(&g->lock);
	if (!is_known(find(g, client), t, now)) {
		s = find_or_make(g, triplet);
		left = wait_of(s, t, now);
		if (left == 0 && s->passed == 1)
			count(find_or_make(g, client), t, now);
	}
	pthread_mutex_unlock(&g->lock);
	return left;
}
