/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "buf.h"
#include "store_sorts.h"

#define SLOTS_MIN 1024 /* a power of two */
#define ROW       8    /* blobs */

struct slot {
	uint64_t blob; /* 0: it is free */
	uint32_t at, n;
};

struct generation {
	struct slot *slot; /* at most half of them in use */
	size_t slots, used;
	struct buf keys;
};

struct store_sorts {
	size_t limit;
	struct generation young, old;
};

struct store_sorts *
store_sorts_new(size_t limit)
{
	struct store_sorts *s = xcalloc(1, sizeof(*s));

	s->limit = limit;
	return s;
}

static void
generation_clear(struct generation *g)
{
	free(g->slot);
	buf_free(&g->keys);
	*g = (struct generation){ 0 };
}

void
store_sorts_free(struct store_sorts *s)
{
	generation_clear(&s->young);
	generation_clear(&s->old);
	free(s);
}

/* Where the blob is, or where it would go.  Messages of a mailbox mostly have
 * blobs in a row, and these lie side by side here. */
static struct slot *
find(const struct generation *g, uint64_t blob)
{
	uint64_t row = (blob / ROW) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
	size_t i = (row * ROW + blob % ROW) & (g->slots - 1);

	while (g->slot[i].blob != 0 && g->slot[i].blob != blob)
		i = (i + 1) & (g->slots - 1);
	return &g->slot[i];
}

static void
grow(struct generation *g)
{
	struct generation was = *g;

	g->slots = was.slots > 0 ? 2 * was.slots : SLOTS_MIN;
	g->slot = xcalloc(g->slots, sizeof(g->slot[0]));
	for (size_t i = 0; i < was.slots; i++) {
		if (was.slot[i].blob != 0)
			*find(g, was.slot[i].blob) = was.slot[i];
	}
	free(was.slot);
}

static bool
look(const struct generation *g, uint64_t blob, struct span *keys)
{
	const struct slot *at;

	if (g->slots == 0)
		return false;
	at = find(g, blob);
	if (at->blob == 0)
		return false;
	*keys = span_of(g->keys.data + at->at, at->n);
	return true;
}

bool
store_sorts_get(struct store_sorts *s, uint64_t blob, struct span *keys)
{
	if (look(&s->young, blob, keys))
		return true;
	if (!look(&s->old, blob, keys))
		return false;
	store_sorts_put(s, blob, *keys);
	return look(&s->young, blob, keys);
}

void
store_sorts_put(struct store_sorts *s, uint64_t blob, struct span keys)
{
	struct generation *g = &s->young, gone = { 0 };

	if (blob == 0 || keys.n > s->limit)
		return;
	if (g->keys.len + keys.n > s->limit) {
		gone = s->old; /* keys may lie there */
		s->old = s->young;
		*g = (struct generation){ 0 };
	}
	if (2 * (g->used + 1) > g->slots)
		grow(g);
	g->keys.max = s->limit;
	*find(g, blob) = (struct slot){ blob, (uint32_t)g->keys.len,
		(uint32_t)keys.n };
	g->used++;
	buf_add_span(&g->keys, keys);
	generation_clear(&gone);
}
