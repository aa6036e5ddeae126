/* SPDX-License-Identifier: ISC */
#include "bodystructure.h"

#include <stdlib.h>

#include "imap_write.h"

#define JOINED_MAX 4096 /* a longer value is left in its pieces */

static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	}
	return true;
}

/* RFC 2231 section 7: attribute-char, less what few know to be one. */
static bool
is_attribute_char(unsigned char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '-' || c == '.' ||
	    c == '_';
}

/* name*=utf-8''...: RFC 2231 section 4. */
static void
write_extended(struct buf *out, struct span name, struct span value)
{
	struct buf text = { 0 };

	buf_add_span(&text, name);
	buf_addc(&text, '*');
	imap_write_string(out, buf_span(&text));
	buf_addc(out, ' ');
	buf_clear(&text);
	buf_adds(&text, "utf-8''");
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (is_attribute_char(c))
			buf_addc(&text, (char)c);
		else
			buf_addf(&text, "%%%02X", c);
	}
	imap_write_string(out, buf_span(&text));
	buf_free(&text);
}

/* "name" of "name*0*". */
static struct span
base_name(const struct param *p)
{
	return span_of(p->name, strcspn(p->name, "*"));
}

static bool
is_piece(const struct param *p)
{
	return strchr(p->name, '*') != NULL;
}

/* The first piece of the parameter that the ith is a piece of. */
static size_t
first_piece(const struct param_list *l, size_t i)
{
	struct span name = base_name(&l->param[i]);
	size_t j = 0;

	while (!is_piece(&l->param[j]) ||
	    !span_eq(base_name(&l->param[j]), name))
		j++;
	return j;
}

static bool
write_joined(struct buf *out, const struct param_list *l, size_t i)
{
	struct span name = base_name(&l->param[i]);
	char *key = span_dup(name);
	struct buf value = { 0 };
	bool ok = name.n > 0 && param_decode(l, key, &value) &&
	    value.len <= JOINED_MAX;

	if (ok && is_printable(buf_span(&value)) && param_get(l, key) == NULL) {
		imap_write_string(out, name);
		buf_addc(out, ' ');
		imap_write_string(out, buf_span(&value));
	} else if (ok) {
		write_extended(out, name, buf_span(&value));
	}
	buf_free(&value);
	free(key);
	return ok;
}

void
bodystructure_params(struct buf *out, const struct param_list *l)
{
	bool joined[PARAM_MAX] = { false };
	const char *sep = "(";

	for (size_t i = 0; i < l->len; i++) {
		const struct param *p = &l->param[i];
		size_t first = is_piece(p) ? first_piece(l, i) : i;

		if (joined[first])
			continue;
		buf_adds(out, sep);
		sep = " ";
		if (is_piece(p) && first == i)
			joined[i] = write_joined(out, l, i);
		if (joined[i])
			continue;
		imap_write_string(out, span_str(p->name));
		buf_addc(out, ' ');
		imap_write_string(out, span_str(p->value));
	}
	buf_adds(out, l->len > 0 ? ")" : "NIL");
}
