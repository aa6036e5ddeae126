/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MESSAGE_H
#define MAILCTL_MESSAGE_H

#include "imap_conn.h"
#include "msgid.h"

/*
 * Messages by their ids, and their bytes.
 */
struct message {
	struct imap_conn *conn;
	const char *mailbox;
	uint32_t uidvalidity, uid;
};

/*
 * Call fn for each message that the list names and that is there, mailbox by
 * mailbox.  One that is not there, or an id whose UIDVALIDITY holds no longer,
 * is said, and the return is EX_NOMESSAGE; fn's first other return ends it.
 */
int message_each(struct imap_conn *ic, const struct msgid_list *l,
    int (*fn)(const struct message *m, void *arg), void *arg);

/*
 * The bytes of a message go to sink in pieces of at most MESSAGE_PIECE, so
 * that its size costs no memory; sink returns 0 or the exit code to end with.
 * Its flags are left alone.
 */
#define MESSAGE_PIECE ((size_t)1 << 20)

int message_fetch(const struct message *m,
    int (*sink)(void *arg, struct span piece), void *arg);
/* The same into a buffer, up to its limit. */
int message_read(const struct message *m, struct buf *out);

#endif
