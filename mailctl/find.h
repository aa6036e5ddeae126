/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_FIND_H
#define MAILCTL_FIND_H

#include "imap_conn.h"
#include "order.h"
#include "query.h"

/*
 * The messages of a mailbox that a query finds, printed as lines or ids in
 * some order.  What the server can do is left to it, in as few round trips as
 * that takes: SORT and THREAD (RFC 5256), and for the last few SEARCH and FETCH
 * with PARTIAL (RFC 9394), pipelined by SEARCHRES (RFC 5182).
 */
struct find {
	struct out *out;
	const char *mailbox;
	struct query query; /* empty: all */
	uint32_t limit;     /* keep the last ones of the order; 0: all */
	bool quiet;         /* ids only */
	enum order_key sort;
	bool reverse, threads;
};

/* An exit code, after what is wrong has been said; EX_NO: nothing is there. */
int find_run(struct imap_conn *ic, const struct find *f);

/* --sort, --reverse and --threads as they were given; an exit code. */
struct find_options {
	const char *sort;
	bool reverse, threads;
};
#define FIND_OPTIONS(o)                                                        \
	{ 0, "sort", OPT_STRING, &(o)->sort, "KEY",                            \
	    "in that order: date, from, size, subject" },                      \
	{ 0, "reverse", OPT_FLAG, &(o)->reverse, NULL,                         \
	    "the other way round" },                                           \
	{ 0, "threads", OPT_FLAG, &(o)->threads, NULL,                         \
	    "answers behind what they answer" }
int find_options(struct find *f, const struct cmd *c,
    const struct find_options *o);

#endif
