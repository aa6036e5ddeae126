/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "date.h"
#include "out_format.h"
#include "term.h"

static void
begin(struct out *o)
{
	(void)o;
}

static const char *
escape_of(char ch)
{
	switch (ch) {
	case '\t':
		return "\\t";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\\':
		return "\\\\";
	}
	return NULL;
}

/* What has an escape is escaped, the rest cleaned. */
static void
escaped(struct buf *out, struct span s)
{
	size_t i = 0, start = 0;

	for (; i < s.n; i++) {
		const char *e = escape_of(s.p[i]);

		if (e == NULL)
			continue;
		term_clean(out, span_sub(s, start, i - start));
		buf_adds(out, e);
		start = i + 1;
	}
	term_clean(out, span_sub(s, start, i - start));
}

static void
words(struct buf *out, const struct out_cell *c)
{
	for (size_t i = 0; i < c->nwords; i++) {
		if (i > 0)
			buf_addc(out, ',');
		escaped(out, c->word[i]);
	}
}

static void
cell(struct out *o, const struct out_cell *c)
{
	struct buf text = { 0 };

	if (o->at > 0)
		buf_addc(&text, '\t');
	switch (o->column[o->at].kind) {
	case OUT_STRING:
		escaped(&text, c->text);
		break;
	case OUT_NUMBER:
	case OUT_SIZE:
		buf_addf(&text, "%" PRIu64, c->number);
		break;
	case OUT_TIME:
		if (c->time != INT64_MIN)
			date_format_rfc3339(&text, c->time);
		break;
	case OUT_LIST:
		words(&text, c);
		break;
	case OUT_BOOL:
		buf_adds(&text, c->number ? "true" : "false");
		break;
	}
	fwrite(text.data != NULL ? text.data : "", 1, text.len, o->file);
	buf_free(&text);
}

static void
end_row(struct out *o)
{
	fputc('\n', o->file);
}

const struct out_format out_tsv = { begin, cell, end_row, begin };
