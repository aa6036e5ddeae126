/* SPDX-License-Identifier: ISC */
/* Settings that are words: names, paths, choices. */
#include <stdlib.h>

#include "conf_table.h"

const struct scfg_word *
conf_one_value(const struct conf_setting *s, const struct scfg_directive *d,
    struct scfg_errors *e)
{
	if (d->nwords == 2)
		return &d->word[1];
	if (d->nwords < 2)
		scfg_error(e, &d->word[0].pos, "\"%s\" needs a value: %s",
		    s->name, s->type->syntax);
	else
		scfg_error(e, &d->word[2].pos, "\"%s\" takes one value only",
		    s->name);
	return NULL;
}

static void
set_string(struct conf *c, const struct conf_setting *s, const char *value)
{
	char **field = CONF_FIELD(c, s, char *);

	free(*field);
	*field = s->optional && value[0] == '\0' ? NULL : xstrdup(value);
}

static void
format_string(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	const char *value = CONF_VALUE(c, s, char *);

	(void)i;
	scfg_quote(out, value != NULL ? value : "");
}

static void
clear_string(struct conf *c, const struct conf_setting *s)
{
	free(*CONF_FIELD(c, s, char *));
}

/* ---- yes or no ---- */

static bool
parse_bool(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	if (w == NULL)
		return false;
	if (strcmp(w->s, "yes") != 0 && strcmp(w->s, "no") != 0) {
		scfg_error(e, &w->pos, "\"%s\" is yes or no", s->name);
		return false;
	}
	*CONF_FIELD(c, s, bool) = w->s[0] == 'y';
	return true;
}

static void
format_bool(struct buf *out, const struct conf *c, const struct conf_setting *s,
    size_t i)
{
	(void)i;
	buf_adds(out, CONF_VALUE(c, s, bool) ? "yes" : "no");
}

const struct conf_type conf_type_bool = {
	.syntax = "yes | no",
	.parse = parse_bool,
	.format = format_bool,
};

/* ---- a word out of several ---- */

static void
no_such_word(const struct conf_setting *s, const struct scfg_word *w,
    struct scfg_errors *e)
{
	struct buf list = { 0 };

	for (size_t i = 0; s->words[i] != NULL; i++)
		buf_addf(&list, i == 0 ? "%s" : ", %s", s->words[i]);
	scfg_error(e, &w->pos, "\"%s\" is one of %s", s->name, list.data);
	buf_free(&list);
}

static bool
parse_word(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	if (w == NULL)
		return false;
	for (size_t i = 0; s->words[i] != NULL; i++) {
		if (strcmp(w->s, s->words[i]) == 0) {
			set_string(c, s, w->s);
			return true;
		}
	}
	no_such_word(s, w, e);
	return false;
}

const struct conf_type conf_type_word = {
	.syntax = "WORD",
	.parse = parse_word,
	.format = format_string,
	.clear = clear_string,
};

/* ---- texts and paths ---- */

static bool
parse_text(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	if (w == NULL)
		return false;
	if (strlen(w->s) > s->max) {
		scfg_error(e, &w->pos, "\"%s\" is longer than %llu bytes",
		    s->name, (unsigned long long)s->max);
		return false;
	}
	set_string(c, s, w->s);
	return true;
}

static bool
parse_path(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	if (w == NULL)
		return false;
	if (w->s[0] != '/' && !(s->optional && w->s[0] == '\0')) {
		scfg_error(e, &w->pos, "this path must begin with \"/\"");
		return false;
	}
	return parse_text(c, s, d, e);
}

const struct conf_type conf_type_text = {
	.syntax = "TEXT",
	.parse = parse_text,
	.format = format_string,
	.clear = clear_string,
};

const struct conf_type conf_type_path = {
	.syntax = "PATH",
	.parse = parse_path,
	.format = format_string,
	.clear = clear_string,
};

/* ---- host and domain names ---- */

/* Lower case the name, and check it: letters, digits and inner hyphens, labels
 * of at most 63, 253 in all (RFC 1123 section 2.1). */
bool
conf_host_normalize(char *s)
{
	size_t label = 0;

	if (strlen(s) > 253)
		return false;
	for (; *s != '\0'; s++) {
		*s = (char)ascii_lower((unsigned char)*s);
		if (*s == '.' || *s == '-') {
			if (label == 0 || (*s == '.' && s[-1] == '-'))
				return false;
		} else if (!ascii_alpha((unsigned char)*s) &&
			   !ascii_digit((unsigned char)*s)) {
			return false;
		}
		label = *s == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0 && s[-1] != '-';
}

static bool
check_host(const struct scfg_word *w, struct scfg_errors *e)
{
	if (conf_host_normalize(w->s))
		return true;
	scfg_error(e, &w->pos, "\"%s\" is no host or domain name", w->s);
	return false;
}

static bool
parse_host(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	if (w == NULL || !check_host(w, e))
		return false;
	set_string(c, s, w->s);
	return true;
}

static bool
add_domain(struct conf *c, const struct scfg_word *w, struct scfg_errors *e)
{
	if (!check_host(w, e))
		return false;
	for (size_t i = 0; i < c->ndomains; i++) {
		if (strcmp(c->domain[i], w->s) == 0) {
			scfg_error(e, &w->pos,
			    "the domain \"%s\" is there already", w->s);
			return false;
		}
	}
	c->domain =
	    xrealloc_array(c->domain, c->ndomains + 1, sizeof(*c->domain));
	c->domain[c->ndomains++] = xstrdup(w->s);
	return true;
}

static bool
parse_domain(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	bool good = true;

	if (d->nwords < 2)
		return conf_one_value(s, d, e) != NULL;
	for (size_t i = 1; i < d->nwords; i++)
		good &= add_domain(c, &d->word[i], e);
	return good;
}

static void
format_domain(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	(void)s;
	scfg_quote(out, c->domain[i]);
}

static size_t
count_domain(const struct conf *c, const struct conf_setting *s)
{
	(void)s;
	return c->ndomains;
}

static void
clear_domain(struct conf *c, const struct conf_setting *s)
{
	(void)s;
	for (size_t i = 0; i < c->ndomains; i++)
		free(c->domain[i]);
	free(c->domain);
}

const struct conf_type conf_type_host = {
	.syntax = "NAME",
	.parse = parse_host,
	.format = format_string,
	.clear = clear_string,
};

const struct conf_type conf_type_domain = {
	.syntax = "NAME ...",
	.multiple = true,
	.parse = parse_domain,
	.format = format_domain,
	.count = count_domain,
	.clear = clear_domain,
};
