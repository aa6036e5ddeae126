/* SPDX-License-Identifier: ISC */
#include "lex.h"

size_t
lex_comment(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\\':
			i++;
			break;
		case '(':
			depth++;
			break;
		case ')':
			if (--depth == 0)
				return i + 1;
			break;
		}
	}
	return 0;
}

static size_t
delimited(struct span s, char close)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close)
			return i + 1;
	}
	return 0;
}

size_t
lex_quoted(struct span s)
{
	return delimited(s, '"');
}

size_t
lex_literal(struct span s)
{
	return delimited(s, ']');
}

void
lex_unquote(struct buf *out, struct span inside)
{
	char *to = buf_reserve(out, inside.n);

	if (to == NULL)
		return;
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '\\' && i + 1 < inside.n)
			i++;
		*to++ = inside.p[i];
	}
	*to = '\0';
	out->len = (size_t)(to - out->data);
}

void
lex_add_hex(struct buf *out, char mark, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	char text[3] = { mark, digits[(unsigned char)c >> 4], digits[c & 15] };

	buf_add(out, text, sizeof(text));
}

int
lex_hex_pair(struct span s)
{
	int high, low;

	if (s.n < 3)
		return -1;
	high = ascii_hex(s.p[1]);
	low = ascii_hex(s.p[2]);
	return high >= 0 && low >= 0 ? high << 4 | low : -1;
}

bool
lex_wsp(char c)
{
	return c == ' ' || c == '\t';
}

bool
lex_atext(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f &&
	    strchr("()<>[]:;@\\,.\"", c) == NULL;
}

void
lex_blank_controls(struct buf *out, size_t from)
{
	for (size_t i = from; i < out->len; i++) {
		if ((unsigned char)out->data[i] < ' ' || out->data[i] == 0x7f)
			out->data[i] = ' ';
	}
}

/*
 * Bytes of what is delimited at s.p[0], or 0 when it is not closed.  Then
 * nothing behind it of its kind is: *none keeps the rest from being searched
 * again and again.
 */
static size_t
closed(struct span s, size_t (*length)(struct span), bool *none)
{
	size_t n = *none ? 0 : length(s);

	*none = n == 0;
	return n;
}

static void
advance(struct lexer *l, size_t n)
{
	l->rest.p += n;
	l->rest.n -= n;
}

/* Bytes of white space or of one comment at hand; a comment or quoted string
 * that is never closed leaves its first character as white space. */
static size_t
blank_length(struct lexer *l)
{
	struct span s = l->rest;
	size_t n;

	if (s.n == 0)
		return 0;
	switch (s.p[0]) {
	case ' ':
	case '\t':
		return 1;
	case '(':
		n = closed(s, lex_comment, &l->no_comment);
		if (n == 0)
			return 1;
		l->comment = span_sub(s, 1, n - 2);
		return n;
	case '"':
		return closed(s, lex_quoted, &l->no_quoted) > 0 ? 0 : 1;
	default:
		return 0;
	}
}

static bool
skip_blank(struct lexer *l)
{
	bool any = false;
	size_t n;

	while ((n = blank_length(l)) > 0) {
		advance(l, n);
		any = true;
	}
	return any;
}

static size_t
atom_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && lex_atext(s.p[n]))
		n++;
	return n;
}

bool
lex_next(struct lexer *l, struct lex_token *t)
{
	struct span s;
	size_t n;

	*t = (struct lex_token){ .spaced = skip_blank(l) };
	s = l->rest;
	if (s.n == 0)
		return false;
	if ((n = atom_length(s)) > 0) {
		t->text = span_sub(s, 0, n);
	} else if (s.p[0] == '"') {
		n = lex_quoted(s);
		t->kind = LEX_QUOTED;
		t->text = span_sub(s, 1, n - 2);
	} else if (s.p[0] == '[' &&
	    (n = closed(s, lex_literal, &l->no_literal)) > 0) {
		t->text = span_sub(s, 0, n);
	} else if (s.p[0] == '\\' && s.n > 1) {
		n = 2;
		t->text = span_sub(s, 1, 1);
	} else {
		n = 1;
		t->kind = LEX_CHAR;
		t->c = s.p[0];
		t->text = span_sub(s, 0, 1);
	}
	advance(l, n);
	return true;
}

void
lex_text(struct buf *out, const struct lex_token *t)
{
	if (t->kind == LEX_QUOTED)
		lex_unquote(out, t->text);
	else
		buf_add_span(out, t->text);
}
