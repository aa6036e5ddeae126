/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_CHARSET_H
#define MAILPROTO_CHARSET_H

#include "buf.h"

/*
 * Character sets (RFC 2046 section 4.1.2), by iconv(3), to UTF-8.
 */

/* True when name is known (so that SEARCH CHARSET can answer BADCHARSET). */
bool charset_known(struct span name);

/* Strict: append s, of charset name, as UTF-8.  -1: unknown charset or bytes
 * that are invalid in it; nothing is appended. */
int charset_to_utf8(struct buf *out, struct span name, struct span s);

/*
 * Tolerant and streaming, for text to search or show: invalid bytes become
 * U+FFFD; an unknown, empty or plainly wrong label is taken as UTF-8 where
 * the bytes are that, else as windows-1252.  Output is always valid UTF-8.
 */
struct charset_stream;
struct charset_stream *charset_open(struct span name);
void charset_stream(struct charset_stream *cs, struct buf *out, struct span s);
void charset_end(struct charset_stream *cs, struct buf *out);
void charset_close(struct charset_stream *cs);

/* RFC 3629: no overlong forms, no surrogates, at most U+10FFFF. */
bool utf8_valid(struct span s);

/* Append s with every invalid sequence replaced by U+FFFD. */
void utf8_scrub(struct buf *out, struct span s);

#endif
