/* SPDX-License-Identifier: ISC */
#include "conf_reload.h"

#include "conf_table.h"

/* The lines that set s as c has it. */
static void
format(struct buf *out, const struct conf *c, const struct conf_setting *s)
{
	size_t n = s->type->count != NULL ? s->type->count(c, s) : 1;

	for (size_t i = 0; i < n; i++) {
		if (s->block[0] != '\0')
			buf_addf(out, "%s { ", s->block);
		buf_addf(out, "%s ", s->name);
		s->type->format(out, c, s, i);
		buf_adds(out, s->block[0] != '\0' ? " }\n" : "\n");
	}
}

static void
tell_kept(const struct conf_setting *s,
    void (*kept)(void *arg, const char *setting), void *arg)
{
	struct buf name = { 0 };

	buf_addf(&name, "%s%s%s", s->block, s->block[0] != '\0' ? "." : "",
	    s->name);
	kept(arg, name.data);
	buf_free(&name);
}

static bool
differ(const struct conf *a, const struct conf *b, const struct conf_setting *s)
{
	struct buf ta = { 0 }, tb = { 0 };
	bool equal;

	format(&ta, a, s);
	format(&tb, b, s);
	equal = span_eq(buf_span(&ta), buf_span(&tb));
	buf_free(&ta);
	buf_free(&tb);
	return !equal;
}

struct conf *
conf_reload(const struct conf *running, const struct conf *next,
    void (*kept)(void *arg, const char *setting), void *arg,
    struct buf *errors)
{
	const struct conf_setting *s;
	struct buf text = { 0 };
	struct conf *merged;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		format(&text, s->reload ? next : running, s);
		if (!s->reload && differ(running, next, s))
			tell_kept(s, kept, arg);
	}
	merged = conf_parse_text(buf_span(&text), "reload", NULL, 0, errors);
	buf_free(&text);
	return merged;
}
