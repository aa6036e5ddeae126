/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SYNC_LOCAL_H
#define MAILCTL_SYNC_LOCAL_H

#include "cmd.h"
#include "fingerprint.h"
#include "maildir_keywords.h"

/*
 * A Maildir as sync sees it.  Functions that return int give 0, or an exit
 * code after they have said what is wrong.
 */
struct local_message {
	char *unique;
	char *name;      /* of the file */
	const char *sub; /* "cur" or "new" */
	unsigned flags;  /* MAIL_FLAG_…, MAIL_KEYWORD() */
	uint32_t uid;    /* which the name tells, of this mailbox; or 0 */
	bool used;       /* for sync: it is paired */
	struct fingerprint fingerprint; /* where asked for */
};

struct sync_local {
	const struct cmd *cmd;
	const char *folder;
	const char *tag; /* of the mailbox: maildir_name.h */
	struct maildir_keywords *keywords;
	struct local_message *message; /* by unique name */
	size_t len, cap;
};

int sync_local_read(struct sync_local *l);
void sync_local_clear(struct sync_local *l);
struct local_message *sync_local_find(const struct sync_local *l,
    const char *unique);

/* Another program may rename a file while the folder is read, so that it is
 * seen under neither name: look for it once more. */
int sync_local_again(struct sync_local *l);

bool sync_local_is_there(const struct sync_local *l,
    const struct local_message *m);
int sync_local_remove(const struct sync_local *l,
    const struct local_message *m);
int sync_local_set_flags(const struct sync_local *l, struct local_message *m,
    unsigned flags);
/* Its bytes with CRLF, and when it was got. */
int sync_local_body(const struct sync_local *l, const struct local_message *m,
    struct buf *out, int64_t *mtime);
/* A message of the server, by the name that tells so; unique is filled. */
int sync_local_write(const struct sync_local *l, const struct index_message *m,
    struct span body, struct buf *unique);

#endif
