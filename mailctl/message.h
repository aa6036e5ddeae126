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
 * A mailbox, and those messages of an id that are there.  message_look() gives
 * the commands, and others may follow; after a run message_looked() checks the
 * answers, says what is not there, and lets *missing be EX_NOMESSAGE then.
 */
struct message_look {
	struct imap_conn *conn;
	const struct msgid *id;
	bool write;
	struct imap_mailbox mailbox;
	struct imap_uids found;
};
void message_look(struct imap_conn *ic, struct message_look *l,
    const struct msgid *id, bool write);
int message_looked(struct message_look *l, int *missing);
void message_look_clear(struct message_look *l);

/* Visit the messages found, in parts whose UIDs a command line can hold; the
 * first return that is not 0 ends it. */
int message_parts(const struct message_look *l,
    int (*visit)(const struct message_look *l, void *arg), void *arg);

/*
 * Do that for each id of a list, and visit those of which some are there.  ask
 * (or NULL) may give commands to go out with those of message_look().  The
 * return is EX_NOMESSAGE where one is missing; visit's first other return ends
 * it.
 */
struct message_visitor {
	bool write;
	void (*ask)(struct message_look *l, void *arg);
	int (*visit)(const struct message_look *l, void *arg);
	void *arg;
};
int message_visit(struct imap_conn *ic, const struct msgid_list *l,
    const struct message_visitor *v);

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
