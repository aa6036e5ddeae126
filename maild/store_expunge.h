/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_EXPUNGE_H
#define MAILD_STORE_EXPUNGE_H

#include "store_series.h"

/* A step of a piece: take its messages out of the mailbox; only_deleted: those
 * with \Deleted. */
enum engine_status store_expunge_piece(struct engine_txn *txn,
    struct engine_part part, struct store_piece *p, bool only_deleted);

#endif
