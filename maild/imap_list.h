/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_LIST_H
#define MAILD_IMAP_LIST_H

#include "imap_metadata.h"
#include "imap_pattern.h"
#include "imap_state.h"
#include "imap_status.h"

/*
 * What the files of LIST and LSUB share.
 *
 *	imap_list.c       the commands, and their answers
 *	imap_list_parse.c their arguments (RFC 5258 section 6)
 *	imap_list_match.c which names are told
 */
#define LIST_PATTERNS_MAX 32 /* of one command */

enum list_select { /* what a name must be to be listed */
	LIST_SUBSCRIBED = 1,
	LIST_REMOTE = 2, /* or remote: there are none here */
	LIST_RECURSIVE = 4,
	LIST_SPECIAL = 8,
};

enum list_return { /* what is told of it besides */
	LIST_RETURN_SUBSCRIBED = 1,
	LIST_RETURN_CHILDREN = 2,
	LIST_RETURN_SPECIAL = 4,
	LIST_RETURN_STATUS = 8,
	LIST_RETURN_METADATA = 16,
	LIST_RETURN_MYRIGHTS = 32,
};

struct list_name {
	size_t off, len; /* in names */
	size_t parent;   /* its entry, where parents are looked at */
	bool exists, subscribed, children;
	bool noselect; /* it exists, yet cannot be read */
	bool fits;     /* one of the patterns */
	bool meets;    /* what is selected */
	bool below;    /* something below it meets that … */
	bool alone;    /* … and fits no pattern: only this name tells of it */
	unsigned use;
	struct store_mailbox mailbox;
};

struct listing {
	bool lsub;
	bool extended; /* RFC 5258 section 1: the client knows of it */
	unsigned select, returns, status;
	struct imap_entries entries;
	struct span text[LIST_PATTERNS_MAX]; /* as they came */
	struct imap_pattern *pattern;
	size_t npatterns;
	bool parents; /* names are told for the sake of what lies below */
	struct buf names;
	struct list_name *name;
	size_t len, cap, at;
	struct imap_status_answer answer; /* of the name in hand */
};

/* All behind the command's name, into text and the options; name[0] is the
 * reference.  False: the reply is set. */
bool list_parse(struct imap *im, struct listing *l);
/* Make text, behind the reference, patterns. */
void list_patterns(struct imap *im, struct listing *l);

/* Take in all names, in the order in which they are told. */
enum store_status list_gather(struct imap *im, struct listing *l);
/* Whether this one is told. */
bool list_tells(const struct listing *l, const struct list_name *n);
struct span list_name_at(const struct listing *l, const struct list_name *n);

void list_clear(struct listing *l);

#endif
