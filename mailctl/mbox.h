/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MBOX_H
#define MAILCTL_MBOX_H

#include <stdio.h>

#include "date.h"

/*
 * mbox files (RFC 4155) with the quoting of mboxrd: a line that begins with
 * any number of ">" and "From " has one ">" more in the file, so that nothing
 * is lost.  The file has LF line ends, a message has CRLF.
 *
 * Flags stand in the fields Status, X-Status and X-Keywords.  Written, they
 * are the first ones of the header, and X-Exported behind them names the
 * message; these four are taken off again, so that a message comes back byte
 * for byte.  Where that field lacks, nothing is taken off.
 */
#define MBOX_MESSAGE_MAX ((size_t)256 << 20)
#define MBOX_ID_MAX      100

struct mbox_message {
	struct span body;
	struct mail_date date; /* of the From line */
	char *flags;           /* as mail_flags.h says; the parser's */
	struct span id;        /* of X-Exported: see mbox_write() */
};

/* A zeroed parser with fn set is ready. */
struct mbox_parser {
	/* m lives as long as the call.  Not 0: end parsing with that. */
	int (*fn)(void *arg, const struct mbox_message *m);
	void *arg;
	uint64_t start; /* in the file: where the message begins */
	bool blank;     /* the last line was empty */
	/* private */
	struct buf line, message;
	struct mail_date date;
	uint64_t at;
	bool open, crlf;
};

/* Returns 0, what fn returned, or -1: it is no mbox, or a message is larger
 * than MBOX_MESSAGE_MAX. */
int mbox_feed(struct mbox_parser *p, struct span s);
int mbox_end(struct mbox_parser *p); /* the file ends here */
void mbox_clear(struct mbox_parser *p);

/* A line that begins a message; *date is its date. */
bool mbox_from_line(struct span line, struct mail_date *date);

/* Append the message's lines up to its body's: From, the four fields. id: what
 * names it, up to MBOX_ID_MAX bytes without white space. */
void mbox_write_head(struct buf *out, struct span body, struct mail_date date,
    const char *flags, const char *id);
/* Its bytes, quoted, and the empty line.  -1: errno says why. */
int mbox_write_body(FILE *file, struct span body);
/* How many bytes that body has when it is read again: its lines get CRLF. */
uint64_t mbox_size(struct span body);

#endif
