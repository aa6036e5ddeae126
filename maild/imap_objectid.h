/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_OBJECTID_H
#define MAILD_IMAP_OBJECTID_H

#include "store.h"

/*
 * Identifiers that outlive names and UIDs (RFC 8474).  Each appends one,
 * without parentheses.
 */
void imap_mailboxid(struct buf *out, const struct store_mailbox *m);
/* The same wherever the message is copied; m has cold columns. */
void imap_emailid(struct buf *out, const struct store_msg *m);
void imap_threadid(
    struct buf *out, const struct store_msg *m, const struct store_meta *meta);

#endif
