/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_LEX_H
#define MAILPROTO_LEX_H

#include "buf.h"

/*
 * Lexical pieces that structured header fields share (RFC 5322 section 3.2).
 * They work on unfolded text: without CR, LF and NUL (header_unfold).
 */

/* Bytes of the comment, quoted string or domain literal that begins with the
 * "(", """ or "[" at s.p[0], its end included; 0: it is never closed. */
size_t lex_comment(struct span s);
size_t lex_quoted(struct span s);
size_t lex_literal(struct span s);

/* Append the inside of a comment or quoted string, quoted pairs undone. */
void lex_unquote(struct buf *out, struct span inside);

bool lex_wsp(char c);

/* A byte of an RFC 5322 atom; 8-bit counts as one (RFC 6532). */
bool lex_atext(char c);

/* Turn what was decoded into out from offset from on into one line of text:
 * control characters become spaces. */
void lex_blank_controls(struct buf *out, size_t from);

#endif
