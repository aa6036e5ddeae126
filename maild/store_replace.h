/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_REPLACE_H
#define MAILD_STORE_REPLACE_H

#include "store_quota.h"

/*
 * The message that a delivery replaces (RFC 8508): steps of the delivery's
 * update, before and behind those that put the new one in.
 */
#define STORE_REPLACE_STEPS 3

struct store_replaced;
/* op is refused where the message is gone; it outlives this. */
struct store_replaced *store_replaced_new(struct store_op *op,
    const struct store_mailbox *from, uint32_t uid);
void store_replaced_free(struct store_replaced *r); /* NULL is fine */

/* Fill in the first step, and the last ones; return how many.  added: to the
 * quota of that user. */
size_t store_replaced_find(struct store_replaced *r, uint64_t owner,
    const struct store_usage *added, struct engine_step *steps);
size_t store_replaced_take(struct store_replaced *r, struct engine_step *steps);
/* In a step between them: of what is added, how much counts. */
struct store_usage store_replaced_net(const struct store_replaced *r,
    uint64_t owner, const struct store_usage *added);

#endif
