/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TRIGRAM_LISTS_H
#define MAILD_TRIGRAM_LISTS_H

#include <stdbool.h>

#include "trigrams.h"

/*
 * Which of some messages have which trigrams, in memory: of each trigram a list
 * of messages, by ordinals that ascend from 0.  Texts are fed message by
 * message.  A list is found by its trigram, and has a bit for each of 64
 * messages that follow one another: so a text's byte costs one bit set, nothing
 * is sorted, and what is written to while 64 messages are fed stays in a
 * processor's cache.
 */
/* So many lists, or words of 64 bits in all of them, are too much: with tables
 * they take some 60 MB. */
#define TRIGRAM_LISTS_MAX ((size_t)1 << 19)
#define TRIGRAM_WORDS_MAX ((size_t)1 << 22)

/* Lists whose trigrams differ in their lowest six bits. */
#define TRIGRAM_LEAF 64

/* Of 64 messages. */
struct trigram_batch {
	uint64_t *word; /* by list; those that came later have none */
	size_t n, cap;
};

/* A zeroed one is empty and valid. */
struct trigram_lists {
	/* private */
	uint32_t *leaf_of;              /* by the upper bits, plus 1; 0: none */
	uint32_t (*leaf)[TRIGRAM_LEAF]; /* numbers of lists, plus 1; 0: none */
	size_t nleaves, capleaves, nlists;
	struct trigram_batch *batch; /* the last one has the message at hand */
	size_t nbatches, words;      /* words of all but the last */
	uint32_t docs;               /* with the message at hand */
	uint32_t last; /* the bytes before, the newest lowest … */
	unsigned have; /* … of which there are so many, up to two */
};

/* What follows is the next message's. */
void trigram_lists_begin(struct trigram_lists *l);
/* The next piece of its text.  False: it is too much, do trigram_lists_any(). */
bool trigram_lists_feed(struct trigram_lists *l, struct span s);
/* It may have anything, whatever was fed of it: it is in the list of
 * TRIGRAM_ANY only. */
void trigram_lists_any(struct trigram_lists *l);
/* There should be no other message. */
bool trigram_lists_full(const struct trigram_lists *l);

/* Lists in the order of their trigrams: of each the bits of all messages, of
 * which n > 0 are set. */
typedef void (*trigram_lists_fn)(
    void *arg, uint32_t trigram, const uint64_t *bits, uint32_t n);
void trigram_lists_each(
    const struct trigram_lists *l, trigram_lists_fn fn, void *arg);
void trigram_lists_clear(struct trigram_lists *l);

#endif
