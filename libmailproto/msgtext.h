/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MSGTEXT_H
#define MAILPROTO_MSGTEXT_H

#include "buf.h"
#include "mime.h"
#include "msgsrc.h"

/*
 * The searchable text of a message: transfer encodings and charsets undone,
 * folded by casefold().  What SEARCH, the index and snippets are made of.
 */

/* A consumer of text in pieces; a piece ends at a character.  Non-zero return
 * stops the walk. */
typedef int (*msgtext_fn)(void *arg, struct span folded);

enum msgtext_what {
	MSGTEXT_BODY = 1,    /* text and message bodies, part headers */
	MSGTEXT_HEADERS = 2, /* the message's own header, decoded */
};

/*
 * Walk the text.  Between parts, and between fields, stands a line feed, so
 * that nothing matches across them.  A field is "Name: value"; a file name
 * that is encoded after RFC 2231 follows its field in clear.  Returns 0, what
 * fn returned, or -1: the bytes cannot be read.
 */
int msgtext_walk(const struct mime_tree *t, const struct msgsrc *src,
    unsigned what, msgtext_fn fn, void *arg);

/*
 * Does folded needle stand in a stream of pieces?  The matcher keeps state
 * across pieces, linear time (KMP or two-way).
 */
#define MSGTEXT_NEEDLE_MAX 4096

struct msgtext_match;
/* NULL: the needle is longer than MSGTEXT_NEEDLE_MAX. */
struct msgtext_match *msgtext_match_new(struct span folded_needle);
/* As msgtext_fn: 1 once found.  An empty needle is found in any piece. */
int msgtext_match_feed(void *match, struct span folded);
void msgtext_match_reset(struct msgtext_match *m);
void msgtext_match_free(struct msgtext_match *m);

/* Append the decoded (not folded) text of one leaf part as UTF-8, at most max
 * bytes: for show and preview.  -1: the bytes cannot be read. */
int msgtext_part(struct buf *out, const struct mime_tree *t, uint32_t part,
    const struct msgsrc *src, size_t max);

/* Append the bytes of one leaf part with the transfer encoding undone.  -1: the
 * bytes cannot be read. */
int msgtext_decode_part(struct buf *out, const struct mime_tree *t,
    uint32_t part, const struct msgsrc *src);

#endif
