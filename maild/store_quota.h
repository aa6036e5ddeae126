/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_QUOTA_H
#define MAILD_STORE_QUOTA_H

#include "store_impl.h"

/*
 * What a user's mailboxes hold, kept on the user's root and changed in the
 * update that changes them: reserved there before messages are put in, given
 * back behind the step that takes them out.
 */
struct store_usage {
	uint64_t storage, messages;
};

/* Limits of a user without ones of its own, as an update takes them along. */
struct store_limits {
	uint64_t limit[STORE_RESOURCES];
};

/* In a step on a root: op is refused where a limit would be passed. */
enum engine_status store_usage_add(struct engine_txn *txn,
    struct engine_part part, struct store_op *op, const struct store_usage *add,
    const struct store_limits *def);
enum engine_status store_usage_sub(struct engine_txn *txn,
    struct engine_part part, const struct store_usage *sub);
/* Whether so many mailboxes are too many. */
enum engine_status
store_usage_boxes(struct engine_txn *txn, struct engine_part part,
    uint32_t boxes, const struct store_limits *def, bool *over);

#endif
