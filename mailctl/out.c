/* SPDX-License-Identifier: ISC */
#include "out.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "out_format.h"

static const struct out_format *const formats[] = {
	[OUT_TEXT] = &out_text,
	[OUT_TSV] = &out_tsv,
	[OUT_JSON] = &out_json,
};

static size_t
terminal_width(FILE *file)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	uint32_t n;

	if (columns != NULL && span_u32(span_str(columns), &n) == 0 && n > 0)
		return n;
	if (ioctl(fileno(file), TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

void
out_init(struct out *o, FILE *file, bool json)
{
	const char *no_color = getenv("NO_COLOR");

	*o = (struct out){ .file = file, .mode = OUT_TSV, .now = time(NULL) };
	o->terminal = isatty(fileno(file)) == 1;
	if (json) {
		o->mode = OUT_JSON;
	} else if (o->terminal) {
		o->mode = OUT_TEXT;
		o->width = terminal_width(file);
		o->colour = no_color == NULL || no_color[0] == '\0';
	}
}

/* Not by what standard output is now, which may be a pager of the whole. */
void
out_init_part(struct out *o, struct out *whole, const char *user)
{
	*o = (struct out){ .file = whole->file, .mode = whole->mode,
		.terminal = whole->terminal, .colour = whole->colour,
		.width = whole->width, .now = whole->now, .user = user,
		.whole = whole };
}

static void
add_user_column(struct out *o)
{
	o->own = xcalloc(o->ncolumns + 1, sizeof(o->own[0]));
	o->own[0] = (struct out_column){ "user", OUT_STRING, true };
	memcpy(o->own + 1, o->column, o->ncolumns * sizeof(o->own[0]));
	o->column = o->own;
	o->ncolumns++;
}

void
out_page(struct out *o)
{
	if (o->page && o->terminal)
		o->page = pager_start(&o->pager);
	else
		o->page = false;
}

static void
begin(struct out *o, const struct out_column *columns, size_t n)
{
	o->format = formats[o->mode];
	o->column = columns;
	o->ncolumns = n;
	o->at = 0;
	if (o->user != NULL)
		add_user_column(o);
	if (o->pager.pid == 0)
		out_page(o);
	o->format->begin(o);
}

void
out_begin(struct out *o, const struct out_column *columns, size_t n)
{
	if (o->whole == NULL) {
		begin(o, columns, n);
		return;
	}
	o->whole->user = o->user;
	if (o->whole->format == NULL)
		begin(o->whole, columns, n);
	assert(o->whole->ncolumns == n + 1);
}

static void
cell(struct out *o, enum out_kind kind, const struct out_cell *c)
{
	enum out_kind want;

	if (o->whole != NULL)
		o = o->whole;
	if (o->user != NULL && o->at == 0) {
		o->format->cell(o, &(struct out_cell){
			.text = span_str(o->user) });
		o->at++;
	}
	want = o->column[o->at].kind;
	assert(want == kind || (want == OUT_SIZE && kind == OUT_NUMBER));
	o->format->cell(o, c);
	if (++o->at == o->ncolumns) {
		o->at = 0;
		o->format->end_row(o);
	}
}

void
out_str(struct out *o, struct span s)
{
	cell(o, OUT_STRING, &(struct out_cell){ .text = s });
}

void
out_num(struct out *o, uint64_t n)
{
	cell(o, OUT_NUMBER, &(struct out_cell){ .number = n });
}

void
out_time(struct out *o, int64_t sec)
{
	cell(o, OUT_TIME, &(struct out_cell){ .time = sec });
}

void
out_bool(struct out *o, bool b)
{
	cell(o, OUT_BOOL, &(struct out_cell){ .number = b });
}

void
out_list(struct out *o, const struct span *word, size_t n)
{
	cell(o, OUT_LIST, &(struct out_cell){ .word = word, .nwords = n });
}

void
out_end(struct out *o)
{
	assert(o->at == 0);
	if (o->whole != NULL)
		return;
	o->format->end(o);
	o->format = NULL;
	free(o->own);
	o->own = NULL;
}

void
out_end_whole(struct out *o)
{
	if (o->format != NULL)
		out_end(o);
}

bool
out_left(const struct out *o)
{
	return o->pager.pid != 0 && ferror(o->file);
}

bool
out_flush(struct out *o)
{
	if (o->whole != NULL)
		return true;
	if (o->pager.pid != 0)
		return pager_end(&o->pager);
	return fflush(o->file) == 0 && !ferror(o->file);
}
