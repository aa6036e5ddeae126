/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_METADATA_H
#define MAILD_IMAP_METADATA_H

#include "imap_state.h"

/*
 * METADATA responses (RFC 5464), of GETMETADATA itself and of LIST (RFC 9590).
 */
#define IMAP_ENTRIES_MAX 32 /* of one command */
/* More than the responses for one mailbox without DEPTH take: values that are
 * long are literals. */
#define IMAP_ENTRIES_ROOM           \
	((size_t)IMAP_ENTRIES_MAX * \
	    (STORE_ANNOT_VALUE_MAX + 2 * STORE_ANNOT_NAME_MAX + 32))

struct imap_entries {
	struct buf text;
	size_t end[IMAP_ENTRIES_MAX]; /* of each name in text */
	size_t n;
};

/* Take one entry, or several in parentheses, off the arguments.  False: the
 * reply is set. */
bool imap_entries_parse(struct imap *im, struct imap_entries *e);
/* Append what a mailbox has of them. */
enum store_status imap_entries_write(struct imap *im, struct span name,
    const struct store_mailbox *m, const struct imap_entries *e);
void imap_entries_clear(struct imap_entries *e);

#endif
