/* SPDX-License-Identifier: ISC */
#include "term.h"

#include <utf8proc.h>

#include "charset.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "\xe2\x80\xa6"

#define ZWNJ        0x200c
#define ZWJ         0x200d
#define SOFT_HYPHEN 0x00ad

static bool
harmless(utf8proc_int32_t ch)
{
	switch (utf8proc_category(ch)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	case UTF8PROC_CATEGORY_CF:
		/* Scripts and emoji need these; the rest is marks and bidi. */
		return ch == ZWNJ || ch == ZWJ || ch == SOFT_HYPHEN;
	default:
		return true;
	}
}

/* Take one character off valid UTF-8. */
static struct span
next_char(struct span *s, utf8proc_int32_t *ch)
{
	utf8proc_ssize_t n;
	struct span out;

	n = utf8proc_iterate((const utf8proc_uint8_t *)s->p,
	    (utf8proc_ssize_t)s->n, ch);
	if (n <= 0) {
		*ch = -1;
		n = 1;
	}
	out = span_sub(*s, 0, (size_t)n);
	*s = span_sub(*s, (size_t)n, s->n);
	return out;
}

static void
clean(struct buf *out, struct span s, bool lines)
{
	struct buf valid = { .max = SIZE_MAX / 4 };
	struct span rest, piece;
	utf8proc_int32_t ch;

	utf8_scrub(&valid, s);
	rest = buf_span(&valid);
	while (rest.n > 0) {
		piece = next_char(&rest, &ch);
		if (lines && ch == '\r' && rest.n > 0 && rest.p[0] == '\n')
			continue;
		if (lines && (ch == '\n' || ch == '\t'))
			buf_add_span(out, piece);
		else if (ch == '\n' || ch == '\t' || ch == '\r')
			buf_addc(out, ' ');
		else if (ch >= 0 && harmless(ch))
			buf_add_span(out, piece);
		else
			buf_adds(out, REPLACEMENT);
	}
	buf_free(&valid);
}

void
term_clean(struct buf *out, struct span s)
{
	clean(out, s, false);
}

void
term_clean_text(struct buf *out, struct span s)
{
	clean(out, s, true);
}

static size_t
char_width(utf8proc_int32_t ch)
{
	int w = ch >= 0 ? utf8proc_charwidth(ch) : 1;

	return w > 0 ? (size_t)w : 0;
}

size_t
term_width(struct span s)
{
	utf8proc_int32_t ch;
	size_t width = 0;

	while (s.n > 0) {
		next_char(&s, &ch);
		width += char_width(ch);
	}
	return width;
}

void
term_cut(struct buf *out, struct span s, size_t width)
{
	utf8proc_int32_t ch;
	size_t used = 0;

	if (term_width(s) <= width) {
		buf_add_span(out, s);
		return;
	}
	if (width == 0)
		return;
	while (s.n > 0) {
		struct span piece = next_char(&s, &ch);

		if (used + char_width(ch) > width - 1)
			break;
		used += char_width(ch);
		buf_add_span(out, piece);
	}
	buf_adds(out, ELLIPSIS);
}
