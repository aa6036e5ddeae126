/* SPDX-License-Identifier: ISC */
#include "smtp_data.h"

enum {
	LINE_START, /* also before the first byte */
	TEXT,
	CR,     /* in text; already given out */
	DOT,    /* first of its line; held back */
	DOT_CR, /* both held back */
};

/* Not to look through all that follows for a CR at each of many LFs. */
#define LOOK_AHEAD 128

static size_t
run_without_line_end(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i += LOOK_AHEAD) {
		size_t m = n - i < LOOK_AHEAD ? n - i : LOOK_AHEAD;
		const char *cr = memchr(p + i, '\r', m), *lf;

		if (cr != NULL)
			m = (size_t)(cr - (p + i));
		lf = memchr(p + i, '\n', m);
		if (lf != NULL || cr != NULL)
			return (size_t)((lf != NULL ? lf : cr) - p);
	}
	return n;
}

/* True when c is a bare LF, or shows that the CR before it is bare. */
static bool
is_bare(int state, char c)
{
	if (state == CR || state == DOT_CR)
		return c != '\n';
	return c == '\n';
}

/* A byte that is a line end, or follows the beginning of a line or a CR. */
static void
take(struct smtp_data_reader *r, char c, struct buf *out)
{
	if (r->state == LINE_START && c == '.') {
		r->state = DOT;
		return;
	}
	if (r->state == DOT && c == '\r') {
		r->state = DOT_CR;
		return;
	}
	if (r->state == DOT_CR)
		buf_addc(out, '\r');
	buf_addc(out, c);
	if (c == '\r')
		r->state = CR;
	else
		r->state = r->state == CR && c == '\n' ? LINE_START : TEXT;
}

enum smtp_data_event
smtp_data_read(struct smtp_data_reader *r, struct span s, struct buf *out,
    size_t *used)
{
	size_t i = 0, n;
	bool first;

	while (i < s.n) {
		if (r->state == TEXT) {
			n = run_without_line_end(s.p + i, s.n - i);
			buf_add(out, s.p + i, n);
			i += n;
			if (i == s.n)
				break;
		}
		if (r->state == DOT_CR && s.p[i] == '\n') {
			r->state = LINE_START;
			*used = i + 1;
			return SMTP_DATA_END;
		}
		first = !r->bare && is_bare(r->state, s.p[i]);
		take(r, s.p[i++], out);
		if (first) {
			r->bare = true;
			*used = i;
			return SMTP_DATA_BARE;
		}
	}
	*used = s.n;
	return SMTP_DATA_MORE;
}

bool
smtp_data_bare(struct smtp_data_lines *l, struct span s, bool last)
{
	size_t i = 0;

	while (i < s.n) {
		if (!l->after_cr)
			i += run_without_line_end(s.p + i, s.n - i);
		if (i == s.n)
			break;
		if (l->after_cr != (s.p[i] == '\n'))
			return true;
		l->after_cr = s.p[i++] == '\r';
	}
	return last && l->after_cr;
}

enum { AT_LINE_START, IN_TEXT, AFTER_CR };

static void
write_line_end(struct smtp_data_writer *w, struct buf *out, char c)
{
	if (w->state != AFTER_CR || c == '\r')
		buf_adds(out, "\r\n");
	w->state = c == '\r' ? AFTER_CR : AT_LINE_START;
}

void
smtp_data_write(struct smtp_data_writer *w, struct buf *out, struct span s)
{
	size_t i = 0, n;

	while (i < s.n) {
		n = run_without_line_end(s.p + i, s.n - i);
		if (n > 0) {
			if (w->state != IN_TEXT && s.p[i] == '.')
				buf_addc(out, '.');
			buf_add(out, s.p + i, n);
			w->state = IN_TEXT;
			i += n;
		} else {
			write_line_end(w, out, s.p[i++]);
		}
	}
}

void
smtp_data_write_end(struct smtp_data_writer *w, struct buf *out)
{
	if (w->state == IN_TEXT)
		buf_adds(out, "\r\n");
	buf_adds(out, ".\r\n");
	w->state = AT_LINE_START;
}
