/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_LISTING_H
#define MAILCTL_LISTING_H

#include "imap_conn.h"
#include "order.h"

/*
 * Messages as lines: what list and search print.
 */
#define LISTING_MAX 1000000 /* lines; a server that sends more is not heard */

struct listing_line {
	uint32_t uid;
	uint64_t size;
	int64_t date; /* INT64_MIN: none */
	char *flags;  /* "\Seen $Junk" */
	char *from, *subject;
};

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

/* In that order; NULL: of UIDs.  threads: they show how deep they are. */
void listing_print(struct listing *l, struct out *o, const char *mailbox,
    const struct order *order, bool threads);
void listing_clear(struct listing *l);

/* What -q prints: one id a line, without any FETCH. */
void listing_print_ids(struct out *o, const struct seqset *uids,
    const char *mailbox, uint32_t uidvalidity);
void listing_print_ordered(struct out *o, const struct order *order,
    const char *mailbox, uint32_t uidvalidity);

/* What a server that cannot SORT or THREAD would have said: by that key, or
 * those of one base subject together. */
void listing_sort(const struct listing *l, enum order_key key,
    struct order *order);
void listing_thread(const struct listing *l, struct order *order);

#endif
