/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_APPEND_H
#define MAILD_IMAP_APPEND_H

#include "date.h"
#include "imap_state.h"

/*
 * APPEND and REPLACE: messages that come in with a command.
 *
 *	imap_append.c        the commands; bytes as they come
 *	imap_append_text.c   the command's text around them
 *
 * A message goes into the store as it comes, never as a whole through memory.
 */
#define APPEND_MESSAGES 1000 /* of one command */
/* Of each message the store holds so much until all are committed … */
#define APPEND_HELD     ENGINE_BLOB_WINDOW
#define APPEND_HELD_MAX ((uint64_t)16 << 20) /* … and of all no more */

struct append_message {
	size_t flags_at; /* where its flags stand in frame.cmd; 0: it has none */
	struct mail_date date;
	bool utf8; /* it comes as "UTF8 (...)" */
	uint64_t size;
	struct store_message *stored;
};

struct append {
	struct store_mailbox mailbox;
	uint32_t replaces; /* REPLACE: that UID of the selected mailbox */
	struct append_message *message;
	size_t n;
	size_t at;      /* so far frame.cmd has been read */
	bool begun;     /* its mailbox has been */
	bool open;      /* the last message is coming in */
	uint64_t left;  /* bytes of its literal to come */
	uint64_t total; /* of all messages */
	uint64_t held;  /* of them, in memory */
	bool refused;   /* the reply is set; the rest is read and forgotten */
	bool nul;       /* the message holds NUL */
	bool full;      /* until the store has written some */
	enum { APPEND_LITERAL, APPEND_TAIL, APPEND_STORED } step;
};

/*
 * Read on in the command's text, up to the header of the literal that follows
 * or, where whole, to its end.  APPEND_REFUSED: the reply is set.
 */
enum append_next { APPEND_REFUSED, APPEND_BYTES, APPEND_END };
enum append_next append_text(struct imap *im, struct append *a, bool whole);

/* For store_message_new(): the store takes more. */
void append_drained(void *arg);

#endif
