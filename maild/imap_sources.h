/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SOURCES_H
#define MAILD_IMAP_SOURCES_H

#include "imap_state.h"

/*
 * The mailboxes that a search names: "IN (subtree "work" mailboxes INBOX)" (RFC
 * 7377 section 2.2, with the specifiers of RFC 5465 section 6).
 */
#define IMAP_SOURCES_MAX 256 /* mailboxes named */

struct imap_source {
	size_t off, len; /* its name, in names */
	struct store_mailbox mailbox;
};

/* A zeroed one is empty. */
struct imap_sources {
	bool selected; /* the selected mailbox is one … */
	bool others;   /* … and there may be others */
	struct imap_source *box; /* each once */
	size_t len, cap;
	struct buf names;
	/* private */
	struct source_filter *filter;
	size_t nfilters;
	struct buf wanted;
};

/* Take "IN (…)" and the SP behind it off the arguments, where they are there;
 * the selected mailbox, where not.  False: the reply is set. */
bool imap_sources_parse(struct imap *im, struct imap_sources *s);
/* Find the mailboxes; within store_begin() and store_end(). */
enum store_status imap_sources_find(struct imap *im, struct imap_sources *s);
struct span imap_source_name(const struct imap_sources *s, size_t i);
void imap_sources_clear(struct imap_sources *s);

#endif
