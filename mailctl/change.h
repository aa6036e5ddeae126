/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_CHANGE_H
#define MAILCTL_CHANGE_H

#include "message.h"
#include "undo.h"

/*
 * Commands that change many messages: their common options, the row that they
 * print for each mailbox, and what undo has to know.
 */
struct change {
	struct cmd *cmd;
	bool dry_run, yes;
	struct undo undo;
};

#define CHANGE_OPT_DRY_RUN(c)                                                  \
	{ 'n', "dry-run", OPT_FLAG, &(c)->dry_run, NULL,                       \
	    "say what would be done, and do nothing" }
#define CHANGE_OPT_YES(c, what)                                                \
	{ 'y', "yes", OPT_FLAG, &(c)->yes, NULL, what }

/*
 * Read the ids, log in, visit their mailboxes, remember what undo is to take
 * back, and end the command.
 */
int change_run(struct change *ch, int argc, char **argv,
    const struct message_visitor *v);

/* The last two steps of that, with fn for the visits. */
int change_with(struct change *ch, int (*fn)(struct imap_conn *ic, void *arg),
    void *arg);

/*
 * A row: what was done ("move") with the messages found, or would be, and
 * where or how; to's UIDs are known where uidvalidity is not 0.
 */
void change_print(const struct change *ch, const struct message_look *l,
    const char *action, const char *to, uint32_t uidvalidity,
    const struct seqset *uids);

#endif
