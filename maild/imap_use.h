/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_USE_H
#define MAILD_IMAP_USE_H

#include "buf.h"
#include "store.h"

/*
 * Special uses of mailboxes on the wire (RFC 6154 section 2).
 */

/* Uses that a mailbox of our kind can have: the others would be views of all
 * mailboxes. */
#define IMAP_USES                                                \
	(STORE_USE_ARCHIVE | STORE_USE_DRAFTS | STORE_USE_JUNK | \
	    STORE_USE_SENT | STORE_USE_TRASH)
#define IMAP_USES_SAID \
	"A mailbox can be \\Archive, \\Drafts, \\Junk, \\Sent or \\Trash here"

/* The STORE_USE_… of "\Drafts"; 0: it is none of them. */
unsigned imap_use_find(struct span name);
/* Append the names of uses, each behind a space. */
void imap_use_write(struct buf *out, unsigned uses);

#endif
