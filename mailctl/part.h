/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_PART_H
#define MAILCTL_PART_H

#include "buf.h"

/*
 * A message taken apart for reading: what of it is text for people, in order,
 * and what is attached.
 */
#define PART_MESSAGE_MAX ((size_t)128 << 20) /* larger ones are not shown */
#define PART_TEXT_MAX    ((size_t)16 << 20)  /* of all text of one message */
#define PART_LIST_MAX    1000                /* attachments of one message */

struct part {
	char *number;   /* "2", "1.2": IMAP's section */
	char *type;     /* "image/png" */
	char *filename; /* UTF-8, as it was sent; "" where there is none */
	uint64_t size;  /* as it lies there, not decoded */
};

struct part_list {
	struct part *part;
	size_t len;
};

/* Append the text parts of a message, decoded to UTF-8 (not cleaned), and list
 * the attachments.  Of multipart/alternative plain text is taken; HTML is
 * made text where there is no other. */
void part_read(struct buf *text, struct part_list *attachments,
    struct span message);
void part_list_clear(struct part_list *l);

/* Append the bytes of the part of that number, transfer encoding undone.
 * False: there is none, or it is a multipart. */
bool part_decode(struct buf *out, struct span message, const char *number);

#endif
