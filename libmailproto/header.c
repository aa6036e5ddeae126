/* SPDX-License-Identifier: ISC */
#include "header.h"

#include "charset.h"
#include "encword.h"

/* Bytes of the first line of s, its end included. */
static size_t
line_length(struct span s)
{
	const char *lf = memchr(s.p, '\n', s.n);

	return lf != NULL ? (size_t)(lf - s.p) + 1 : s.n;
}

/* Bytes of the line end that s begins with: the empty line, or 0. */
static size_t
empty_line(struct span s)
{
	if (s.n >= 1 && s.p[0] == '\n')
		return 1;
	return s.n >= 2 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* A name is graphic characters without colon; 8-bit is let through. */
static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f)
			return false;
	}
	return true;
}

static void
split_field(struct header_field *f)
{
	const char *colon = memchr(f->line.p, ':', f->line.n);
	struct span name;

	f->name = span_of(f->line.p, 0);
	f->value = f->line;
	if (colon == NULL)
		return;
	name = span_of(f->line.p, (size_t)(colon - f->line.p));
	while (name.n > 0 && is_blank(name.p[name.n - 1]))
		name.n--;
	if (!is_name(name))
		return;
	f->name = name;
	colon++;
	f->value = span_of(colon, f->line.n - (size_t)(colon - f->line.p));
}

bool
header_next(struct span *rest, struct header_field *f)
{
	size_t n;

	if (rest->n == 0 || empty_line(*rest) > 0)
		return false;
	n = line_length(*rest);
	while (n < rest->n && is_wsp(rest->p[n]))
		n += line_length(span_sub(*rest, n, SIZE_MAX));
	f->line = span_of(rest->p, n);
	*rest = span_of(rest->p + n, rest->n - n);
	split_field(f);
	return true;
}

bool
header_find(struct span header, const char *name, struct header_field *f)
{
	while (header_next(&header, f)) {
		if (span_ieqs(f->name, name))
			return true;
	}
	*f = (struct header_field){ 0 };
	return false;
}

size_t
header_length(struct span s)
{
	size_t off = 0;

	while (off < s.n) {
		struct span line = span_sub(s, off, SIZE_MAX);
		size_t empty = empty_line(line);

		if (empty > 0)
			return off + empty;
		off += line_length(line);
	}
	return 0;
}

static struct span
trim_blank(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

void
header_unfold(struct buf *out, struct span value)
{
	struct span s = trim_blank(value);
	char *to = buf_reserve(out, s.n);

	if (to == NULL)
		return;
	for (size_t i = 0; i < s.n; i++) {
		bool fold = s.p[i] == '\n' && is_wsp(s.p[i + 1]);

		/* A trimmed value ends in neither CR nor LF: s.p[i + 1] is. */
		if (fold || (s.p[i] == '\r' && s.p[i + 1] == '\n'))
			continue;
		*to++ = is_blank(s.p[i]) && s.p[i] != '\t' ? ' ' : s.p[i];
	}
	*to = '\0';
	out->len = (size_t)(to - out->data);
}

void
header_decode(struct buf *out, struct span value)
{
	struct buf text = { 0 }, utf8 = { 0 };
	struct charset_stream *cs;

	header_unfold(&text, value);
	if (utf8_valid(buf_span(&text))) {
		encword_decode(out, buf_span(&text));
	} else {
		cs = charset_open(span_of(NULL, 0));
		charset_stream(cs, &utf8, buf_span(&text));
		charset_end(cs, &utf8);
		charset_close(cs);
		encword_decode(out, buf_span(&utf8));
	}
	buf_free(&text);
	buf_free(&utf8);
}
