/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "out_format.h"
#include "term.h"

#define GAP      2 /* columns between cells */
#define WIDE_MIN 8 /* a wide column is not cut below this */

#define BOLD  "\033[1m"
#define RESET "\033[0m"

/* All cells are kept until the widths are known. */
struct table {
	char **cell;
	size_t len, cap;
	size_t *width; /* by column */
};

static void
keep(struct out *o, struct buf *text)
{
	struct table *t = o->state;
	size_t column = t->len % o->ncolumns;
	size_t width = term_width(buf_span(text));

	if (t->len == t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : 64;
		t->cell = xrealloc_array(t->cell, t->cap, sizeof(t->cell[0]));
	}
	if (width > t->width[column])
		t->width[column] = width;
	t->cell[t->len++] = buf_steal(text);
}

static void
begin(struct out *o)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->width = xcalloc(o->ncolumns, sizeof(t->width[0]));
	o->state = t;
	for (size_t i = 0; i < o->ncolumns; i++) {
		struct buf name = { 0 };

		for (const char *p = o->column[i].name; *p != '\0'; p++)
			buf_addc(&name, *p == '_' ? ' ' :
				(char)ascii_upper(*p));
		keep(o, &name);
	}
}

static void
size(struct buf *out, uint64_t n)
{
	static const char unit[] = "KMGT";
	uint64_t tenths = n * 10 / 1024;
	size_t u = 0;

	if (n < 1024) {
		buf_addf(out, "%" PRIu64, n);
		return;
	}
	for (; tenths >= 10240 && u < sizeof(unit) - 2; u++)
		tenths /= 1024;
	if (tenths < 100)
		buf_addf(out, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10,
		    tenths % 10, unit[u]);
	else
		buf_addf(out, "%" PRIu64 "%c", tenths / 10, unit[u]);
}

/* "14:05" today, "Mon 14:05" in the last six days, "12 Mar", "2019-03-12". */
static void
moment(struct buf *out, int64_t sec, int64_t now)
{
	time_t when = (time_t)sec, today = (time_t)now;
	struct tm then, tm;
	char text[32];
	size_t n;

	if (sec == INT64_MIN || localtime_r(&when, &then) == NULL ||
	    localtime_r(&today, &tm) == NULL)
		return;
	if (then.tm_year == tm.tm_year && then.tm_yday == tm.tm_yday)
		n = strftime(text, sizeof(text), "%H:%M", &then);
	else if (sec <= now && now - sec < 6 * 86400)
		n = strftime(text, sizeof(text), "%a %H:%M", &then);
	else if (then.tm_year == tm.tm_year)
		n = strftime(text, sizeof(text), "%d %b", &then);
	else
		n = strftime(text, sizeof(text), "%Y-%m-%d", &then);
	buf_add(out, text, n);
}

static void
cell(struct out *o, const struct out_cell *c)
{
	struct buf text = { 0 };

	switch (o->column[o->at].kind) {
	case OUT_STRING:
		term_clean(&text, c->text);
		break;
	case OUT_NUMBER:
		buf_addf(&text, "%" PRIu64, c->number);
		break;
	case OUT_SIZE:
		size(&text, c->number);
		break;
	case OUT_TIME:
		moment(&text, c->time, o->now);
		break;
	case OUT_LIST:
		for (size_t i = 0; i < c->nwords; i++) {
			buf_adds(&text, i > 0 ? " " : "");
			term_clean(&text, c->word[i]);
		}
		break;
	case OUT_BOOL:
		buf_adds(&text, c->number ? "yes" : "no");
		break;
	}
	keep(o, &text);
}

static void
end_row(struct out *o)
{
	(void)o;
}

/* Take columns from the widest wide cell until the row fits. */
static void
fit(const struct out *o, struct table *t)
{
	size_t total = GAP * (o->ncolumns - 1), widest;

	for (size_t i = 0; i < o->ncolumns; i++)
		total += t->width[i];
	for (; o->width > 0 && total > o->width; total--) {
		widest = o->ncolumns;
		for (size_t i = 0; i < o->ncolumns; i++) {
			if (o->column[i].wide && t->width[i] > WIDE_MIN &&
			    (widest == o->ncolumns ||
				t->width[i] > t->width[widest]))
				widest = i;
		}
		if (widest == o->ncolumns)
			return;
		t->width[widest]--;
	}
}

static void
spaces(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, ' ');
}

static void
row(struct out *o, const struct table *t, char **cells)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < o->ncolumns; i++) {
		enum out_kind kind = o->column[i].kind;
		bool right = kind == OUT_NUMBER || kind == OUT_SIZE;
		struct span s = span_str(cells[i]);
		size_t width = term_width(s), pad;

		pad = width < t->width[i] ? t->width[i] - width : 0;
		spaces(&line, (i > 0 ? GAP : 0) + (right ? pad : 0));
		term_cut(&line, s, t->width[i]);
		if (!right && i + 1 < o->ncolumns)
			spaces(&line, pad);
	}
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.len--;
	fwrite(line.data, 1, line.len, o->file);
	buf_free(&line);
}

static void
end(struct out *o)
{
	struct table *t = o->state;

	fit(o, t);
	/* The header is the first row; alone it says nothing. */
	for (size_t i = 0; i < t->len && t->len > o->ncolumns;
	    i += o->ncolumns) {
		fputs(o->colour && i == 0 ? BOLD : "", o->file);
		row(o, t, t->cell + i);
		fputs(o->colour && i == 0 ? RESET "\n" : "\n", o->file);
	}
	for (size_t i = 0; i < t->len; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t->width);
	free(t);
	o->state = NULL;
}

const struct out_format out_text = { begin, cell, end_row, end };
