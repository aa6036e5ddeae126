/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_QUERY_H
#define MAILCTL_QUERY_H

#include "buf.h"

/*
 * Search words, made into one IMAP SEARCH (RFC 9051 section 6.4.4).  All of
 * them must hold:
 *
 *	from:alice to:bob cc:eve subject:"the plan" body:word word
 *	is:unread is:flagged … has:attachment
 *	after:2024-01-31 before:2w larger:1M smaller:10K
 *
 * to: is To or Cc; dates may be ages (d, w, m, y); after: holds on the day
 * itself, before: does not.  A word with another key is text like any word.
 */
#define QUERY_WORDS_MAX 1000

struct query_term {
	const char *key; /* of IMAP, with spaces where it is more than one */
	char *string;    /* its argument as an astring; NULL: none */
	char word[24];   /* its argument as a number or date; "": none */
};

struct query {
	struct query_term *term;
	size_t len;
	bool utf8; /* a string is not ASCII */
};

/* now: what ages count from, in local time.  -1: what is wrong with which word
 * stands in *err. */
int query_parse(struct query *q, int argc, char *const *argv, int64_t now,
    struct buf *err);
void query_clear(struct query *q);

/* The key that was meant by a word that is text because of its key: "from" by
 * "form:alice"; NULL: it may well be text. */
const char *query_meant(struct span word);

/* Add " CHARSET UTF-8 FROM alice …" or " ALL" to the command in the making. */
struct imap_client;
void query_add(const struct query *q, struct imap_client *c);
/* The same without the charset, which SORT and THREAD have elsewhere. */
void query_add_keys(const struct query *q, struct imap_client *c);

#endif
