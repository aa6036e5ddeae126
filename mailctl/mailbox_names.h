/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAILBOX_NAMES_H
#define MAILCTL_MAILBOX_NAMES_H

#include "imap_conn.h"

/*
 * The mailboxes of a server that can be opened.
 */
#define MAILBOX_NAMES_MAX 100000

struct mailbox_entry {
	char *name;      /* UTF-8 */
	char separator;  /* of the hierarchy; 0: none */
	const char *use; /* "\Sent" and the like (RFC 6154); NULL: none */
};

struct mailbox_names {
	struct mailbox_entry *entry; /* by name */
	size_t len, cap;
	char separator; /* of the server */
};

/* Returns 0 or an exit code. */
int mailbox_names_read(struct mailbox_names *l, struct imap_conn *ic);
void mailbox_names_clear(struct mailbox_names *l);

/* NULL: there is none.  INBOX is found in any case. */
const struct mailbox_entry *mailbox_names_find(const struct mailbox_names *l,
    const char *name);
const struct mailbox_entry *mailbox_names_use(const struct mailbox_names *l,
    const char *use);

/*
 * Append what a mailbox of another server is called here: the one of the same
 * use, else its name with this server's separator.  Where a level's name has
 * that separator, it becomes "_".
 */
void mailbox_names_map(struct buf *out, const struct mailbox_names *l,
    const struct mailbox_entry *e);

#endif
