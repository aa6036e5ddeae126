/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_PROGRESS_H
#define MAILCTL_PROGRESS_H

#include "cmd.h"

/*
 * How far a long command is, on standard error, where that is a terminal, and
 * from the first second on: done and total, messages a second, time left.
 */
struct progress {
	const char *what; /* "INBOX"; shown in front, borrowed */
	uint64_t total, done; /* total 0: not known */
	/* private */
	bool terminal, shown;
	int64_t begun, last; /* milliseconds */
};

/* Whether anything of it would be. */
bool progress_is_seen(const struct cmd *c);

void progress_begin(const struct cmd *c, struct progress *p, const char *what,
    uint64_t total);
void progress_add(struct progress *p, uint64_t n);
/* Take the line off the terminal. */
void progress_end(struct progress *p);

/* The line, for a given time since the beginning. */
void progress_format(struct buf *out, const struct progress *p,
    int64_t milliseconds);

#endif
