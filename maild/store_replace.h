/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_REPLACE_H
#define MAILD_STORE_REPLACE_H

#include "store_quota.h"

/*
 * The messages that deliveries replace (RFC 8508): steps of the deliveries'
 * update, before and behind those that put the new ones in.
 */
struct store_replaced;
/* op is refused where a message is gone; it outlives this. */
struct store_replaced *store_replaced_new(struct store_op *op,
    const struct store_place *old, size_t n);
void store_replaced_free(struct store_replaced *r); /* NULL is fine */

/* How many steps there are in all; NULL: none. */
size_t store_replaced_steps(const struct store_replaced *r);
/* Fill in the first steps, and the last ones; return how many.  added: to the
 * quota of that user. */
size_t store_replaced_find(struct store_replaced *r, uint64_t owner,
    const struct store_usage *added, struct engine_step *steps);
size_t store_replaced_take(struct store_replaced *r, struct engine_step *steps);
/* In a step between them: of what is added, how much counts. */
struct store_usage store_replaced_net(const struct store_replaced *r,
    uint64_t owner, const struct store_usage *added);

#endif
