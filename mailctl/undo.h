/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_UNDO_H
#define MAILCTL_UNDO_H

#include <jansson.h>

#include "imap_conn.h"
#include "seqset.h"

/*
 * What undo takes back: the last move, deletion or change of flags that this
 * user's mailctl made, in $XDG_STATE_HOME/mailctl/undo (~/.local/state):
 *
 *	{"v":1, "imap":URL, "user":NAME, "steps":[
 *	  {"id":"Archive;7:1:3", "move":"INBOX"},
 *	  {"id":"INBOX;7:4", "store":"-FLAGS.SILENT (\\Seen)"}]}
 *
 * The ids say where the messages are now.
 */
struct undo {
	json_t *steps; /* NULL: nothing was changed */
};

/* The messages are in mailbox now and were in back.  uidvalidity 0: the server
 * did not say where they went, and nothing can be taken back. */
void undo_add_move(struct undo *u, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids, const char *back);
/* The flag was set, or was cleared. */
void undo_add_flag(struct undo *u, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids, const char *flag, bool set);

/* Remember it in the place of what was there before, and clear u.  A failure
 * is a warning. */
void undo_save(const struct imap_conn *ic, struct undo *u);

/* The whole of it, for json_decref().  EX_NO, which is said, where there is nothing
 * to take back or it was done as another user. */
int undo_load(const struct imap_conn *ic, json_t **state);
void undo_forget(void);

#endif
