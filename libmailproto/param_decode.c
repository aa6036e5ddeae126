/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "header.h"
#include "lex.h"
#include "param.h"

/*
 * RFC 2231: "name*" is extended, that is charset'language'text with %XX;
 * "name*0", "name*1" … are pieces, "name*0*" … extended pieces.
 */
enum form { PLAIN, EXTENDED };

/* What stands behind "name*" in a parameter of that name; false: not that. */
static bool
suffix_of(const struct param *p, const char *name, struct span *suffix)
{
	struct span full = span_str(p->name), base = span_str(name);

	if (!span_iprefix(full, base) || full.n == base.n ||
	    full.p[base.n] != '*')
		return false;
	*suffix = span_sub(full, base.n + 1, SIZE_MAX);
	return true;
}

static const char *
find_extended(const struct param_list *l, const char *name)
{
	struct span suffix;

	for (size_t i = 0; i < l->len; i++) {
		if (suffix_of(&l->param[i], name, &suffix) && suffix.n == 0)
			return l->param[i].value;
	}
	return NULL;
}

static const char *
find_piece(const struct param_list *l, const char *name, uint32_t number,
    enum form *form)
{
	struct span suffix;
	uint32_t n;

	for (size_t i = 0; i < l->len; i++) {
		if (!suffix_of(&l->param[i], name, &suffix) || suffix.n == 0)
			continue;
		*form = suffix.p[suffix.n - 1] == '*' ? EXTENDED : PLAIN;
		if (*form == EXTENDED)
			suffix.n--;
		if (span_u32(suffix, &n) == 0 && n == number)
			return l->param[i].value;
	}
	return NULL;
}

static void
add_percent(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int c = -1;

		if (s.p[i] == '%')
			c = lex_hex_pair(span_sub(s, i, 3));
		buf_addc(out, c >= 0 ? (char)c : s.p[i]);
		if (c >= 0)
			i += 2;
	}
}

/* Take "charset'language'" off; without it *s stays and the charset is
 * unknown. */
static struct span
take_charset(struct span *s)
{
	struct span rest = *s, charset, language;

	if (!span_split(&rest, '\'', &charset) ||
	    !span_split(&rest, '\'', &language) ||
	    language.p + language.n == s->p + s->n)
		return span_of(NULL, 0);
	*s = rest;
	return charset;
}

static void
add_utf8(struct buf *out, struct span charset, struct span bytes)
{
	struct charset_stream *cs = charset_open(charset);
	size_t from = out->len;

	charset_stream(cs, out, bytes);
	charset_end(cs, out);
	charset_close(cs);
	lex_blank_controls(out, from);
}

/* The value that begins with first and goes on in numbered pieces. */
static void
decode_pieces(const struct param_list *l, const char *name, const char *first,
    enum form form, struct buf *out)
{
	struct span s = span_str(first), charset = { 0 };
	bool extended = form == EXTENDED;
	struct buf bytes = { 0 };
	const char *next;

	if (extended)
		charset = take_charset(&s);
	for (uint32_t n = 1;; n++) {
		if (form == EXTENDED)
			add_percent(&bytes, s);
		else
			buf_add_span(&bytes, s);
		next = find_piece(l, name, n, &form);
		if (next == NULL)
			break;
		extended |= form == EXTENDED;
		s = span_str(next);
	}
	if (extended)
		add_utf8(out, charset, buf_span(&bytes));
	else
		header_decode(out, buf_span(&bytes));
	buf_free(&bytes);
}

bool
param_decode(const struct param_list *l, const char *name, struct buf *out)
{
	struct buf bytes = { 0 };
	struct span s, charset;
	const char *value;
	enum form form;

	if ((value = find_extended(l, name)) != NULL) {
		s = span_str(value);
		charset = take_charset(&s);
		add_percent(&bytes, s);
		add_utf8(out, charset, buf_span(&bytes));
		buf_free(&bytes);
		return true;
	}
	if ((value = find_piece(l, name, 0, &form)) != NULL) {
		decode_pieces(l, name, value, form, out);
		return true;
	}
	if ((value = param_get(l, name)) == NULL)
		return false;
	header_decode(out, span_str(value));
	return true;
}
