/* SPDX-License-Identifier: ISC */
#include "smtp_reply.h"

/* One line with its end; 0: more is needed, -1: it is too long. */
static ssize_t
line_take(struct span s, struct span *line)
{
	size_t n = s.n < SMTP_REPLY_LINE_MAX ? s.n : SMTP_REPLY_LINE_MAX;
	const char *lf = n > 0 ? memchr(s.p, '\n', n) : NULL;

	if (lf == NULL)
		return n == SMTP_REPLY_LINE_MAX ? -1 : 0;
	n = (size_t)(lf - s.p);
	*line = span_of(s.p, n > 0 && lf[-1] == '\r' ? n - 1 : n);
	return (ssize_t)n + 1;
}

/* "250 text", "250-text" or "250" off the front of line. */
static bool
code_take(struct span *line, unsigned *code, bool *last)
{
	uint32_t v;

	if (span_u32(span_sub(*line, 0, 3), &v) < 0 || line->n < 3 || v < 200 ||
	    v > 599)
		return false;
	if (line->n > 3 && line->p[3] != ' ' && line->p[3] != '-')
		return false;
	*code = v;
	*last = line->n == 3 || line->p[3] == ' ';
	*line = span_sub(*line, 4, line->n);
	return true;
}

/* The length of "2.1.0" at the front of s (RFC 3463 section 2), or 0. */
static size_t
enhanced_length(struct span s)
{
	size_t i = 1, digits;

	if (s.n == 0 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5'))
		return 0;
	for (int part = 0; part < 2; part++) {
		if (i >= s.n || s.p[i++] != '.')
			return 0;
		for (digits = 0; i < s.n && ascii_digit(s.p[i]); digits++)
			i++;
		if (digits == 0 || digits > 3)
			return 0;
	}
	return i == s.n || s.p[i] == ' ' ? i : 0;
}

/* A line's text; what could move a terminal's cursor is made harmless. */
static void
text_add(struct smtp_reply *r, struct span line, bool first)
{
	size_t n = enhanced_length(line);

	if (first)
		r->enhanced = span_sub(line, 0, n);
	else
		buf_addc(&r->text, '\n');
	if (n > 0 && span_eq(r->enhanced, span_sub(line, 0, n)))
		line = span_sub(line, n + 1, line.n);
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		buf_addc(&r->text, (c < ' ' && c != '\t') || c == 0x7f ?
				       '?' : (char)c);
	}
}

static ssize_t
parse(struct span s, struct smtp_reply *out)
{
	size_t at = 0;
	bool last = false;
	unsigned code;

	while (!last) {
		struct span line = { 0 };
		ssize_t n = line_take(span_sub(s, at, s.n), &line);

		if (n < 0 || (size_t)n > SMTP_REPLY_MAX - at)
			return -1;
		if (n == 0)
			return 0;
		if (!code_take(&line, &code, &last))
			return -1;
		if (at > 0 && code != out->code)
			return -1;
		out->code = code;
		text_add(out, line, at == 0);
		at += (size_t)n;
	}
	return (ssize_t)at;
}

ssize_t
smtp_reply_parse(struct span s, struct smtp_reply *out)
{
	ssize_t n;

	out->code = 0;
	out->enhanced = span_of(NULL, 0);
	buf_clear(&out->text);
	n = parse(s, out);
	if (n <= 0)
		smtp_reply_clear(out);
	return n;
}

void
smtp_reply_clear(struct smtp_reply *r)
{
	buf_free(&r->text);
	*r = (struct smtp_reply){ 0 };
}
