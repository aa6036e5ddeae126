/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_APPEND_H
#define MAILD_IMAP_APPEND_H

#include "date.h"
#include "imap_state.h"

/*
 * APPEND and REPLACE: messages that come in with a command.
 *
 *	imap_append.c           the commands; bytes as they come
 *	imap_append_text.c      the command's text around them
 *	imap_append_catenate.c  what is copied from other messages
 *
 * A message goes into the store as it comes, never as a whole through memory.
 */
#define APPEND_MESSAGES 1000 /* of one command */
/* Of each message the store holds so much until all are committed … */
#define APPEND_HELD     ENGINE_BLOB_WINDOW
#define APPEND_HELD_MAX ((uint64_t)16 << 20) /* … and of all no more */

/* Of a message's header, as far as it has come. */
struct append_header {
	bool in_line; /* its last line has bytes */
	bool ended;   /* by an empty line */
	bool has_8bit;
};

struct append_message {
	size_t flags_at; /* where its flags stand in frame.cmd; 0: it has none */
	struct mail_date date;
	bool catenated; /* of several parts … */
	size_t parts;   /* … of which so many have begun */
	uint64_t size;  /* of what came and is announced */
	struct append_header header;
	struct store_message *stored;
};

/* A part of it that is copied: bytes of a message, or made of its header. */
struct append_copy {
	struct buf url; /* for BADURL, as the client wrote it */
	struct store_mailbox mailbox;
	uint32_t uid;
	struct buf text;
	bool made;
	uint64_t off, left;
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
	uint64_t copied; /* of all, from other messages */
	struct append_copy copy;
	bool whole;     /* no literal is announced: frame.cmd ends here */
	bool refused;   /* the reply is set; the rest is read and forgotten */
	bool utf8;      /* ")" stands behind the literal */
	bool nul;       /* the message holds NUL */
	bool full;      /* until the store has written some */
	bool replaces_filed; /* what was filed of it (sent.h) … */
	bool again;          /* … and is gone */
	enum { APPEND_COPY, APPEND_LITERAL, APPEND_TAIL, APPEND_STORED } step;
};

/*
 * Read on in the command's text, up to what is to be copied, to the header of
 * the literal that comes next or, where it is whole, to its end.
 * APPEND_REFUSED: the reply is set.
 */
enum append_next {
	APPEND_REFUSED,
	APPEND_COPIES,
	APPEND_BYTES,
	APPEND_END
};
enum append_next append_text(struct imap *im, struct append *a);

/* Whether so many bytes more may come.  False: the reply is set. */
bool append_admit(struct imap *im, struct append *a, uint64_t size);
/* Put them into the message, of which NUL is no part; may set full. */
void append_write(struct append *a, struct span s);

/* The URL of a part: find it, to be copied.  False: the reply is set. */
bool append_url(struct imap *im, struct append *a, struct span url);
/* Copy as much of it as the store takes, for as long as the turn is. */
enum append_copied {
	APPEND_COPY_REFUSED, /* the reply is set */
	APPEND_COPY_WAITS,   /* for the store */
	APPEND_COPY_PAUSES,
	APPEND_COPY_DONE,
};
enum append_copied append_copy(struct imap *im, struct append *a);
void append_copy_clear(struct append_copy *c);

/* For store_message_new(): the store takes more. */
void append_drained(void *arg);

#endif
