/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAILBOX_INDEX_H
#define MAILCTL_MAILBOX_INDEX_H

#include "date.h"
#include "imap_conn.h"

/*
 * What a mailbox holds, but for the messages' bytes; by UID.
 */
#define MAILBOX_INDEX_MAX 10000000 /* messages */

struct index_message {
	uint32_t uid;
	uint64_t size;          /* as the server tells it */
	struct mail_date date;  /* INTERNALDATE */
	char *flags;            /* as mail_flags.h says */
};

struct mailbox_index {
	struct index_message *message; /* sorted by UID */
	size_t len, cap;
};

/* Of the mailbox that is open, whose name is for messages; uids NULL: all.
 * Returns 0 or an exit code. */
int mailbox_index_read(struct mailbox_index *x, struct imap_conn *ic,
    const char *name, const struct seqset *uids);
void mailbox_index_clear(struct mailbox_index *x);

struct index_message *mailbox_index_find(const struct mailbox_index *x,
    uint32_t uid);
void mailbox_index_uids(const struct mailbox_index *x, struct seqset *out);

#endif
