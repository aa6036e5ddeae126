/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_WORDS_H
#define MAILCTL_WORDS_H

#include "buf.h"

/*
 * The words of a line, as a shell splits them: by spaces and tabs; '…' and "…"
 * keep these; a backslash escapes one character, in "…" a quote or another
 * backslash only; "#" where a word may begin starts a comment.  Nothing is
 * expanded.
 */
#define WORDS_MAX 10000

struct words {
	char **word; /* ends with NULL, as argv does */
	int n;
};

/* -1: what is wrong stands in *err; w is empty. */
int words_split(struct words *w, struct span line, struct buf *err);
void words_clear(struct words *w);

#endif
