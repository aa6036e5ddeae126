/* SPDX-License-Identifier: ISC */
#include <stdarg.h>

#include "scfg.h"

#define LINE_SHOWN 200 /* bytes of a line; the caret needs them in sight */

struct place {
	size_t line, column; /* from 1; columns are bytes */
	struct span text;    /* the line, without its end */
};

static struct place
find_place(const struct scfg_source *source, size_t off)
{
	struct span rest = source->text, line = { 0 };
	struct place pl = { .line = 1 };
	size_t start = 0;

	for (size_t i = 0; i < off && i < rest.n; i++) {
		if (rest.p[i] == '\n') {
			pl.line++;
			start = i + 1;
		}
	}
	rest = span_sub(rest, start, rest.n);
	span_split(&rest, '\n', &line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	pl.column = off - start + 1;
	pl.text = line;
	return pl;
}

static void
add_place(struct buf *out, const struct scfg_source *source, size_t off)
{
	struct place pl = find_place(source, off);

	buf_addf(out, "%s:%zu:%zu", source->name, pl.line, pl.column);
}

void
scfg_pos_format(struct buf *out, const struct scfg_pos *pos)
{
	add_place(out, pos->source, pos->off);
}

/* The line, and below it blanks as wide as what stands before the place. */
static void
add_caret(struct buf *out, const struct place *pl)
{
	struct span line = span_sub(pl->text, 0, LINE_SHOWN);
	unsigned char c;

	if (pl->column > line.n + 1)
		return;
	buf_addc(out, '\t');
	for (size_t i = 0; i < line.n; i++) {
		c = (unsigned char)line.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			c = '?';
		buf_addc(out, (char)c);
	}
	buf_adds(out, "\n\t");
	for (size_t i = 0; i + 1 < pl->column; i++) {
		c = (unsigned char)line.p[i];
		if ((c & 0xc0) != 0x80)
			buf_addc(out, c == '\t' ? '\t' : ' ');
	}
	buf_adds(out, "^\n");
}

void
scfg_error(struct scfg_errors *e, const struct scfg_pos *pos, const char *fmt,
    ...)
{
	const struct scfg_source *s = pos->source;
	struct place pl;
	va_list ap;

	if (++e->count > SCFG_ERRORS_MAX) {
		if (e->count == SCFG_ERRORS_MAX + 1)
			buf_adds(e->out, "and more errors\n");
		return;
	}
	pl = find_place(s, pos->off);
	buf_addf(e->out, "%s:%zu:%zu: error: ", s->name, pl.line, pl.column);
	va_start(ap, fmt);
	buf_vaddf(e->out, fmt, ap);
	va_end(ap);
	buf_addc(e->out, '\n');
	add_caret(e->out, &pl);
	for (; s->includer != NULL; s = s->includer) {
		buf_adds(e->out, "\tincluded from ");
		add_place(e->out, s->includer, s->included_at);
		buf_addc(e->out, '\n');
	}
}
