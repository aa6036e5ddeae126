/* SPDX-License-Identifier: ISC */
#include "opt.h"

#include <stdlib.h>

static bool
is_end(const struct opt *o)
{
	return o->letter == 0 && o->name == NULL;
}

static const struct opt *
find(const struct opt *const *tables, char letter, struct span name)
{
	for (; *tables != NULL; tables++) {
		for (const struct opt *o = *tables; !is_end(o); o++) {
			if (letter != 0 ? o->letter == letter :
			    o->name != NULL && span_eq(name, span_str(o->name)))
				return o;
		}
	}
	return NULL;
}

void
opt_list_add(struct opt_list *l, const char *value)
{
	l->value = xrealloc_array(l->value, l->len + 1, sizeof(l->value[0]));
	l->value[l->len++] = value;
}

void
opt_list_free(struct opt_list *l)
{
	free(l->value);
	*l = (struct opt_list){ 0 };
}

static int
set(const struct opt *o, const char *value, struct buf *err)
{
	struct opt_list *list = o->value;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		return 0;
	case OPT_STRING:
		*(const char **)o->value = value;
		return 0;
	case OPT_NUMBER:
		if (span_u32(span_str(value), o->value) == 0)
			return 0;
		buf_addf(err, "\"%s\" is no number", value);
		return -1;
	case OPT_LIST:
		if (list->len < OPT_LIST_MAX) {
			opt_list_add(list, value);
			return 0;
		}
		buf_addf(err, "--%s is given too often", o->name);
		return -1;
	case OPT_IGNORE:
		return 0;
	}
	return -1;
}

/* "--name", "--name=value", "--name value"; *used counts a second word. */
static int
unknown_option(const struct opt *const *tables, struct span name,
    struct buf *err)
{
	const char *best = NULL;
	size_t least = 3, d;

	for (; *tables != NULL; tables++) {
		for (const struct opt *o = *tables;
		     o->letter != 0 || o->name != NULL; o++) {
			if (o->name == NULL || o->help == NULL)
				continue;
			d = span_distance(name, span_str(o->name));
			if (d < least && d < name.n) {
				least = d;
				best = o->name;
			}
		}
	}
	buf_addf(err, "unknown option --%.*s", (int)name.n, name.p);
	if (best != NULL)
		buf_addf(err, "; did you mean --%s?", best);
	return -1;
}

static int
parse_long(const struct opt *const *tables, const char *word, const char *next,
    int *used, struct buf *err)
{
	const char *value = strchr(word, '=');
	struct span name = span_str(word);
	const struct opt *o;

	if (value != NULL)
		name.n = (size_t)(value++ - word);
	o = find(tables, 0, name);
	if (o == NULL)
		return unknown_option(tables, name, err);
	if (o->kind == OPT_FLAG && value != NULL) {
		buf_addf(err, "--%s takes no value", o->name);
		return -1;
	}
	if (o->kind != OPT_FLAG && value == NULL) {
		value = next;
		*used = 1;
	}
	if (o->kind != OPT_FLAG && value == NULL) {
		buf_addf(err, "--%s needs %s", o->name, o->arg);
		return -1;
	}
	return set(o, value, err);
}

/* "-q", "-ti", "-oFILE", "-o FILE". */
static int
parse_short(const struct opt *const *tables, const char *word,
    const char *next, int *used, struct buf *err)
{
	for (; *word != '\0'; word++) {
		const struct opt *o = find(tables, *word, span_of(NULL, 0));
		const char *value = word + 1;

		if (o == NULL) {
			buf_addf(err, "unknown option -%c", *word);
			return -1;
		}
		if (o->kind == OPT_FLAG) {
			set(o, NULL, err);
			continue;
		}
		if (*value == '\0') {
			value = next;
			*used = 1;
		}
		if (value == NULL) {
			buf_addf(err, "-%c needs %s", *word, o->arg);
			return -1;
		}
		return set(o, value, err);
	}
	return 0;
}

int
opt_parse(const struct opt *const *tables, int *argc, char **argv,
    struct buf *err)
{
	int n = 0, i, used, ret;

	for (i = 0; i < *argc && strcmp(argv[i], "--") != 0; i += 1 + used) {
		const char *word = argv[i];
		const char *next = i + 1 < *argc ? argv[i + 1] : NULL;

		used = 0;
		if (word[0] != '-' || word[1] == '\0') {
			argv[n++] = argv[i];
			continue;
		}
		ret = word[1] == '-' ?
		    parse_long(tables, word + 2, next, &used, err) :
		    parse_short(tables, word + 1, next, &used, err);
		if (ret < 0)
			return -1;
	}
	for (i++; i < *argc; i++)
		argv[n++] = argv[i];
	*argc = n;
	return 0;
}

void
opt_help(struct buf *out, const struct opt *table)
{
	for (const struct opt *o = table; !is_end(o); o++) {
		struct buf left = { 0 };

		if (o->help == NULL)
			continue;
		if (o->letter != 0)
			buf_addf(&left, "-%c%s", o->letter,
			    o->name != NULL ? ", " : "");
		if (o->name != NULL)
			buf_addf(&left, "--%s", o->name);
		if (o->arg != NULL)
			buf_addf(&left, " %s", o->arg);
		buf_addf(out, "  %-24s %s\n", left.data, o->help);
		buf_free(&left);
	}
}
