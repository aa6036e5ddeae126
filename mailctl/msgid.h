/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MSGID_H
#define MAILCTL_MSGID_H

#include "buf.h"
#include "seqset.h"

/*
 * How messages are named on the command line: MAILBOX:UIDS, where UIDS is a
 * set such as "1:5,9" and MAILBOX lacks for INBOX ("7"); or, as -q prints
 * them, MAILBOX;UIDVALIDITY:UIDS, which names no other mail should the mailbox
 * have been made anew.
 */
#define MSGID_RANGES_MAX 500 /* joined; a command line has to hold them */

struct msgid {
	char *mailbox;        /* UTF-8 */
	uint32_t uidvalidity; /* 0: whatever it is */
	struct seqset uids;
};

int msgid_parse(struct msgid *id, struct span s); /* -1: bad syntax */
void msgid_clear(struct msgid *id);

/* Append the form of -q, for one message, or for several. */
void msgid_format(struct buf *out, const char *mailbox, uint32_t uidvalidity,
    uint32_t uid);

void msgid_format_set(struct buf *out, const char *mailbox,
    uint32_t uidvalidity, const struct seqset *uids);

struct msgid_list {
	struct msgid *id;
	size_t len;
};

/* Add what a word names.  -1: the word that is none stands in *err. */
int msgid_list_add(struct msgid_list *l, struct span word, struct buf *err);
/* Add what the words name; "-" reads ids from standard input, a line each.
 * -1: the word that is none stands in *err. */
int msgid_list_read(struct msgid_list *l, int argc, char *const *argv,
    struct buf *err);
void msgid_list_clear(struct msgid_list *l);

#endif
