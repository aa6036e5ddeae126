/* SPDX-License-Identifier: ISC */
#include "trigram_lists.h"

#include <stdlib.h>

#include "buf.h"

#define UPPERS (TRIGRAM_ANY / TRIGRAM_LEAF + 1) /* with that of TRIGRAM_ANY */
#define LEAVES 64                               /* that are allocated first */

/* ---- lists ---- */

static void
add_leaf(struct trigram_lists *l, uint32_t upper)
{
	if (l->nleaves == l->capleaves) {
		l->capleaves = l->capleaves > 0 ? l->capleaves * 2 : LEAVES;
		l->leaf = xrealloc_array(
		    l->leaf, l->capleaves, sizeof(*l->leaf));
	}
	memset(l->leaf[l->nleaves], 0, sizeof(*l->leaf));
	l->leaf_of[upper] = (uint32_t)++l->nleaves;
}

/* Words for all lists that there are. */
static void
extend(struct trigram_batch *b, size_t nlists)
{
	if (nlists > b->cap) {
		b->cap = nlists * 2;
		b->word = xrealloc_array(b->word, b->cap, sizeof(*b->word));
	}
	for (; b->n < nlists; b->n++)
		b->word[b->n] = 0;
}

static uint32_t
add_list(struct trigram_lists *l, uint32_t trigram)
{
	uint32_t upper = trigram / TRIGRAM_LEAF;

	if (l->leaf_of[upper] == 0)
		add_leaf(l, upper);
	l->leaf[l->leaf_of[upper] - 1][trigram % TRIGRAM_LEAF] =
	    (uint32_t)++l->nlists;
	extend(&l->batch[l->nbatches - 1], l->nlists);
	return (uint32_t)l->nlists;
}

/* Where the bits of a trigram are for the messages around the one at hand. */
static inline uint64_t *
word_of(struct trigram_lists *l, uint32_t trigram)
{
	uint32_t leaf = l->leaf_of[trigram / TRIGRAM_LEAF], list = 0;

	if (leaf != 0)
		list = l->leaf[leaf - 1][trigram % TRIGRAM_LEAF];
	if (list == 0)
		list = add_list(l, trigram);
	return &l->batch[l->nbatches - 1].word[list - 1];
}

static uint64_t
bit_of(const struct trigram_lists *l)
{
	return (uint64_t)1 << (l->docs - 1) % 64;
}

/* ---- messages ---- */

static void
add_batch(struct trigram_lists *l)
{
	if (l->nbatches > 0)
		l->words += l->batch[l->nbatches - 1].n;
	l->batch = xrealloc_array(l->batch, l->nbatches + 1, sizeof(*l->batch));
	l->batch[l->nbatches] = (struct trigram_batch){ 0 };
	extend(&l->batch[l->nbatches++], l->nlists);
}

void
trigram_lists_begin(struct trigram_lists *l)
{
	if (l->leaf_of == NULL)
		l->leaf_of = xcalloc(UPPERS, sizeof(*l->leaf_of));
	if (l->docs++ % 64 == 0)
		add_batch(l);
	l->last = 0;
	l->have = 0;
}

bool
trigram_lists_feed(struct trigram_lists *l, struct span s)
{
	const uint64_t bit = bit_of(l);
	uint32_t last = l->last;
	size_t i = 0;

	for (; i < s.n && l->have < TRIGRAM_BYTES - 1; i++, l->have++)
		last = last << 8 | (uint8_t)s.p[i];
	for (; i < s.n; i++) {
		last = (last << 8 | (uint8_t)s.p[i]) & (TRIGRAM_ANY - 1);
		*word_of(l, last) |= bit;
	}
	l->last = last;
	return l->nlists <= TRIGRAM_LISTS_MAX;
}

void
trigram_lists_any(struct trigram_lists *l)
{
	struct trigram_batch *b = &l->batch[l->nbatches - 1];

	for (size_t i = 0; i < b->n; i++)
		b->word[i] &= ~bit_of(l);
	*word_of(l, TRIGRAM_ANY) |= bit_of(l);
}

bool
trigram_lists_full(const struct trigram_lists *l)
{
	return l->nlists >= TRIGRAM_LISTS_MAX ||
	       l->words + l->nlists >= TRIGRAM_WORDS_MAX;
}

/* ---- the whole ---- */

/* The bits of a list; returns how many are set. */
static uint32_t
gather(const struct trigram_lists *l, uint32_t list, uint64_t *bits)
{
	uint32_t n = 0;

	for (size_t i = 0; i < l->nbatches; i++) {
		const struct trigram_batch *b = &l->batch[i];

		bits[i] = list < b->n ? b->word[list] : 0;
		n += (uint32_t)__builtin_popcountll(bits[i]);
	}
	return n;
}

/* Lists lie in the order in which they came, not in that of their trigrams:
 * the processor is told what will be asked of it. */
static void
fetch_leaf(const struct trigram_lists *l, const uint32_t *leaf)
{
	for (uint32_t k = 0; k < TRIGRAM_LEAF; k++) {
		for (size_t i = 0; leaf[k] != 0 && i < l->nbatches; i++) {
			const struct trigram_batch *b = &l->batch[i];

			if (leaf[k] <= b->n)
				__builtin_prefetch(&b->word[leaf[k] - 1]);
		}
	}
}

void
trigram_lists_each(
    const struct trigram_lists *l, trigram_lists_fn fn, void *arg)
{
	uint64_t *bits = xrealloc_array(NULL, l->nbatches, sizeof(*bits));

	for (uint32_t i = 0; l->leaf_of != NULL && i < UPPERS; i++) {
		if (l->leaf_of[i] != 0)
			fetch_leaf(l, l->leaf[l->leaf_of[i] - 1]);
		for (uint32_t k = 0; l->leaf_of[i] != 0 && k < TRIGRAM_LEAF;
		     k++) {
			uint32_t list = l->leaf[l->leaf_of[i] - 1][k];
			uint32_t n = list == 0 ? 0 : gather(l, list - 1, bits);

			if (n > 0)
				fn(arg, i * TRIGRAM_LEAF + k, bits, n);
		}
	}
	free(bits);
}

void
trigram_lists_clear(struct trigram_lists *l)
{
	for (size_t i = 0; i < l->nbatches; i++)
		free(l->batch[i].word);
	free(l->batch);
	free(l->leaf_of);
	free(l->leaf);
	*l = (struct trigram_lists){ 0 };
}
