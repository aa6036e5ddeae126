/* SPDX-License-Identifier: ISC */
#include "conf_read.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include "conf.h"
#include "file.h"

struct conf_text {
	struct scfg_source source;
	char *name;
	struct buf data;
	const struct conf_text *includer;
	/* of a file: */
	bool is_file;
	dev_t dev;
	ino_t ino;
};

static struct conf_text *
add_text(struct conf_input *in, const char *name)
{
	struct conf_text *t = xcalloc(1, sizeof(*t));

	in->text = xrealloc_array(in->text, in->ntexts + 1, sizeof(*in->text));
	in->text[in->ntexts++] = t;
	t->name = xstrdup(name);
	t->source.name = t->name;
	return t;
}

static void
set_includer(struct conf_text *t, const struct conf_text *from,
    const struct scfg_pos *at)
{
	t->includer = from;
	t->source.includer = &from->source;
	t->source.included_at = at->off;
}

/* What is wrong with a file as such: at the line that included it, if any. */
static void
file_error(const struct conf_text *t, const char *what, struct scfg_errors *e)
{
	struct scfg_pos at = { t->source.includer, t->source.included_at };

	if (at.source != NULL) {
		scfg_error(e, &at, "%s: %s", t->name, what);
		return;
	}
	e->count++;
	buf_addf(e->out, "%s: error: %s\n", t->name, what);
}

static bool
includes_itself(const struct conf_text *t)
{
	for (const struct conf_text *up = t->includer; up != NULL;
	     up = up->includer)
		if (up->dev == t->dev && up->ino == t->ino)
			return true;
	return false;
}

/* NULL, or what is wrong. */
static const char *
read_file(struct conf_input *in, struct conf_text *t)
{
	struct stat sb;

	if (in->ntexts > CONF_FILES_MAX)
		return "these are too many files";
	/* file_read() needs some room to tell the limit from the end. */
	buf_init(&t->data, CONF_SIZE_MAX - in->size + 4096);
	if (file_read(&t->data, t->name, &sb) < 0 && errno != EFBIG)
		return strerror(errno);
	in->size += t->data.len;
	if (t->data.failed || in->size > CONF_SIZE_MAX) {
		in->size = CONF_SIZE_MAX;
		return "the configuration is too large";
	}
	t->is_file = true;
	t->dev = sb.st_dev;
	t->ino = sb.st_ino;
	return includes_itself(t) ? "the file includes itself" : NULL;
}

static void parse_text(struct conf_input *in, struct conf_text *t,
    struct scfg_errors *e);

static void
include_file(struct conf_input *in, const struct conf_text *from,
    const struct scfg_pos *at, const char *path, struct scfg_errors *e)
{
	struct conf_text *t = add_text(in, path);
	const char *wrong;

	set_includer(t, from, at);
	wrong = read_file(in, t);
	if (wrong != NULL)
		file_error(t, wrong, e);
	else
		parse_text(in, t, e);
}

/* A relative pattern is looked for beside the file that it stands in. */
static char *
beside(const struct conf_text *from, const char *pattern)
{
	const char *slash = strrchr(from->name, '/');
	struct buf path = { 0 };

	if (pattern[0] != '/' && slash != NULL)
		buf_add(&path, from->name, (size_t)(slash - from->name) + 1);
	buf_adds(&path, pattern);
	return buf_steal(&path);
}

/* Files in the order of their names.  No match is fine for a pattern, but a
 * plain name must be there: GLOB_NOMAGIC gives it back for open() to say. */
static void
include(struct conf_input *in, const struct conf_text *from,
    const struct scfg_word *w, struct scfg_errors *e)
{
	char *pattern = beside(from, w->s);
	glob_t found;
	int ret = glob(pattern, GLOB_NOMAGIC, NULL, &found);

	if (ret == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			include_file(in, from, &w->pos, found.gl_pathv[i], e);
	else if (ret != GLOB_NOMATCH)
		scfg_error(e, &w->pos, "%s: cannot be searched for", pattern);
	if (ret == 0)
		globfree(&found);
	free(pattern);
}

static void
check_include(struct conf_input *in, const struct conf_text *from,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	unsigned chain = 0;

	for (const struct conf_text *t = from; t != NULL; t = t->includer)
		chain++;
	if (!from->is_file)
		scfg_error(e, &d->word[0].pos,
		    "\"include\" works in files only");
	else if (d->nwords != 2 || d->has_block)
		scfg_error(e, &d->word[0].pos,
		    "\"include\" takes one file name or pattern");
	else if (chain >= CONF_CHAIN_MAX)
		scfg_error(e, &d->word[0].pos,
		    "files include each other more than %d deep",
		    CONF_CHAIN_MAX);
	else
		include(in, from, &d->word[1], e);
}

static void
append(struct scfg_block *b, struct scfg_directive *d)
{
	if (b->len == b->cap) {
		b->cap = b->cap > 0 ? 2 * b->cap : 16;
		b->directive =
		    xrealloc_array(b->directive, b->cap, sizeof(*b->directive));
	}
	b->directive[b->len++] = *d;
	*d = (struct scfg_directive){ 0 };
}

static void
parse_text(struct conf_input *in, struct conf_text *t, struct scfg_errors *e)
{
	struct scfg_block b = { 0 };

	t->source.text = buf_span(&t->data);
	scfg_parse(&b, &t->source, e);
	for (size_t i = 0; i < b.len; i++) {
		struct scfg_directive *d = &b.directive[i];

		if (strcmp(d->word[0].s, "include") == 0 && !d->bad)
			check_include(in, t, d, e);
		else
			append(&in->block, d);
	}
	scfg_clear(&b);
}

void
conf_input_file(struct conf_input *in, const char *path, struct scfg_errors *e)
{
	struct conf_text *t = add_text(in, path);
	const char *wrong = read_file(in, t);

	if (wrong != NULL)
		file_error(t, wrong, e);
	else
		parse_text(in, t, e);
}

void
conf_input_text(struct conf_input *in, const char *name, struct span text,
    struct scfg_errors *e)
{
	struct conf_text *t = add_text(in, name);

	if (text.n > CONF_SIZE_MAX) {
		file_error(t, "the configuration is too large", e);
		return;
	}
	buf_add_span(&t->data, text);
	parse_text(in, t, e);
}

void
conf_input_next(struct conf_input *in)
{
	scfg_clear(&in->block);
}

void
conf_input_clear(struct conf_input *in)
{
	scfg_clear(&in->block);
	for (size_t i = 0; i < in->ntexts; i++) {
		free(in->text[i]->name);
		buf_free(&in->text[i]->data);
		free(in->text[i]);
	}
	free(in->text);
	*in = (struct conf_input){ 0 };
}
