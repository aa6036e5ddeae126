/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_SORTS_H
#define MAILD_STORE_SORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/*
 * Sort keys (sort_keys_pack()) of messages that were sorted lately, by blob:
 * what lies beside a blob never changes, and no blob's id comes again, so that
 * nothing here is ever wrong.  It spares a lookup and a checksum over all that
 * lies there.  Two generations: what the older one has and is asked for moves
 * to the younger, and the older goes when that is full.
 */
#define STORE_SORTS_BYTES ((size_t)24 << 20) /* of keys, in a generation */

struct store_sorts;

/* limit: bytes of keys in a generation, at least the longest key. */
struct store_sorts *store_sorts_new(size_t limit);
void store_sorts_free(struct store_sorts *s);
/* False: it is not known.  *keys is good until the next call of any. */
bool store_sorts_get(struct store_sorts *s, uint64_t blob, struct span *keys);
/* Of a blob that is not known.  What is too long is not kept. */
void store_sorts_put(struct store_sorts *s, uint64_t blob, struct span keys);

#endif
