/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_ANNOT_H
#define MAILD_STORE_ANNOT_H

#include "store_impl.h"

/* All that both mailboxes' owner has of from goes to to, too. */
void store_annot_copy(struct store *st, const struct store_mailbox *from,
    const struct store_mailbox *to, store_done done, void *arg);

#endif
