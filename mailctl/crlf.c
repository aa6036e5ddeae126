/* SPDX-License-Identifier: ISC */
#include "crlf.h"

/* The next line of *s with its end.  False: there is none. */
static bool
next_line(struct span *s, struct span *line)
{
	const char *lf;

	if (s->n == 0)
		return false;
	lf = memchr(s->p, '\n', s->n);
	*line = span_sub(*s, 0, lf != NULL ? (size_t)(lf - s->p) + 1 : s->n);
	*s = span_sub(*s, line->n, s->n);
	return true;
}

static bool
has_lf(struct span line)
{
	return line.n > 0 && line.p[line.n - 1] == '\n';
}

static bool
has_crlf(struct span line)
{
	return has_lf(line) && line.n > 1 && line.p[line.n - 2] == '\r';
}

int
crlf_write_lf(FILE *file, struct span s)
{
	struct span line;

	while (next_line(&s, &line)) {
		bool crlf = has_crlf(line);

		if (crlf)
			line.n -= 2;
		if (fwrite(line.p, 1, line.n, file) != line.n ||
		    (crlf && putc('\n', file) == EOF))
			return -1;
	}
	return 0;
}

void
crlf_add(struct buf *out, struct span s)
{
	struct span line;

	while (next_line(&s, &line)) {
		if (has_lf(line) && !has_crlf(line)) {
			buf_add(out, line.p, line.n - 1);
			buf_adds(out, "\r\n");
		} else {
			buf_add_span(out, line);
		}
	}
}

uint64_t
crlf_size(struct span s)
{
	struct span line;
	uint64_t n = 0;

	while (next_line(&s, &line))
		n += line.n + (has_lf(line) && !has_crlf(line));
	return n;
}
