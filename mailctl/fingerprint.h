/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_FINGERPRINT_H
#define MAILCTL_FINGERPRINT_H

#include "mailbox_index.h"

/*
 * Which messages are there already: a message is known by its size and the
 * SHA-256 of its header, for which no body has to be fetched.  Two of the same
 * are two: each can be taken once.
 */
struct fingerprint {
	uint64_t size;
	unsigned char hash[32];
	uint32_t uid;
	bool taken;
};

struct fingerprints {
	struct fingerprint *item;
	size_t len, cap;
	bool sorted;
};

/* Of a message with CRLF line ends; uid is for the caller. */
void fingerprint_make(struct fingerprint *fp, struct span message,
    uint32_t uid);

void fingerprints_add(struct fingerprints *f, const struct fingerprint *fp);
/* Add those of the open mailbox's messages in x that are in uids. */
int fingerprints_read(struct fingerprints *f, struct imap_conn *ic,
    const char *name, const struct mailbox_index *x,
    const struct seqset *uids);
/* Add the UIDs of x's messages that could be in other, too: by their size. */
void fingerprint_candidates(struct seqset *out, const struct mailbox_index *x,
    const struct mailbox_index *other);
void fingerprints_clear(struct fingerprints *f);

/* The lowest UID of that message which was not taken yet; 0: none is left. */
uint32_t fingerprints_take(struct fingerprints *f,
    const struct fingerprint *fp);

#endif
