/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SEARCH_H
#define MAILD_IMAP_SEARCH_H

#include "imap_message.h"
#include "imap_state.h"
#include "msgtext.h"

/*
 * SEARCH (RFC 3501 section 6.4.4): imap_search_parse.c makes a program of the
 * keys, imap_search_match.c runs it on a message, imap_search.c walks the
 * messages.
 *
 * A program is the keys as they were written: operators before their operands,
 * so that neither reading nor running it takes recursion, however deep it is.
 */
#define SEARCH_KEYS_MAX  1024
#define SEARCH_TEXTS_MAX 64                  /* of TEXT and BODY */
#define SEARCH_NEEDLES   ((size_t)1 << 18)   /* bytes of all, folded */

enum search_op {
	SEARCH_AND, /* of argc keys; so is the whole */
	SEARCH_OR,
	SEARCH_NOT,
	SEARCH_ALL,
	SEARCH_FLAG,
	SEARCH_KEYWORD,
	SEARCH_RECENT,
	SEARCH_NEW,
	SEARCH_SET, /* message numbers; UID sets become that */
	SEARCH_BEFORE,
	SEARCH_ON,
	SEARCH_SINCE,
	SEARCH_SENTBEFORE,
	SEARCH_SENTON,
	SEARCH_SENTSINCE,
	SEARCH_LARGER,
	SEARCH_SMALLER,
	SEARCH_HEADER,
	SEARCH_BODY,
	SEARCH_TEXT,
	SEARCH_MODSEQ, /* at least; RFC 7162 section 3.1.5 */
};

/* Of a message, so far as is known without looking deeper into it. */
enum search_value { SEARCH_NO, SEARCH_YES, SEARCH_UNKNOWN };

struct search_key {
	enum search_op op;
	bool negated;        /* of flags, keywords and \Recent */
	uint32_t flag;       /* of FLAG */
	uint32_t argc;       /* of AND */
	uint64_t number;     /* of sizes and MODSEQ */
	int64_t day;         /* of dates: since 1970-01-01 */
	struct span name;    /* of HEADER, KEYWORD; in the command's bytes */
	size_t needle, needle_len; /* in needles */
	struct seqset set;
	struct msgtext_match *match; /* of BODY and TEXT */
	int keyword;         /* its index at the moment, or -1 */
	enum search_value value;
};

struct search {
	struct imap *im;
	struct search_key *key;
	size_t nkeys, cap;
	unsigned ntexts;
	struct buf needles, scratch;
	struct span charset; /* of the strings; empty: UTF-8 */
	bool cold;           /* a key needs cold columns */
	bool keywords;       /* a key is a keyword */
	bool modseq;         /* a key is MODSEQ, so the answer has one */
	enum search_value *stack; /* nkeys long */

	uint64_t next;         /* sequence number to go on at */
	struct seqset found;   /* sequence numbers */
	uint64_t highest;      /* MODSEQ of those */
	bool expunged, failed;
	bool begun;            /* the answer */
	uint64_t at;           /* in it */
	struct imap_message m;
};

/* Read charset and keys.  False: the reply is set. */
bool search_parse(struct imap *im, struct search *s);
void search_clear(struct search *s);

/* At the beginning of each turn: where the keywords are now. */
void search_resolve(struct search *s);
/*
 * Does s->m, loaded, match?  Sets *deep where its bytes had to be read.  A
 * message that cannot be read does not match, and sets s->failed.
 */
bool search_match(struct search *s, uint32_t seq, bool *deep);

#endif
