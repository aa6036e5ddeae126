/* SPDX-License-Identifier: ISC */
#include "param.h"

#include <stdlib.h>

#include "header.h"
#include "lex.h"

struct parser {
	struct span rest;
	bool no_comment, no_quoted;
};

static void
advance(struct parser *p, size_t n)
{
	p->rest.p += n;
	p->rest.n -= n;
}

static char
peek(const struct parser *p)
{
	return p->rest.n > 0 ? p->rest.p[0] : '\0';
}

/* Bytes of the comment at hand, 0 when there is none that ends. */
static size_t
comment_length(struct parser *p)
{
	size_t n;

	if (peek(p) != '(' || p->no_comment)
		return 0;
	n = lex_comment(p->rest);
	p->no_comment = n == 0;
	return n;
}

static bool
skip_cfws(struct parser *p)
{
	bool any = false;

	for (;;) {
		size_t n = lex_wsp(peek(p)) ? 1 : comment_length(p);

		if (n == 0)
			return any;
		advance(p, n);
		any = true;
	}
}

/*
 * The value before the parameters.  Two words that only white space parts are
 * a value and a parameter whose ";" has been forgotten.
 */
static char *
take_value(struct parser *p)
{
	struct buf value = { 0 };

	skip_cfws(p);
	while (p->rest.n > 0 && peek(p) != ';') {
		bool slash = peek(p) == '/';

		buf_addc(&value, peek(p));
		advance(p, 1);
		if (skip_cfws(p) && !slash && peek(p) != '/')
			break;
	}
	if (peek(p) == ';')
		advance(p, 1);
	return buf_steal(&value);
}

/* The name in front of "="; empty when what stands there is no parameter. */
static struct span
take_name(struct parser *p)
{
	struct span name;
	size_t n = 0;

	skip_cfws(p);
	while (n < p->rest.n && lex_atext(p->rest.p[n]) && p->rest.p[n] != '=')
		n++;
	name = span_sub(p->rest, 0, n);
	advance(p, n);
	skip_cfws(p);
	if (peek(p) != '=')
		return span_of(NULL, 0);
	advance(p, 1);
	skip_cfws(p);
	return name;
}

static void
skip_to_next(struct parser *p)
{
	const char *at = memchr(p->rest.p, ';', p->rest.n);

	advance(p, at != NULL ? (size_t)(at - p->rest.p) + 1 : p->rest.n);
}

/* Names with Windows paths are common, and needless quoted pairs are not: only
 * what must be quoted is unquoted. */
static char *
unquote(struct span s)
{
	char *value = xmalloc(s.n + 1), *to = value;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		*to++ = s.p[i];
	}
	*to = '\0';
	return value;
}

static char *
take_quoted(struct parser *p, size_t n)
{
	char *value = unquote(span_sub(p->rest, 1, n - 2));

	advance(p, n);
	skip_cfws(p);
	if (peek(p) == ';')
		advance(p, 1);
	return value;
}

/*
 * A value without quotes reaches to the ";", as file names have blanks and
 * parentheses; only a comment that ends it is none of it, as in
 * "charset=us-ascii (Plain text)".
 */
static char *
take_unquoted(struct parser *p)
{
	const char *from = p->rest.p;
	size_t n = 0;

	while (p->rest.n > 0 && peek(p) != ';') {
		if (skip_cfws(p))
			continue;
		advance(p, 1);
		n = (size_t)(p->rest.p - from);
	}
	if (peek(p) == ';')
		advance(p, 1);
	return span_dup(span_of(from, n));
}

static char *
take_param_value(struct parser *p)
{
	size_t n = 0;

	if (peek(p) == '"') {
		n = p->no_quoted ? 0 : lex_quoted(p->rest);
		p->no_quoted = n == 0;
		if (n == 0)
			advance(p, 1);
	}
	return n > 0 ? take_quoted(p, n) : take_unquoted(p);
}

static char *
lower_dup(struct span s)
{
	char *name = span_dup(s);

	for (char *c = name; *c != '\0'; c++)
		*c = (char)ascii_lower((unsigned char)*c);
	return name;
}

static void
append(struct param_list *l, char *name, char *value)
{
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 4;
		l->param = xrealloc_array(l->param, l->cap, sizeof(*l->param));
	}
	l->param[l->len++] = (struct param){ name, value };
}

void
param_list_parse(struct param_list *l, struct span value)
{
	struct parser p = { 0 };
	struct buf text = { 0 };

	param_list_clear(l);
	header_unfold(&text, value);
	p.rest = buf_span(&text);
	l->value = take_value(&p);
	while (p.rest.n > 0 && l->len < PARAM_MAX) {
		struct span name = take_name(&p);

		if (name.n == 0)
			skip_to_next(&p);
		else
			append(l, lower_dup(name), take_param_value(&p));
	}
	buf_free(&text);
}

void
param_list_clear(struct param_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->param[i].name);
		free(l->param[i].value);
	}
	free(l->param);
	free(l->value);
	*l = (struct param_list){ 0 };
}

const char *
param_get(const struct param_list *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++) {
		if (span_ieqs(span_str(l->param[i].name), name))
			return l->param[i].value;
	}
	return NULL;
}
