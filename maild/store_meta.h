/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_META_H
#define MAILD_STORE_META_H

#include "store.h"

/* What is kept beside a message's blob.  header_len is without a prefix.
 * Returns the length of its front, which store_meta_parse_front() can do
 * with. */
size_t store_meta_pack(struct buf *out, const struct store_meta *m);
/* -1: damage. */
int store_meta_parse(struct span s, struct store_meta *out);
/* The bodystructure and the numbers, of a front or of all; what else there is
 * is left empty. */
int store_meta_parse_front(struct span s, struct store_meta *out);

#endif
