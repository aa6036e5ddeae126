/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAILDIR_NAME_H
#define MAILCTL_MAILDIR_NAME_H

#include "buf.h"

/*
 * Names of files in a Maildir: "UNIQUE:2,FLAGS".  Those that we make say which
 * message of a server it is: "TIME.UID_TAG.mailctl:2,FS", where TAG stands for
 * the mailbox, by name and UIDVALIDITY; so a file that was copied into another
 * folder names nothing there.
 */
#define MAILDIR_TAG_LEN 16

struct maildir_name {
	struct span unique;
	unsigned flags;      /* MAIL_FLAG_…, MAIL_KEYWORD() */
	struct span letters; /* all that there are */
	uint32_t uid;       /* 0: the name is not one of ours */
	struct span tag;    /* MAILDIR_TAG_LEN hex digits */
};

/* -1: that is no message: it begins with a dot, or has a slash. */
int maildir_name_parse(struct maildir_name *m, struct span name);

/* Append UNIQUE, for a message that was got at sec. */
void maildir_name_make(struct buf *out, int64_t sec, uint32_t uid,
    const char *tag);
/* Append UNIQUE:2,FLAGS: the letters of flags in order, each once, and behind
 * them those of before that flags cannot tell, its bits being of known only. */
void maildir_name_format(struct buf *out, struct span unique, unsigned flags,
    unsigned known, struct span before);

/* The tag of a mailbox; NUL-terminated. */
void maildir_tag(char tag[MAILDIR_TAG_LEN + 1], const char *mailbox,
    uint32_t uidvalidity);

#endif
