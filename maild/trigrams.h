/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TRIGRAMS_H
#define MAILD_TRIGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/*
 * The runs of three bytes in a text, each once.  A needle can stand in a text
 * only if all of the needle's do.
 */
#define TRIGRAM_BYTES 3
/* Stands for texts whose trigrams are not known: no text has it. */
#define TRIGRAM_ANY   ((uint32_t)1 << 24)
/* Of one text; one that has more is TRIGRAM_ANY. */
#define TRIGRAMS_MAX  ((size_t)1 << 19)

/* A zeroed one is empty and valid. */
struct trigrams {
	uint32_t *v; /* in no order */
	size_t n, cap;
	bool many; /* there were more than TRIGRAMS_MAX */
	/* private */
	uint64_t *seen;
	uint32_t last; /* the bytes before, the newest lowest … */
	unsigned have; /* … of which there are so many, up to two */
};

/* The next piece of the text. */
void trigrams_feed(struct trigrams *t, struct span s);
/* Empty, for another text; keeps the memory. */
void trigrams_reset(struct trigrams *t);
void trigrams_clear(struct trigrams *t);

#endif
