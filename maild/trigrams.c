/* SPDX-License-Identifier: ISC */
#include "trigrams.h"

#include <stdlib.h>

#define WORDS (TRIGRAM_ANY / 64)

static void
add(struct trigrams *t, uint32_t v)
{
	uint64_t bit = (uint64_t)1 << v % 64;

	if ((t->seen[v / 64] & bit) != 0)
		return;
	if (t->n == TRIGRAMS_MAX) {
		t->many = true;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 4096;
		t->v = xrealloc_array(t->v, t->cap, sizeof(*t->v));
	}
	t->seen[v / 64] |= bit;
	t->v[t->n++] = v;
}

void
trigrams_feed(struct trigrams *t, struct span s)
{
	uint32_t last = t->last;
	size_t i = 0;

	if (t->seen == NULL)
		t->seen = xcalloc(WORDS, sizeof(*t->seen));
	for (; i < s.n && t->have < TRIGRAM_BYTES - 1; i++, t->have++)
		last = last << 8 | (uint8_t)s.p[i];
	for (; i < s.n; i++) {
		last = (last << 8 | (uint8_t)s.p[i]) & (TRIGRAM_ANY - 1);
		add(t, last);
	}
	t->last = last;
}

void
trigrams_reset(struct trigrams *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->seen[t->v[i] / 64] = 0;
	t->n = 0;
	t->have = 0;
	t->last = 0;
	t->many = false;
}

void
trigrams_clear(struct trigrams *t)
{
	free(t->v);
	free(t->seen);
	*t = (struct trigrams){ 0 };
}
