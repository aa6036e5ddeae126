/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TRIGRAMS_H
#define MAILD_TRIGRAMS_H

#include <stdint.h>

#include "span.h"

/*
 * The runs of three bytes in a text.  A needle can stand in a text only if all
 * of the needle's do.
 */
#define TRIGRAM_BYTES 3
/* Stands for texts whose trigrams are not known: no text has it. */
#define TRIGRAM_ANY ((uint32_t)1 << 24)

/* Those of a needle, each once, ascending; returns how many.  v has room for
 * as many as the needle has bytes. */
size_t trigrams_of(struct span needle, uint32_t *v);

#endif
