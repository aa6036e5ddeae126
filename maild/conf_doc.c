/* SPDX-License-Identifier: ISC */
#include "conf_doc.h"

#define WIDTH 72 /* of comments in the sample */

static const char *
shown_value(const struct conf_setting *s)
{
	const char *value = s->shown != NULL ? s->shown : s->def;

	return value[0] == '\0' ? "\"\"" : value;
}

void
conf_doc_range(struct buf *out, const struct conf_setting *s)
{
	if (s->words != NULL) {
		for (size_t i = 0; s->words[i] != NULL; i++)
			buf_addf(out, i == 0 ? "one of %s" : ", %s",
			    s->words[i]);
	} else if (s->type->limit != NULL) {
		s->type->limit(out, s->min);
		buf_adds(out, " to ");
		s->type->limit(out, s->max);
	}
}

/* text in lines of at most WIDTH bytes, each behind prefix. */
static void
wrap(struct buf *out, const char *prefix, const char *text)
{
	struct span rest = span_str(text), word;
	size_t column = 0;

	while (span_split(&rest, ' ', &word)) {
		if (word.n == 0)
			continue;
		if (column > 0 && column + 1 + word.n > WIDTH) {
			buf_addc(out, '\n');
			column = 0;
		}
		buf_adds(out, column == 0 ? prefix : " ");
		column += (column == 0 ? strlen(prefix) : 1) + word.n;
		buf_add_span(out, word);
	}
	buf_addc(out, '\n');
}

static void
sample_setting(struct buf *out, const struct conf_setting *s)
{
	const char *indent = s->block[0] != '\0' ? "\t" : "";
	struct buf prefix = { 0 }, range = { 0 };

	buf_addf(&prefix, "%s# ", indent);
	wrap(out, prefix.data, s->sentence);
	conf_doc_range(&range, s);
	if (range.len > 0)
		buf_addf(out, "%s# (%s)\n", indent, range.data);
	buf_addf(out, "%s#%s %s\n", indent, s->name, shown_value(s));
	buf_free(&range);
	buf_free(&prefix);
}

void
conf_doc_sample(struct buf *out)
{
	const struct conf_setting *s;
	const char *block = "";

	buf_adds(out, "# maild.conf: every setting with its default.  "
		      "All lines are optional.\n"
		      "# See maild.conf(5); \"maild -n\" checks this file.\n");
	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		if (strcmp(block, s->block) != 0)
			buf_adds(out, block[0] != '\0' ? "}\n" : "");
		buf_addc(out, '\n');
		if (strcmp(block, s->block) != 0)
			buf_addf(out, "%s {\n", s->block);
		block = s->block;
		sample_setting(out, s);
	}
	buf_adds(out, block[0] != '\0' ? "}\n" : "");
}

static const struct conf_setting *
find(const char *name)
{
	const struct conf_setting *s;
	struct span rest = span_str(name), block = { 0 };
	bool has_block = strchr(name, '.') != NULL;

	if (has_block)
		span_split(&rest, '.', &block);
	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		if (span_eq(rest, span_str(s->name)) &&
		    (!has_block || span_eq(block, span_str(s->block))))
			return s;
	}
	return NULL;
}

bool
conf_doc_explain(struct buf *out, const char *name)
{
	const struct conf_setting *s = find(name);
	struct buf range = { 0 };

	if (s == NULL)
		return false;
	if (s->block[0] != '\0')
		buf_addf(out, "%s { %s %s }\n", s->block, s->name,
		    s->type->syntax);
	else
		buf_addf(out, "%s %s\n", s->name, s->type->syntax);
	wrap(out, "    ", s->sentence);
	conf_doc_range(&range, s);
	if (range.len > 0)
		buf_addf(out, "    Allowed: %s\n", range.data);
	if (s->def != NULL)
		buf_addf(out, "    Default: %s\n",
		    s->def[0] != '\0' ? s->def : "\"\"");
	buf_addf(out, "    A change needs a %s\n",
	    s->reload ? "reload" : "restart");
	buf_free(&range);
	return true;
}
