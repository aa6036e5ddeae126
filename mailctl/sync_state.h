/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SYNC_STATE_H
#define MAILCTL_SYNC_STATE_H

#include "buf.h"

/*
 * What both sides of a synchronized mailbox held after the last time: a text
 * file in its Maildir, whose last line is the SHA-256 of what stands before.
 *
 *	mailctl-sync 2
 *	mailbox UIDVALIDITY MODSEQ NAME
 *	message UID FLAGS UNIQUE
 *	end SHA256
 *
 * FLAGS are letters as in this Maildir, or "-"; UNIQUE is the file's name up to
 * its colon, and goes to the end of the line.
 */
#define SYNC_STATE_MAX ((size_t)1 << 30)

struct sync_entry {
	uint32_t uid;
	unsigned flags; /* MAIL_FLAG_…, MAIL_KEYWORD() */
	char *unique;
	bool dropped;   /* not to be written */
};

struct sync_state {
	char *name; /* of the mailbox; NULL: there is no state */
	uint32_t uidvalidity;
	uint64_t modseq; /* 0: not known */
	struct sync_entry *entry; /* by UID */
	size_t len, cap;
};

/* -1: damaged, or of a later version; the state is empty. */
int sync_state_parse(struct sync_state *s, struct span text);
/* In the order of UIDs, whatever they were added in. */
void sync_state_format(struct buf *out, struct sync_state *s);
void sync_state_clear(struct sync_state *s);

void sync_state_add(struct sync_state *s, uint32_t uid, unsigned flags,
    struct span unique);
/* As long as nothing was added. */
struct sync_entry *sync_state_find(const struct sync_state *s, uint32_t uid);

#endif
