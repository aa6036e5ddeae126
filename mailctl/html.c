/* SPDX-License-Identifier: ISC */
#include "html.h"

#include <utf8proc.h>

#define ENTITY_MAX 12 /* characters of "&thetasym;" and its like */

struct writer {
	struct buf *out;
	size_t start; /* of our text in out */
	bool space;   /* one is due before the next character */
	unsigned lines; /* line ends due */
};

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* ---- writing ---- */

static void
put(struct writer *w, struct span s)
{
	bool first = w->out->len == w->start;

	for (; w->lines > 0 && !first; w->lines--) {
		buf_addc(w->out, '\n');
		w->space = false;
	}
	if (w->space && !first)
		buf_addc(w->out, ' ');
	w->lines = 0;
	w->space = false;
	buf_add_span(w->out, s);
}

static void
break_line(struct writer *w, unsigned lines)
{
	if (w->lines < lines)
		w->lines = lines;
}

/* ---- character references ---- */

static const struct {
	const char *name, *text;
} entities[] = {
	{ "amp", "&" },
	{ "lt", "<" },
	{ "gt", ">" },
	{ "quot", "\"" },
	{ "apos", "'" },
	{ "nbsp", " " },
	{ "copy", "\xc2\xa9" },
	{ "euro", "\xe2\x82\xac" },
	{ "hellip", "\xe2\x80\xa6" },
	{ "laquo", "\xc2\xab" },
	{ "raquo", "\xc2\xbb" },
	{ "lsquo", "\xe2\x80\x98" },
	{ "rsquo", "\xe2\x80\x99" },
	{ "ldquo", "\xe2\x80\x9c" },
	{ "rdquo", "\xe2\x80\x9d" },
	{ "bull", "\xe2\x80\xa2" },
	{ "middot", "\xc2\xb7" },
	{ "ndash", "\xe2\x80\x93" },
	{ "mdash", "\xe2\x80\x94" },
	{ "zwnj", "" },
};

static bool
number(struct span s, uint32_t *out)
{
	uint64_t v = 0;

	if (s.n < 2 || ascii_lower(s.p[0]) != 'x')
		return span_u32(s, out) == 0;
	for (size_t i = 1; i < s.n && v <= UINT32_MAX; i++) {
		int c = ascii_lower(s.p[i]);

		if (!ascii_digit(c) && (c < 'a' || c > 'f'))
			return false;
		v = v * 16 + (uint64_t)(ascii_digit(c) ? c - '0' :
							 c - 'a' + 10);
	}
	*out = (uint32_t)v;
	return v <= UINT32_MAX;
}

static bool
put_reference(struct writer *w, struct span name)
{
	utf8proc_uint8_t utf8[4];
	utf8proc_ssize_t n;
	uint32_t ch;

	if (name.n > 1 && name.p[0] == '#') {
		if (!number(span_sub(name, 1, name.n), &ch) || ch == 0 ||
		    ch > 0x10ffff || (ch >= 0xd800 && ch < 0xe000))
			return false;
		n = utf8proc_encode_char((utf8proc_int32_t)ch, utf8);
		put(w, span_of((const char *)utf8, (size_t)n));
		return true;
	}
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (span_eq(name, span_str(entities[i].name))) {
			put(w, span_str(entities[i].text));
			return true;
		}
	}
	return false;
}

/* What stands at '&' and is no reference stands for itself. */
static size_t
reference(struct writer *w, struct span s)
{
	size_t n = s.n < ENTITY_MAX ? s.n : ENTITY_MAX;
	const char *end = memchr(s.p, ';', n);

	if (end != NULL &&
	    put_reference(w, span_of(s.p + 1, (size_t)(end - s.p) - 1)))
		return (size_t)(end - s.p) + 1;
	put(w, span_sub(s, 0, 1));
	return 1;
}

/* ---- tags ---- */

static const struct {
	const char *name;
	unsigned lines;
} blocks[] = {
	{ "br", 1 }, { "div", 1 }, { "tr", 1 }, { "li", 1 }, { "hr", 1 },
	{ "table", 1 }, { "p", 2 }, { "ul", 2 }, { "ol", 2 },
	{ "h1", 2 }, { "h2", 2 }, { "h3", 2 }, { "h4", 2 }, { "h5", 2 },
	{ "h6", 2 }, { "blockquote", 2 }, { "pre", 2 },
};

static struct span
tag_name(struct span tag)
{
	size_t n = 0;

	if (tag.n > 0 && tag.p[0] == '/')
		tag = span_sub(tag, 1, tag.n);
	while (n < tag.n && (ascii_alpha(tag.p[n]) || ascii_digit(tag.p[n])))
		n++;
	return span_sub(tag, 0, n);
}

/* Bytes up to the end of what begins at s with that tag, end tag included. */
static size_t
skip_element(struct span s, struct span name)
{
	for (size_t i = 0; i + name.n + 2 <= s.n; i++) {
		if (s.p[i] == '<' && s.p[i + 1] == '/' &&
		    span_iprefix(span_sub(s, i + 2, name.n), name))
			return i;
	}
	return s.n;
}

/* What is for the browser, not for who reads. */
static bool
is_hidden(struct span name)
{
	return span_ieqs(name, "script") || span_ieqs(name, "style") ||
	    span_ieqs(name, "title");
}

static void
mark(struct writer *w, struct span name, bool ends)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (span_ieqs(name, blocks[i].name))
			break_line(w, blocks[i].lines);
	}
	if (span_ieqs(name, "td") || span_ieqs(name, "th"))
		w->space = true;
	if (span_ieqs(name, "li") && !ends) {
		put(w, SPAN_LIT("-"));
		w->space = true;
	}
}

/* s begins with '<'. */
static size_t
tag(struct writer *w, struct span s)
{
	const char *end;
	bool ends = s.n > 1 && s.p[1] == '/';
	struct span name;
	size_t n;

	if (span_iprefix(s, SPAN_LIT("<!--"))) {
		for (n = 4; n + 3 <= s.n; n++) {
			if (memcmp(s.p + n, "-->", 3) == 0)
				return n + 3;
		}
		return s.n;
	}
	end = memchr(s.p, '>', s.n);
	n = end != NULL ? (size_t)(end - s.p) + 1 : s.n;
	name = tag_name(span_sub(s, 1, n - 1));
	if (is_hidden(name))
		return ends ? n : n +
		    skip_element(span_sub(s, n, s.n), name);
	mark(w, name, ends);
	return n;
}

void
html_to_text(struct buf *out, struct span html)
{
	struct writer w = { .out = out, .start = out->len };

	while (html.n > 0) {
		size_t n = 1;

		if (html.p[0] == '<')
			n = tag(&w, html);
		else if (html.p[0] == '&')
			n = reference(&w, html);
		else if (is_space(html.p[0]))
			w.space = true;
		else
			put(&w, span_sub(html, 0, 1));
		html = span_sub(html, n, html.n);
	}
	if (out->len > w.start)
		buf_addc(out, '\n');
}
