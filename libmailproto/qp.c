/* SPDX-License-Identifier: ISC */
#include "qp.h"

#include "lex.h"

#define LINE_CHARS 76

/*
 * Held back is what the bytes to come decide about: white space that may end a
 * line, or an escape, its "=" first.  A CR may stand behind either.
 */
static void
flush(struct qp_stream *st, struct buf *out)
{
	buf_add(out, st->held, st->nheld);
	st->nheld = 0;
}

static void
hold(struct qp_stream *st, struct buf *out, char c)
{
	if (st->nheld == sizeof(st->held))
		flush(st, out);
	st->held[st->nheld++] = c;
}

static bool
in_escape(const struct qp_stream *st)
{
	return st->nheld > 0 && st->held[0] == '=';
}

static bool
after_cr(const struct qp_stream *st)
{
	return st->nheld > 0 && st->held[st->nheld - 1] == '\r';
}

/* "=" and the first of its two digits. */
static bool
half_escape(const struct qp_stream *st)
{
	return in_escape(st) && st->nheld == 2 && ascii_hex(st->held[1]) >= 0;
}

/* The line ends as it did on the wire, unless the break was a soft one. */
static void
end_line(struct qp_stream *st, struct buf *out)
{
	if (half_escape(st))
		flush(st, out);
	if (!in_escape(st))
		buf_adds(out, after_cr(st) ? "\r\n" : "\n");
	st->nheld = 0;
}

/* One more byte of an escape; false: it belongs to none, and what was held
 * stood for itself. */
static bool
escape_byte(struct qp_stream *st, struct buf *out, char c)
{
	if (half_escape(st) && ascii_hex(c) >= 0) {
		st->held[st->nheld++] = c;
		buf_addc(out, (char)lex_hex_pair(span_of(st->held, 3)));
		st->nheld = 0;
		return true;
	}
	if ((st->nheld == 1 && ascii_hex(c) >= 0) ||
	    (!half_escape(st) && (lex_wsp(c) || c == '\r'))) {
		hold(st, out, c);
		return true;
	}
	flush(st, out);
	return false;
}

static void
stream_byte(struct qp_stream *st, struct buf *out, char c)
{
	if (c == '\n') {
		end_line(st, out);
		return;
	}
	if (after_cr(st))
		flush(st, out);
	if (in_escape(st) && escape_byte(st, out, c))
		return;
	if (!lex_wsp(c) && c != '\r')
		flush(st, out);
	if (lex_wsp(c) || c == '\r' || c == '=')
		hold(st, out, c);
	else
		buf_addc(out, c);
}

/* The bytes up to what may be an escape or a line end. */
static size_t
plain_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '=' && s.p[n] != '\r' && s.p[n] != '\n')
		n++;
	return n;
}

static void
stream_plain(struct qp_stream *st, struct buf *out, struct span s)
{
	size_t n = s.n;

	while (n > 0 && lex_wsp(s.p[n - 1]))
		n--;
	if (n > 0) {
		flush(st, out);
		buf_add(out, s.p, n);
	}
	for (; n < s.n; n++)
		hold(st, out, s.p[n]);
}

/* What may be taken at once; 0: the next byte is for the state machine. */
static size_t
stream_run(struct qp_stream *st, struct buf *out, struct span s)
{
	size_t n;
	int c;

	if (in_escape(st) || after_cr(st))
		return 0;
	if (s.p[0] == '=' && (c = lex_hex_pair(s)) >= 0) {
		flush(st, out);
		buf_addc(out, (char)c);
		return 3;
	}
	n = plain_length(s);
	stream_plain(st, out, span_sub(s, 0, n));
	return n;
}

void
qp_stream(struct qp_stream *st, struct buf *out, struct span s)
{
	while (s.n > 0) {
		size_t n = stream_run(st, out, s);

		if (n == 0) {
			stream_byte(st, out, s.p[0]);
			n = 1;
		}
		s = span_sub(s, n, SIZE_MAX);
	}
}

void
qp_stream_end(struct qp_stream *st, struct buf *out)
{
	if (half_escape(st))
		flush(st, out);
	else if (!in_escape(st) && after_cr(st))
		buf_addc(out, '\r');
	st->nheld = 0;
}

/* Bytes of the line end at the start of s, 0 for none. */
static size_t
line_end(struct span s)
{
	if (s.p[0] == '\n')
		return 1;
	if (s.p[0] != '\r')
		return 0;
	return s.n > 1 && s.p[1] == '\n' ? 2 : 1;
}

static bool
needs_escape(struct span s)
{
	char c = s.p[0];

	if (lex_wsp(c))
		return s.n == 1 || line_end(span_sub(s, 1, SIZE_MAX)) > 0;
	return (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f || c == '=';
}

/* One character, and a soft break before it where it does not fit. */
static void
encode_char(struct buf *out, struct span text, size_t *col)
{
	bool escape = needs_escape(text);
	size_t width = escape ? 3 : 1;

	/* A place is kept for the "=" of the next soft break. */
	if (*col + width > LINE_CHARS - 1) {
		buf_adds(out, "=\r\n");
		*col = 0;
	}
	if (escape)
		lex_add_hex(out, '=', text.p[0]);
	else
		buf_addc(out, text.p[0]);
	*col += width;
}

void
qp_encode(struct buf *out, struct span text)
{
	size_t col = 0;

	while (text.n > 0) {
		size_t n = line_end(text);

		if (n > 0) {
			buf_adds(out, "\r\n");
			col = 0;
		} else {
			encode_char(out, text, &col);
			n = 1;
		}
		text = span_sub(text, n, SIZE_MAX);
	}
}
