/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_OUTGOING_H
#define MAILCTL_OUTGOING_H

#include "compose.h"
#include "imap_conn.h"
#include "login.h"

/*
 * A message on its way out: made, addressed, submitted, and filed as sent.
 * Functions that return int give 0, or an exit code after they have said what
 * is wrong.
 */
#define OUTGOING_MAX ((size_t)256 << 20)

struct outgoing {
	struct cmd *cmd;
	struct login *login;
	struct imap_conn *conn; /* one that is open; NULL: none is */
	/* options */
	const char *from, *sender; /* the author; the envelope's sender */
	struct opt_list attach;    /* files */
	const char *body;          /* NULL: standard input */
	bool no_copy;
	/* the message */
	struct buf filed;   /* with Bcc, as it goes to Sent */
	struct buf message; /* without */
	struct compose_rcpts rcpts;
};

#define OUTGOING_OPTS(o)                                                       \
	{ 0, "body", OPT_STRING, &(o)->body, "TEXT",                           \
	    "the text; else it is read from standard input" },                 \
	{ 'a', "attach", OPT_LIST, &(o)->attach, "FILE", "attach FILE" },      \
	{ 0, "from", OPT_STRING, &(o)->from, "ADDRESS", "who writes it" },     \
	{ 0, "no-copy", OPT_FLAG, &(o)->no_copy, NULL,                         \
	    "file no copy in the mailbox for sent mail" }

/* Who writes: --from, the account's, or the user where that is an address;
 * NULL: nobody is known. */
const char *outgoing_author(const struct outgoing *o);

/* The author's address alone, for the caller to free; or NULL. */
char *outgoing_self(const struct outgoing *o);

/* The text that goes with it: --body, or what stands on standard input. */
int outgoing_text(const struct outgoing *o, struct buf *text);
int outgoing_stdin(const struct outgoing *o, struct buf *out);

/* Make the message of m and the files; its author, date and unique are filled
 * in, and so are its attachments behind those that it has. */
int outgoing_compose(struct outgoing *o, struct compose *m);

/* Whom it goes to: the words, and with header those of its fields. */
int outgoing_rcpts(struct outgoing *o, int argc, char **argv, bool header);

int outgoing_submit(struct outgoing *o);
void outgoing_clear(struct outgoing *o);

#endif
