/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_LISTING_H
#define MAILCTL_LISTING_H

#include "imap_conn.h"

/*
 * Messages as lines: what list and search print.
 */
#define LISTING_MAX 1000000 /* lines; a server that sends more is not heard */

struct listing_line;

struct listing {
	struct listing_line *line;
	size_t len, cap;
};

/* The items to FETCH. */
#define LISTING_ITEMS "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"

/* An imap_client_fn for its FETCH responses; arg is the listing. */
void listing_fn(void *listing, struct imap_resp *r);

/* Forget what is below a UID; the others' UIDs go into *uids. */
void listing_keep(struct listing *l, uint32_t from, struct seqset *uids);

/* In the order of UIDs. */
void listing_print(struct listing *l, struct out *o, const char *mailbox);
void listing_clear(struct listing *l);

/* What -q prints: one id a line, without any FETCH. */
void listing_print_ids(struct out *o, const struct seqset *uids,
    const char *mailbox, uint32_t uidvalidity);

#endif
