/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAIL_SOURCE_H
#define MAILCTL_MAIL_SOURCE_H

#include "cmd.h"
#include "date.h"

/*
 * Where import reads: an mbox file, a Maildir, a folder of .eml files, one
 * message, or either file on standard input ("-").
 */
struct source_message {
	const char *where; /* for messages about it */
	struct span body;  /* with CRLF line ends */
	struct mail_date date;
	const char *flags; /* as mail_flags.h says */
};

/* m lives as long as the call.  Returns 0 or the exit code to end with. */
typedef int (*source_fn)(void *arg, const struct source_message *m);

/* Returns 0, what fn returned, or an exit code.  An interrupt ends it. */
int mail_source_read(const struct cmd *c, const char *path, source_fn fn,
    void *arg);

/*
 * How many messages that would be; of standard input 0: not known.  A large
 * mbox takes its time, since it is read to its end.  Returns as above.
 */
int mail_source_count(const struct cmd *c, const char *path, uint64_t *count);

#endif
