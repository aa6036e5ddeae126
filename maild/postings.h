/* SPDX-License-Identifier: ISC */
#ifndef MAILD_POSTINGS_H
#define MAILD_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * Lists of ordinals below ndocs, ascending, packed: each gap in Rice's code
 * with the parameter that suits n of ndocs.  How many there are is not part of
 * it.  A list of most ordinals takes little more than a bit of each.
 */

/* Append v[0..n); 0 < n <= ndocs. */
void postings_pack(struct buf *out, const uint32_t *v, uint32_t n,
    uint32_t ndocs);
/* The same of bits, of which n are set. */
void postings_pack_bits(
    struct buf *out, const uint64_t *bits, uint32_t n, uint32_t ndocs);
/* -1: damage. */
int postings_unpack(struct span s, uint32_t n, uint32_t ndocs, uint32_t *v);
/* The same as bits, of which that of ordinal 0 is the one with the number at:
 * they are set, others stay.  After -1 some may be set. */
int postings_unpack_bits(struct span s, uint32_t n, uint32_t ndocs, uint32_t at,
    uint64_t *bits);

/* Whole numbers, seven bits a byte, the lowest first. */
void varint_put(struct buf *out, uint64_t v);
/* False: s does not begin with one. */
bool varint_get(struct span *s, uint64_t *v);

#endif
