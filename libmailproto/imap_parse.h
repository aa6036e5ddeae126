/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_PARSE_H
#define MAILPROTO_IMAP_PARSE_H

#include <sys/types.h>

#include "buf.h"
#include "seqset.h"

/*
 * IMAP commands (RFC 9051 section 9, RFC 3501 section 9), server side, in two
 * steps.  The framer finds where a command ends, literals included, within
 * hard limits; the cursor then reads its arguments in place.
 *
 * A framed command is the bytes as they came, literals as "{5}\r\nhello",
 * without the final CRLF.
 */

struct imap_limits {
	size_t line;    /* command bytes in all, literals and CRLF included;
			 * streamed literals do not count */
	size_t literal; /* one literal that is not streamed */
	unsigned depth; /* open parentheses */
};

enum imap_frame_event {
	IMAP_FRAME_MORE,    /* all input was taken; more is needed */
	IMAP_FRAME_SYNC,    /* a synchronizing literal: send "+", go on */
	IMAP_FRAME_STREAM,  /* a literal that the command wants as a stream:
			     * literal_size raw bytes follow; take them off the
			     * input yourself, then call imap_frame_resume() */
	IMAP_FRAME_DONE,    /* a whole command is in cmd */
	IMAP_FRAME_TOOLONG, /* over a limit: cmd holds the beginning; the rest of
			     * the command was skipped */
	IMAP_FRAME_TOOBIG,  /* a literal over the limit, not synchronizing: its
			     * bytes are coming, so the connection must end;
			     * a synchronizing one is IMAP_FRAME_TOOLONG */
};

/*
 * A zeroed framer with limits set is ready.  stream, where not NULL, is asked
 * at each literal header whether the command wants that literal as a stream:
 * it gets the bytes of the command up to the literal's '{'.
 */
struct imap_frame {
	struct imap_limits limits;
	bool (*stream)(void *arg, struct span so_far);
	void *arg;

	struct buf cmd;
	uint64_t literal_size; /* of SYNC and STREAM */
	bool literal_sync;     /* of STREAM: it waits for "+" */
	/* private */
	int state, header;
	uint64_t want; /* of a literal: its size, then the bytes to come */
	size_t header_at;
	unsigned depth;
	bool quoted, escaped, plus, over;
};

/* Take bytes off s; *used says how many.  A bare LF ends a line as CRLF does.
 * After DONE and TOOLONG comes imap_frame_next(). */
enum imap_frame_event imap_frame_feed(struct imap_frame *f, struct span s,
    size_t *used);
/* The streamed literal is through: what follows belongs to the command.  In cmd
 * its place holds "{n}\r\n" and no bytes. */
void imap_frame_resume(struct imap_frame *f);
/* Ready for the next command; limits and callback stay.  Wipes the old one:
 * LOGIN holds a password. */
void imap_frame_next(struct imap_frame *f);
void imap_frame_clear(struct imap_frame *f);

/*
 * The cursor.  Each function takes one element off the front and returns true,
 * or leaves the cursor where it was and returns false; spans lie in the
 * framed command, but for quoted strings with escapes, which are copied into
 * scratch: clear it when the command is done with, not before.
 */
struct imap_cursor {
	const char *p, *end;
	struct buf *scratch; /* NULL: quoted strings keep their escapes */
	bool utf8; /* bytes over 127 in quoted strings are allowed; whether
		    * they are UTF-8 is for whoever takes the string */
	bool strict; /* those must be UTF-8 (RFC 6855 section 3) */
	bool nul;  /* NUL in literals is allowed */
};

bool imap_sp(struct imap_cursor *c);
bool imap_char(struct imap_cursor *c, char ch);
bool imap_peek(const struct imap_cursor *c, char ch);
bool imap_end(const struct imap_cursor *c);
bool imap_tag(struct imap_cursor *c, struct span *out);
bool imap_atom(struct imap_cursor *c, struct span *out);
/* An atom equal to word, ASCII case ignored. */
bool imap_word(struct imap_cursor *c, const char *word);
bool imap_string(struct imap_cursor *c, struct span *out); /* quoted, literal */
/* NIL: out->p is NULL. */
bool imap_nstring(struct imap_cursor *c, struct span *out);
bool imap_astring(struct imap_cursor *c, struct span *out);
bool imap_list_mailbox(struct imap_cursor *c, struct span *out);
bool imap_number(struct imap_cursor *c, uint32_t *out);
bool imap_number64(struct imap_cursor *c, uint64_t *out);
bool imap_seqset(struct imap_cursor *c, struct seqset *out); /* not "$" */
bool imap_flag(struct imap_cursor *c, struct span *out); /* with its '\' */
/* The "{n}" or "{n+}" of a streamed literal, CRLF included. */
bool imap_literal_header(struct imap_cursor *c, uint64_t *size);

#endif
