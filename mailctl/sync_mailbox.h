/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SYNC_MAILBOX_H
#define MAILCTL_SYNC_MAILBOX_H

#include "imap_conn.h"

/*
 * A mailbox of the server and a Maildir made the same, each getting what has
 * changed in the other since the last time.
 *
 * A message is deleted only where the state says that both had it.  Of a flag,
 * what was changed on one side goes to the other.  A message that is new on
 * both sides, by size and header, is one message.  So it may be killed at any
 * point: what was done and not written down is found again by the names of
 * files, which tell the UID, and by size and header; and a state that is lost
 * or damaged costs nothing but deletions, which are not carried out.
 */
struct sync_counts {
	uint64_t downloaded, uploaded, refused;
	uint64_t deleted_here, deleted_there;
	uint64_t flags_here, flags_there;
};

struct sync_mailbox {
	struct imap_conn *conn;
	const char *name;   /* it exists on the server */
	const char *folder; /* a Maildir, or to be made one */
	bool dry_run;
	struct sync_counts count; /* filled */
};

#define SYNC_STATE_FILE ".mailctl-sync"

/* That folder was synchronized with that mailbox before. */
bool sync_mailbox_known(const char *folder, const char *name);

/* Returns 0 or an exit code. */
int sync_mailbox(struct sync_mailbox *m);

#endif
