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
