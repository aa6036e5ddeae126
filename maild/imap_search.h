/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SEARCH_H
#define MAILD_IMAP_SEARCH_H

#include "imap_message.h"
#include "imap_state.h"
#include "msgtext.h"

/*
 * What SEARCH finds (RFC 3501 section 6.4.4): imap_search_parse.c makes a
 * program of the keys, imap_search_match.c runs it on a message,
 * imap_search_scan.c walks those that imap_search_index.c and, where it says
 * nothing, imap_search_rows.c leave.  What is made of it is for
 * imap_search_return.h and the commands.
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
	SEARCH_SET, /* message numbers */
	SEARCH_UID,
	SEARCH_BEFORE,
	SEARCH_ON,
	SEARCH_SINCE,
	SEARCH_SENTBEFORE,
	SEARCH_SENTON,
	SEARCH_SENTSINCE,
	SEARCH_SAVEDBEFORE, /* RFC 8514 */
	SEARCH_SAVEDON,
	SEARCH_SAVEDSINCE,
	SEARCH_EMAILID, /* RFC 8474 */
	SEARCH_THREADID,
	SEARCH_LARGER,
	SEARCH_SMALLER,
	SEARCH_HEADER,
	SEARCH_BODY,
	SEARCH_TEXT,
	SEARCH_MODSEQ, /* at least; RFC 7162 section 3.1.5 */
	SEARCH_OLDER,  /* seconds; RFC 5032 */
	SEARCH_YOUNGER,
};

/* Of a message, so far as is known without looking deeper into it. */
enum search_value { SEARCH_NO, SEARCH_YES, SEARCH_UNKNOWN };

struct search_key {
	enum search_op op;
	bool negated;        /* of flags, keywords and \Recent */
	uint32_t flag;       /* of FLAG */
	uint32_t argc;       /* of AND */
	uint64_t number;     /* of sizes, ages and MODSEQ */
	int64_t day;         /* of dates: since 1970-01-01 */
	struct span name;    /* of HEADER, KEYWORD, object identifiers; in the
			      * command's bytes */
	size_t needle, needle_len; /* in needles */
	struct seqset set;
	struct msgtext_match *match; /* of BODY and TEXT */
	uint64_t *maybe;     /* of texts: which messages may match, by number
			      * from 0 on; NULL: any */
	int keyword;         /* its index at the moment, or -1 */
	enum search_value value;
};

struct search_bounds;
struct store_narrow;
struct search {
	struct imap *im;
	const struct store_view *view; /* what is searched */
	int64_t now;                   /* for ages, seconds */
	struct search_key *key;
	size_t nkeys, cap;
	unsigned ntexts;
	struct buf needles, scratch;
	struct span charset; /* of the strings; empty: UTF-8 */
	bool cold;           /* a key needs cold columns */
	bool keywords;       /* a key is a keyword */
	bool modseq;         /* a key is MODSEQ, so the answer has one */
	bool fuzzy;          /* a key is FUZZY */
	bool marker;         /* a key is "$" */
	bool fixed;          /* message numbers have become UIDs */
	enum search_value *stack; /* nkeys long */
	struct search_bounds *bounds; /* private to imap_search_rows.c */

	uint64_t slice;        /* when this turn began, ms */
	size_t asked, nasked;  /* keys that the index was asked for */
	struct store_narrow *narrow; /* of the key that it is asked for */
	uint64_t *maybe;       /* which messages may match, as in a key */
	size_t nmaybe;         /* messages that the index was asked for */
	uint64_t next;         /* sequence number to go on at */
	struct seqset found;   /* sequence numbers */
	bool expunged, failed;
	struct imap_message m;
};

/* Of a zeroed one.  view must stay where it is. */
void search_begin(struct search *s, struct imap *im,
    const struct store_view *view);
/* Read charset and keys off the arguments.  False: the reply is set. */
bool search_parse(struct search *s);
/* The same where a charset must come first (RFC 5256). */
bool search_parse_charset(struct search *s);
/* Messages are what they are now, whatever their numbers will be. */
void search_fix(struct search *s);
/* Go on; true: all that matches is in found. */
bool search_run(struct search *s);
void search_clear(struct search *s);

/* At the beginning of each turn: where the keywords are now. */
void search_resolve(struct search *s);
/* It was long enough. */
bool search_turn_over(const struct search *s);
/*
 * Load a message, and see whether it matches: within imap_message_begin() and
 * imap_message_end(), and after search_resolve().
 */
enum store_status search_message(struct search *s, uint32_t seq, bool *matches,
    bool *deep);
/*
 * Does s->m, loaded, match?  Sets *deep where its bytes had to be read.  A
 * message that cannot be read does not match, and sets s->failed.
 */
bool search_match(struct search *s, uint32_t seq, bool *deep);

/* ---- imap_search_index.c ---- */

/* Go on asking, within store_begin() and store_end(); true: all is known. */
bool search_index_ask(struct search *s);
/* The first message from seq on that may match, or one past the last. */
uint64_t search_index_next(const struct search *s, uint64_t seq);
/* The message does not match that key, of a text. */
bool search_index_excludes(const struct search *s, const struct search_key *k,
    uint32_t seq);
/* What is known is good for the numbers that messages had then. */
void search_index_forget(struct search *s);

#endif
