/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SYNC_WORK_H
#define MAILCTL_SYNC_WORK_H

#include "appender.h"
#include "maildir_name.h"
#include "progress.h"
#include "sync_local.h"
#include "sync_mailbox.h"
#include "sync_remote.h"

/*
 * What the files of sync_mailbox.h share; for nobody else.  Functions that
 * return int give 0 or an exit code.
 */
struct sync_work {
	struct sync_mailbox *m;
	struct sync_state state; /* as it was, and as it will be */
	struct maildir_keywords keywords;
	struct sync_local local;
	struct sync_remote remote;
	struct mailbox_index fresh; /* of remote.fresh */
	struct seqset want;         /* of those: to be fetched */
	struct seqset expunge;      /* to be deleted on the server */
	struct appender appender;
	struct progress progress;
	char tag[MAILDIR_TAG_LEN + 1];
	struct buf lost; /* flags that the server does not keep */
	bool changed; /* the state has to be written */
};

/* Append the path of a file beside the state. */
void sync_in_folder(struct buf *out, const struct sync_work *w,
    const char *name);
/* Of bits those that the server does not keep: they stay on this side, and are
 * in no state. */
unsigned sync_lost(struct sync_work *w, unsigned bits);
/* Only gives the command; no bits: none. */
void sync_store_flags(struct sync_work *w, uint32_t uid, char sign,
    unsigned bits, struct imap_answer *a);

/* sync_pair.c: what is new on both sides and is the same message. */
int sync_pair_names(struct sync_work *w);
int sync_pair_contents(struct sync_work *w);

/* The local message at i is on no other side yet.  One that another program has
 * renamed meanwhile is for the next time. */
bool sync_is_new(struct sync_work *w, size_t i);

/* sync_transfer.c */
void sync_settle(const struct sync_work *w);
int sync_download(struct sync_work *w);
int sync_upload(struct sync_work *w);
int sync_expunge(struct sync_work *w);

#endif
