/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SMTP_DATA_H
#define MAILPROTO_SMTP_DATA_H

#include "buf.h"

/*
 * The text of a message between DATA and its end (RFC 5321 section 4.5.2).
 */

enum smtp_data_event {
	SMTP_DATA_MORE, /* all input was taken */
	SMTP_DATA_END,  /* <CRLF>.<CRLF> was taken; the rest is commands */
	SMTP_DATA_BARE, /* a bare CR or LF stood there (strict only); decoding
			 * can go on, so that the end is still found */
};

/* Takes the dots away.  A zeroed struct is a start; nothing but
 * <CRLF>.<CRLF> ends the text. */
struct smtp_data_reader {
	int state;
	bool bare; /* a bare CR or LF has been seen */
};

/* Append decoded bytes to out; *used says how many of s were taken. */
enum smtp_data_event smtp_data_read(struct smtp_data_reader *r, struct span s,
    struct buf *out, size_t *used);

/* Whether a CR or LF stands alone in text that comes in pieces without dots
 * (BDAT).  A zeroed struct is a start. */
struct smtp_data_lines {
	bool after_cr;
};
/* True: there is one.  With the last piece: also a CR at its end. */
bool smtp_data_bare(struct smtp_data_lines *l, struct span s, bool last);

/* Puts them in.  Line ends go out as CRLF whatever they are; call _end() for
 * the final dot. */
struct smtp_data_writer {
	int state;
};
void smtp_data_write(struct smtp_data_writer *w, struct buf *out,
    struct span s);
void smtp_data_write_end(struct smtp_data_writer *w, struct buf *out);

#endif
