/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SEARCH_RETURN_H
#define MAILD_IMAP_SEARCH_RETURN_H

#include "imap_state.h"

/*
 * What a command that searches is asked to return (RFC 4731, with those of RFC
 * 5182, 5267, 6203 and 9394), and the responses that return it.  How the
 * messages were found is no matter here.
 */
enum search_return {
	SEARCH_RETURN_MIN = 1,
	SEARCH_RETURN_MAX = 2,
	SEARCH_RETURN_ALL = 4,
	SEARCH_RETURN_COUNT = 8,
	SEARCH_RETURN_SAVE = 16,
	SEARCH_RETURN_PARTIAL = 32,
	SEARCH_RETURN_CONTEXT = 64, /* a hint, that is not needed */
	SEARCH_RETURN_UPDATE = 128,
	SEARCH_RETURN_RELEVANCY = 256,
};

/* "5:10", or "-10:-5", which counts from the last (RFC 9394). */
struct imap_partial {
	uint32_t lo, hi;
	bool last;
};

/* Take SP and such a range off the arguments, or set the reply and return
 * false. */
bool imap_arg_partial(struct imap *im, struct imap_partial *out);
/* Of n things, which ones: *from .. *to, counted from 0, without *to. */
void imap_partial_pick(const struct imap_partial *p, uint64_t n,
    uint64_t *from, uint64_t *to);

struct search_options {
	bool extended; /* to be answered by ESEARCH */
	unsigned opts; /* of enum search_return */
	struct imap_partial partial;
	struct span update; /* what UPDATE fetches of new messages, or empty */
};

/* Take "RETURN (…)" and the SP behind it, if they are there; so is an SP before
 * them.  False: the reply is set. */
bool search_options_parse(struct imap *im, struct search_options *out);

/* Whether they go with the search, once that has been read.  False: the reply
 * is set. */
bool search_options_check(struct imap *im, const struct search_options *o,
    bool fuzzy);
/* Where the search is refused, the reply set: then SAVE saves nothing, unless
 * it was BAD (RFC 5182 section 2.1).  Returns IMAP_DONE. */
enum imap_result search_options_refuse(struct imap *im,
    const struct search_options *o);

/*
 * Results on their way to the client, written as there is room.  Zeroed, with
 * what is above "private" set, it is ready for search_report_write().
 */
struct search_report {
	struct imap *im;
	const struct search_options *options;
	const char *name; /* of a response that is not extended */
	const struct store_view *view;
	struct span mailbox; /* its name, UTF-8, in the answer; empty: not */
	bool uid;            /* tell UIDs */
	bool modseq;         /* tell the highest MODSEQ */
	/* Sequence numbers in the view, and where order is not NULL, the same in
	 * the order of the results. */
	struct seqset found;
	uint32_t *order;

	/* private */
	int stage;
	bool silent;           /* nothing is written, only saved */
	uint64_t n;            /* how many there are */
	uint64_t from, to, at; /* of the part that is being written */
	struct seqset out;     /* the part, as numbers that are told */
	uint32_t told;         /* of its range at, numbers */
	bool open, any;        /* … and whether its first number is written */
};

/* True: all is written; SAVE has taken effect. */
bool search_report_write(struct search_report *r);
void search_report_clear(struct search_report *r);

#endif
