/* SPDX-License-Identifier: ISC */
#include "config.h" /* memmem() */

#include "base64.h"
#include "charset.h"
#include "encword.h"
#include "lex.h"
#include "utf8.h"

#define LINE_CHARS 76 /* of a line with encoded words (RFC 2047 section 2) */
#define WORD_CHARS 75
#define AROUND     12 /* "=?UTF-8?Q?" and "?=" */
#define CHAR_MAX_Q 12 /* four bytes, three characters each */

/* What every field may have in a Q word (RFC 2047 section 5, rule 3). */
static bool
is_safe(char c)
{
	return ascii_alpha(c) || ascii_digit(c) ||
	    (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
width_q(struct span s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.n; i++)
		width += is_safe(s.p[i]) || s.p[i] == ' ' ? 1 : 3;
	return width;
}

static size_t
width_b(struct span s)
{
	return (s.n + 2) / 3 * 4;
}

static void
add_q(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_safe(s.p[i]))
			buf_addc(out, s.p[i]);
		else if (s.p[i] == ' ')
			buf_addc(out, '_');
		else
			lex_add_hex(out, '=', s.p[i]);
	}
}

/* The whole characters of s that fit into a word of so many characters. */
static struct span
fitting(struct span s, size_t room, size_t (*width)(struct span))
{
	struct span head = span_sub(s, 0, 0);
	uint32_t cp;

	room -= AROUND;
	while (head.n < s.n) {
		int n = utf8_next(span_sub(s, head.n, SIZE_MAX), &cp);
		struct span more = span_sub(s, 0, head.n + (size_t)n);

		if (width(more) > room)
			break;
		head = more;
	}
	return head;
}

static void
add_words(struct buf *out, struct span s, size_t col)
{
	bool q = width_q(s) <= width_b(s);
	size_t room = col < LINE_CHARS ? LINE_CHARS - col : 0;

	while (s.n > 0) {
		struct span head;

		if (room < AROUND + CHAR_MAX_Q) {
			buf_adds(out, "\r\n ");
			room = WORD_CHARS;
		}
		head = fitting(s, room < WORD_CHARS ? room : WORD_CHARS,
		    q ? width_q : width_b);
		buf_adds(out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		if (q)
			add_q(out, head);
		else
			base64_encode(out, head, 0);
		buf_adds(out, "?=");
		s = span_sub(s, head.n, SIZE_MAX);
		room = 0;
	}
}

void
encword_encode(struct buf *out, struct span s, size_t col)
{
	struct buf text = { 0 };

	utf8_scrub(&text, s);
	lex_blank_controls(&text, 0);
	s = buf_span(&text);
	if (utf8_ascii_run(s) == s.n && memmem(s.p, s.n, "=?", 2) == NULL)
		buf_add_span(out, s);
	else
		add_words(out, s, col);
	buf_free(&text);
}
