/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "charset.h"
#include "date.h"
#include "out_format.h"
#include "out_json.h"

static void
begin(struct out *o)
{
	o->state = json_pack("{s:i}", "v", 1);
}

json_t *
out_json_string(struct span s)
{
	struct buf valid = { 0 };
	json_t *j;

	/* JSON escapes controls itself, but is always UTF-8. */
	utf8_scrub(&valid, s);
	j = json_stringn(valid.data != NULL ? valid.data : "", valid.len);
	buf_free(&valid);
	return j;
}

static json_t *
moment(int64_t sec)
{
	struct buf text = { 0 };
	json_t *j;

	if (sec == INT64_MIN)
		return json_null();
	date_format_rfc3339(&text, sec);
	j = json_stringn(text.data, text.len);
	buf_free(&text);
	return j;
}

static json_t *
array(const struct out_cell *c)
{
	json_t *j = json_array();

	for (size_t i = 0; i < c->nwords; i++)
		json_array_append_new(j, out_json_string(c->word[i]));
	return j;
}

static json_t *
value(enum out_kind kind, const struct out_cell *c)
{
	switch (kind) {
	case OUT_STRING:
		return out_json_string(c->text);
	case OUT_NUMBER:
	case OUT_SIZE:
		return json_integer((json_int_t)c->number);
	case OUT_TIME:
		return moment(c->time);
	case OUT_LIST:
		return array(c);
	case OUT_BOOL:
		return json_boolean(c->number != 0);
	}
	return NULL;
}

static void
cell(struct out *o, const struct out_cell *c)
{
	json_object_set_new(o->state, o->column[o->at].name,
	    value(o->column[o->at].kind, c));
}

/* jansson escapes C0 controls only, and never DEL; a terminal takes these and
 * others, too. */
static void
print_for_terminal(struct out *o, const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);

	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		if (*p == '\177')
			fputs("\\u007F", o->file);
		else
			fputc(*p, o->file);
	}
	free(text);
}

void
out_json_print(struct out *o, const json_t *j)
{
	if (o->terminal)
		print_for_terminal(o, j);
	else
		json_dumpf(j, o->file, JSON_COMPACT);
	fputc('\n', o->file);
}

static void
end_row(struct out *o)
{
	out_json_print(o, o->state);
	json_decref(o->state);
	begin(o);
}

static void
end(struct out *o)
{
	json_decref(o->state);
	o->state = NULL;
}

const struct out_format out_json = { begin, cell, end_row, end };
