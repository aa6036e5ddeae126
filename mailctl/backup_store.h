/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_BACKUP_STORE_H
#define MAILCTL_BACKUP_STORE_H

#include "cmd.h"
#include "manifest.h"

/*
 * A backup in a folder: "manifest", and each message once as
 * "objects/ab/abcdef…", by its SHA-256.  Objects are durable before a manifest
 * names them, and the manifest is replaced as a whole: whatever interrupts a
 * backup, the folder holds the last one.  Functions that return int give 0, or
 * an exit code after they have said what is wrong.
 */
struct backup_store {
	const struct cmd *cmd;
	const char *folder;
	bool dry_run; /* one that is not there is empty */
	struct manifest manifest;
};

/* create: a folder that is not there, or is empty, is made one. */
int backup_store_open(struct backup_store *s, bool create);
void backup_store_close(struct backup_store *s);

/* The message is there, under hash, which is filled. */
int backup_store_put(struct backup_store *s, struct span body,
    char hash[MANIFEST_HASH_LEN + 1]);
/* Its file is there, with its size. */
bool backup_store_has(const struct backup_store *s,
    const struct manifest_message *m);
int backup_store_commit(struct backup_store *s);

enum backup_object {
	BACKUP_WHOLE,
	BACKUP_MISSING,
	BACKUP_DAMAGED, /* or not to be read */
};
/* Read the bytes of a message and compare them with its hash and size. */
enum backup_object backup_store_get(const struct backup_store *s,
    const struct manifest_message *m, struct buf *out);

#endif
