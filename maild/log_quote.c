/* SPDX-License-Identifier: ISC */
#include "log_quote.h"

#include <utf8proc.h>

/* The character that s begins with; its length in bytes, 0 where they are
 * none. */
static size_t
next_char(struct span s, int32_t *c)
{
	utf8proc_ssize_t n =
	    utf8proc_iterate((const uint8_t *)s.p, (utf8proc_ssize_t)s.n, c);

	return n > 0 ? (size_t)n : 0;
}

/* Format characters are out, too: they turn lines of a terminal around. */
static bool
printable(int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	default:
		return true;
	}
}

static bool
plain(struct span s)
{
	int32_t c;
	size_t n;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i += n) {
		n = next_char(span_sub(s, i, s.n), &c);
		if (n == 0 || c == ' ' || c == '"' || c == '=' || c == '\\' ||
		    !printable(c))
			return false;
	}
	return true;
}

static const char *
short_escape(int32_t c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static void
text_char(struct buf *out, struct span at, size_t n, int32_t c)
{
	if (n > 0 && short_escape(c) != NULL) {
		buf_adds(out, short_escape(c));
	} else if (n > 0 && printable(c)) {
		buf_add(out, at.p, n);
	} else {
		for (size_t i = 0; i < (n > 0 ? n : 1); i++)
			buf_addf(out, "\\x%02x", (unsigned char)at.p[i]);
	}
}

static void
json_char(struct buf *out, struct span at, size_t n, int32_t c)
{
	if (n == 0)
		buf_adds(out, "\\ufffd");
	else if (short_escape(c) != NULL)
		buf_adds(out, short_escape(c));
	else if (printable(c))
		buf_add(out, at.p, n);
	else if (c < 0x10000)
		buf_addf(out, "\\u%04x", (unsigned)c);
	else
		buf_addf(out, "\\u%04x\\u%04x",
		    0xd800 + (unsigned)((c - 0x10000) >> 10),
		    0xdc00 + (unsigned)((c - 0x10000) & 0x3ff));
}

static void
quoted(struct buf *out, struct span s, size_t max,
    void (*add)(struct buf *, struct span, size_t, int32_t))
{
	struct span at;
	int32_t c = 0;
	size_t n, len;

	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i += len) {
		at = span_sub(s, i, s.n);
		n = next_char(at, &c);
		len = n > 0 ? n : 1;
		if (i + len > max) {
			buf_adds(out, "...");
			break;
		}
		add(out, at, n, c);
	}
	buf_addc(out, '"');
}

void
log_quote_text(struct buf *out, struct span s, size_t max)
{
	if (s.n <= max && plain(s))
		buf_add_span(out, s);
	else
		quoted(out, s, max, text_char);
}

void
log_quote_json(struct buf *out, struct span s, size_t max)
{
	quoted(out, s, max, json_char);
}
