/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SYNC_REMOTE_H
#define MAILCTL_SYNC_REMOTE_H

#include "imap_conn.h"
#include "maildir_keywords.h"
#include "sync_state.h"

/*
 * What has changed in a mailbox of the server since the state was written: by
 * QRESYNC or CONDSTORE (RFC 7162), or by looking at the flags of all messages.
 */
struct remote_flags {
	uint32_t uid;
	unsigned flags; /* MAIL_FLAG_…, MAIL_KEYWORD() */
};

struct sync_remote {
	struct imap_conn *conn;
	const char *mailbox;
	struct maildir_keywords *keywords; /* may get new ones */
	/* filled */
	uint32_t uidvalidity;
	uint64_t modseq;      /* 0: the server has none */
	char *permanent;      /* flags: see permanent_flags.h */
	struct seqset gone;   /* of the state's messages */
	struct seqset fresh;  /* not in the state */
	struct remote_flags *changed; /* of the state's messages, by UID */
	size_t len, cap;
	/* private */
	const struct sync_state *state;
	bool delta; /* what is told is what has changed */
	uint32_t exists, told; /* messages: there, and of which we heard */
};

/* Selects the mailbox.  A state of another UIDVALIDITY is as none: see
 * uidvalidity.  Returns 0 or an exit code. */
int sync_remote_read(struct sync_remote *r, const struct sync_state *state);
void sync_remote_clear(struct sync_remote *r);

/* The flags of one of the state's messages. */
unsigned sync_remote_flags(const struct sync_remote *r,
    const struct sync_entry *e);

#endif
