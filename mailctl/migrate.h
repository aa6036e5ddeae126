/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MIGRATE_H
#define MAILCTL_MIGRATE_H

#include "mailbox_names.h"

/*
 * One mailbox from a server to another.  Nothing is remembered between runs:
 * what is there already is found out by size and header, so that it can be
 * stopped at any time and run again, and again while mail still comes in.
 */
struct migration {
	struct imap_conn *from, *to;
	const char *source, *target; /* mailboxes */
	bool exists;  /* target does */
	bool dry_run;
	/* filled: messages */
	uint64_t total, copied, skipped, refused;
	uint64_t updated; /* of those that were there: got other flags */
	bool complete;    /* all are there now */
};

/* Returns 0 or an exit code. */
int migrate_mailbox(struct migration *m);

#endif
