/* SPDX-License-Identifier: ISC */
/*
 * What the search index says before any message is looked at: of each key that
 * looks for a text, which messages it may match.
 */
#include <stdlib.h>

#include "imap_search.h"
#include "store_index.h"
#include "trigrams.h"

#define KEYS_MAX 32 /* that are looked up; the others read messages */

static bool
looks_for_text(const struct search_key *k)
{
	return k->op == SEARCH_HEADER || k->op == SEARCH_BODY ||
	       k->op == SEARCH_TEXT;
}

static uint64_t *
all_ones(size_t n)
{
	size_t size = (n / 64 + 1) * sizeof(uint64_t);
	uint64_t *bits = xmalloc(size);

	memset(bits, 0xff, size);
	return bits;
}

static enum store_status
begin(struct search *s, struct search_key *k)
{
	s->nasked++;
	k->maybe = all_ones(s->nmaybe);
	return store_narrow_begin(s->m.store, &s->view->mailbox,
	    span_sub(buf_span(&s->needles), k->needle, k->needle_len),
	    &s->narrow);
}

/* False: there is more to read, but others have their turn first. */
static bool
look_up(struct search *s, struct search_key *k)
{
	enum store_status st = s->narrow == NULL ? begin(s, k) : STORE_OK;
	bool more = true;

	while (st == STORE_OK && more) {
		st = store_narrow_step(s->m.store, s->narrow, s->view->uid,
		    s->nmaybe, k->maybe, &more);
		if (st == STORE_OK && more && search_turn_over(s))
			return false;
	}
	store_narrow_free(s->narrow);
	s->narrow = NULL;
	if (st != STORE_OK) {
		free(k->maybe);
		k->maybe = NULL;
	}
	return true;
}

static bool
is_asked(const struct search *s, const struct search_key *k)
{
	return s->narrow != NULL ||
	       (looks_for_text(k) && k->needle_len >= TRIGRAM_BYTES &&
		   s->nasked < KEYS_MAX);
}

/* The key behind that one and its operands. */
static size_t
behind(const struct search *s, size_t i)
{
	for (size_t open = 1; open > 0; i++, open--) {
		const struct search_key *k = &s->key[i];

		if (k->op == SEARCH_AND)
			open += k->argc;
		else if (k->op == SEARCH_OR)
			open += 2;
		else if (k->op == SEARCH_NOT)
			open++;
	}
	return i;
}

/* All matches are among those that each operand of the whole allows. */
static void
combine(struct search *s)
{
	size_t words = s->nmaybe / 64 + 1;

	for (size_t i = 1; i < s->nkeys; i = behind(s, i)) {
		if (s->key[i].maybe == NULL)
			continue;
		if (s->maybe == NULL)
			s->maybe = all_ones(s->nmaybe);
		for (size_t w = 0; w < words; w++)
			s->maybe[w] &= s->key[i].maybe[w];
	}
}

bool
search_index_ask(struct search *s)
{
	if (s->nmaybe == 0)
		s->nmaybe = s->view->len;
	for (; s->asked < s->nkeys; s->asked++) {
		struct search_key *k = &s->key[s->asked];

		if (is_asked(s, k) && !look_up(s, k))
			return false;
	}
	if (s->asked == s->nkeys) {
		combine(s);
		s->asked++; /* which is done once */
	}
	return true;
}

uint64_t
search_index_next(const struct search *s, uint64_t seq)
{
	uint64_t i = seq - 1, word;

	if (s->maybe == NULL || i >= s->nmaybe)
		return seq;
	word = s->maybe[i / 64] & UINT64_MAX << i % 64;
	while (word == 0 && i / 64 < s->nmaybe / 64) {
		i = (i / 64 + 1) * 64;
		word = s->maybe[i / 64];
	}
	if (word == 0)
		return s->nmaybe + 1;
	i = i / 64 * 64 + (unsigned)__builtin_ctzll(word);
	return (i < s->nmaybe ? i : s->nmaybe) + 1;
}

bool
search_index_excludes(
    const struct search *s, const struct search_key *k, uint32_t seq)
{
	return k->maybe != NULL && seq <= s->nmaybe &&
	       (k->maybe[(seq - 1) / 64] >> (seq - 1) % 64 & 1) == 0;
}

void
search_index_forget(struct search *s)
{
	for (size_t i = 0; i < s->nkeys; i++) {
		free(s->key[i].maybe);
		s->key[i].maybe = NULL;
	}
	free(s->maybe);
	s->maybe = NULL;
	store_narrow_free(s->narrow);
	s->narrow = NULL;
}
