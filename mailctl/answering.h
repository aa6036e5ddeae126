/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_ANSWERING_H
#define MAILCTL_ANSWERING_H

#include "compose.h"

/*
 * What a reply or a forwarded message takes over from a message (RFC 5322
 * section 3.6.4).  Strings are UTF-8 and end with their struct.
 */
struct answering {
	struct buf to, cc;       /* whom a reply goes to */
	struct buf subject;
	struct buf in_reply_to, references;
	struct buf text;         /* quoted, or with a few header fields */
};

/* all: to those who got it, too, but for self (an address; may be NULL).
 * False: nobody is there to be replied to. */
bool answering_reply(struct answering *a, struct span message, bool all,
    const char *self);
void answering_forward(struct answering *a, struct span message);
void answering_clear(struct answering *a);

#endif
