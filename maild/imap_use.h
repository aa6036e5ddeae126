/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_USE_H
#define MAILD_IMAP_USE_H

#include "buf.h"

/*
 * Special uses of mailboxes on the wire (RFC 6154 section 2).
 */

/* The STORE_USE_… of "\Drafts"; 0: it is none of them. */
unsigned imap_use_find(struct span name);
/* Append the names of uses, each behind a space. */
void imap_use_write(struct buf *out, unsigned uses);

#endif
