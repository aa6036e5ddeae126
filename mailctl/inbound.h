/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_INBOUND_H
#define MAILCTL_INBOUND_H

#include "appender.h"
#include "fingerprint.h"

/*
 * Messages from files into a mailbox: it is made if it lacks, and what it
 * holds already is passed over.  Functions that return int give 0 or an exit
 * code.
 */
struct inbound {
	struct imap_conn *conn;
	const char *mailbox;
	bool dry_run;
	bool doubles; /* pass nothing over */
	/* filled: messages */
	uint64_t wanted, skipped;
	struct appender appender; /* appended, refused */
	/* private */
	struct fingerprints there;
	char *mark;      /* uploading.h … */
	bool uploading;  /* … which stands */
	char *permanent; /* flags that the mailbox keeps */
	struct buf lost; /* … and those that it does not */
};

int inbound_open(struct inbound *in);
int inbound_add(struct inbound *in, const char *flags, struct mail_date date,
    struct span body);
/* What was added still goes, unless the connection is lost.  status is what
 * went wrong before, or 0; with 0, refused messages are EX_DATAERR. */
int inbound_close(struct inbound *in, int status);
void inbound_clear(struct inbound *in);

#endif
