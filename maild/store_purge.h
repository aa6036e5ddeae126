/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_PURGE_H
#define MAILD_STORE_PURGE_H

#include "store_impl.h"

/*
 * What was deleted is gone at once for all who ask, and is cleared away in a
 * series of updates behind their backs.  Its grave says that there is still
 * something to do, so that the next start goes on where the last one stopped.
 */
enum store_grave_kind { STORE_GRAVE_MAILBOX = 'm', STORE_GRAVE_USER = 'u' };

/* In a step on store_grave(): put it down. */
void store_bury(struct engine_txn *txn, enum store_grave_kind kind,
    uint64_t id);
/* After that update: begin. */
void store_purge(struct store *st, enum store_grave_kind kind, uint64_t id);
/* At start: go on with all graves there are. */
void store_purge_resume(struct store *st);

#endif
