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

/* Append mark and c in two hex digits: "=C3", "%C3". */
void lex_add_hex(struct buf *out, char mark, char c);

/* The byte that two hex digits behind s.p[0] stand for, or -1. */
int lex_hex_pair(struct span s);

bool lex_wsp(char c);

/* A byte of an RFC 5322 atom; 8-bit counts as one (RFC 6532). */
bool lex_atext(char c);

/*
 * The tokens of a field, one after the other.  What opens a comment or
 * quoted string that is never closed counts as white space, an open "[" comes
 * as a character.  A zeroed struct with rest set is a start; the time is linear
 * whatever comes.
 */
enum lex_kind { LEX_WORD, LEX_QUOTED, LEX_CHAR };

struct lex_token {
	enum lex_kind kind;
	struct span text; /* atom or [literal]; of a quoted string its inside */
	char c;           /* of a LEX_CHAR, else NUL */
	bool spaced;      /* white space or a comment stood before it */
};

struct lexer {
	struct span rest;
	struct span comment; /* inside of the last one, until it is reset */
	bool no_comment, no_quoted, no_literal;
};

/* False: none is left. */
bool lex_next(struct lexer *l, struct lex_token *t);

/* Append the text of a token, quoted pairs undone. */
void lex_text(struct buf *out, const struct lex_token *t);

/* Turn what was decoded into out from offset from on into one line of text:
 * control characters become spaces. */
void lex_blank_controls(struct buf *out, size_t from);

#endif
