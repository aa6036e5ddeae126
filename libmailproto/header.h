/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_HEADER_H
#define MAILPROTO_HEADER_H

#include "buf.h"

/*
 * Header fields of a message or body part (RFC 5322 section 2.2), as they
 * stand, on bytes.  Broken input is walked, never refused: a line that has no
 * colon is a field with an empty name; bare LF ends a line as CRLF does.
 */
struct header_field {
	struct span name;  /* without the colon and what is blank before it, even
			    * a fold or a control */
	struct span value; /* behind the colon, folds and last line end included */
	struct span line;  /* the whole field with its line end(s) */
};

/* Take the next field off *rest.  False: none is left, or the empty line that
 * ends the header was reached (it is left in *rest). */
bool header_next(struct span *rest, struct header_field *f);

/* The first field of that name, ASCII case ignored. */
bool header_find(struct span header, const char *name, struct header_field *f);

/* Bytes of the header block in s[0..n), the empty line included; 0: its end
 * is not in s. */
size_t header_length(struct span s);

/* Append value without line ends, trimmed at both ends; the white space of a
 * fold is kept (RFC 5322 section 2.2.3); NUL and other controls but tab
 * become a space. */
void header_unfold(struct buf *out, struct span value);

/* Append value unfolded, with encoded words decoded (RFC 2047, 2231 language)
 * to valid UTF-8; raw 8-bit is taken as UTF-8, else windows-1252. */
void header_decode(struct buf *out, struct span value);

#endif
