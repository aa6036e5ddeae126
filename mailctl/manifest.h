/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MANIFEST_H
#define MAILCTL_MANIFEST_H

#include "date.h"
#include "seqset.h"

/*
 * What a backup holds: a text file whose last line is the SHA-256 of what
 * stands before it.
 *
 *	mailctl-backup 1
 *	mailbox UIDVALIDITY NAME
 *	message UID here|gone SIZE SECONDS SHA256 FLAG...
 *	end SHA256
 *
 * NAME and FLAGs go to the end of the line; messages belong to the mailbox
 * before them, in the order of their UIDs.  One that is gone was deleted on
 * the server and is still in the backup.
 */
#define MANIFEST_HASH_LEN 64 /* hex digits */
#define MANIFEST_MAX      ((size_t)2 << 30)

struct manifest_message {
	uint32_t uid;
	bool gone;
	uint64_t size;
	struct mail_date date; /* in UTC */
	char hash[MANIFEST_HASH_LEN + 1];
	char *flags; /* as mail_flags.h says */
};

struct manifest_mailbox {
	char *name;
	uint32_t uidvalidity;
	struct manifest_message *message; /* by UID */
	size_t len, cap;
};

struct manifest {
	struct manifest_mailbox *mailbox;
	size_t len;
};

/* -1: damaged, the manifest is empty, and what is wrong stands in *err. */
int manifest_parse(struct manifest *m, struct span text, struct buf *err);
void manifest_format(struct buf *out, const struct manifest *m);
void manifest_clear(struct manifest *m);

/* NULL: there is none. */
struct manifest_mailbox *manifest_find(const struct manifest *m,
    const char *name, uint32_t uidvalidity);
struct manifest_mailbox *manifest_add(struct manifest *m, const char *name,
    uint32_t uidvalidity);

/* The UID must be higher than all before, or manifest_sort() must follow. */
struct manifest_message *manifest_add_message(struct manifest_mailbox *b,
    const struct manifest_message *msg);
void manifest_sort(struct manifest_mailbox *b);
struct manifest_message *manifest_find_message(
    const struct manifest_mailbox *b, uint32_t uid);

/* The last line is "end SHA256" of what stands before it, to which *text is
 * cut. */
bool manifest_check_sum(struct span *text);

/* Of a message, or of the manifest's text. */
void manifest_hash(char hash[MANIFEST_HASH_LEN + 1], struct span s);

#endif
