/* SPDX-License-Identifier: ISC */
#include "front_table.h"

#include <stdlib.h>

#include "buf.h"

#define BUCKETS 4096 /* of 10,000 connections each holds a few */

LIST_HEAD(bucket, front_entry);

struct front_table {
	struct bucket by_id[BUCKETS], by_peer[BUCKETS];
	size_t len;
};

static size_t
peer_bucket(const char *peer)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *peer != '\0'; peer++)
		h = (h ^ (unsigned char)*peer) * 16777619U;
	return h % BUCKETS;
}

struct front_table *
front_table_new(void)
{
	return xcalloc(1, sizeof(struct front_table));
}

void
front_table_free(struct front_table *t)
{
	free(t);
}

void
front_table_add(struct front_table *t, struct front_entry *e)
{
	LIST_INSERT_HEAD(&t->by_id[e->id % BUCKETS], e, next_id);
	LIST_INSERT_HEAD(&t->by_peer[peer_bucket(e->peer)], e, next_peer);
	t->len++;
}

void
front_table_remove(struct front_table *t, struct front_entry *e)
{
	LIST_REMOVE(e, next_id);
	LIST_REMOVE(e, next_peer);
	t->len--;
}

struct front_entry *
front_table_find(struct front_table *t, uint64_t id)
{
	struct front_entry *e;

	LIST_FOREACH(e, &t->by_id[id % BUCKETS], next_id) {
		if (e->id == id)
			return e;
	}
	return NULL;
}

size_t
front_table_len(const struct front_table *t)
{
	return t->len;
}

size_t
front_table_peers(struct front_table *t, const struct front_entry *e, size_t max)
{
	const struct front_entry *other;
	size_t n = 0;

	LIST_FOREACH(other, &t->by_peer[peer_bucket(e->peer)], next_peer) {
		if (strcmp(other->peer, e->peer) == 0 && ++n >= max)
			break;
	}
	return n;
}

void
front_table_each(struct front_table *t,
    void (*fn)(void *arg, struct front_entry *e), void *arg)
{
	struct front_entry *e, *next;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (e = LIST_FIRST(&t->by_id[i]); e != NULL; e = next) {
			next = LIST_NEXT(e, next_id);
			fn(arg, e);
		}
	}
}
