/* SPDX-License-Identifier: ISC */
#include "user_config_edit.h"

/* ---- the lines of an account ---- */

/* The name behind "account"; false: the line is none of these. */
static bool
begins_account(struct span line, struct span *name)
{
	struct span word = span_trim(line);
	size_t n = sizeof("account") - 1;

	if (word.n <= n || !span_eq(span_sub(word, 0, n),
	    SPAN_LIT("account")) || (word.p[n] != ' ' && word.p[n] != '\t'))
		return false;
	*name = span_trim(span_sub(word, n, word.n));
	return true;
}

static bool
is_comment(struct span line)
{
	line = span_trim(line);
	return line.n > 0 && line.p[0] == '#';
}

/* The lines of one account with the comments above it, from *rest on, up to
 * those of the next.  False: there are no more; what stands before the first
 * account is before *block. */
static bool
next_account(struct span *rest, struct span *block, struct span *name)
{
	struct span s = *rest, line, other;
	const char *begin = NULL, *comment = NULL;

	for (const char *at = s.p; span_split(&s, '\n', &line); at = s.p) {
		bool account = begins_account(line, &other);

		if (account && begin != NULL) {
			at = comment != NULL ? comment : at;
			*block = span_of(begin, (size_t)(at - begin));
			*rest = span_of(at, (size_t)(span_end(*rest) - at));
			return true;
		}
		if (account) {
			begin = comment != NULL ? comment : at;
			*name = other;
		}
		if (account || !is_comment(line))
			comment = NULL;
		else if (comment == NULL)
			comment = at;
	}
	if (begin == NULL)
		return false;
	*block = span_of(begin, (size_t)(span_end(*rest) - begin));
	*rest = span_of(span_end(*rest), 0);
	return true;
}

/* The lines of the account, and where the first account begins. */
static bool
find_account(struct span text, const char *wanted, struct span *found,
    const char **first)
{
	struct span rest = text, name = { 0 };

	*first = NULL;
	while (next_account(&rest, found, &name)) {
		if (*first == NULL)
			*first = found->p;
		if (span_eq(name, span_str(wanted)))
			return true;
	}
	return false;
}

/* ---- changes ---- */

static struct span
between(const char *begin, const char *end)
{
	return span_of(begin, (size_t)(end - begin));
}

static void
end_line(struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
}

bool
user_config_remove(struct buf *out, struct span text, const char *name)
{
	const char *first;
	struct span block;

	if (!find_account(text, name, &block, &first))
		return false;
	buf_add_span(out, between(text.p, block.p));
	buf_add_span(out, between(span_end(block), span_end(text)));
	return true;
}

bool
user_config_first(struct buf *out, struct span text, const char *name)
{
	const char *first;
	struct span block;

	if (!find_account(text, name, &block, &first))
		return false;
	buf_add_span(out, between(text.p, first));
	buf_add_span(out, block);
	end_line(out);
	/* The last one of a file has no empty line behind it. */
	if (block.p != first && block.n > 1 &&
	    span_end(block) == span_end(text))
		buf_addc(out, '\n');
	buf_add_span(out, between(first, block.p));
	buf_add_span(out, between(span_end(block), span_end(text)));
	return true;
}

void
user_config_add(struct buf *out, struct span text,
    const struct user_account *a)
{
	const char *name, *value;

	buf_add_span(out, text);
	end_line(out);
	buf_addf(out, "%saccount %s\n", out->len > 0 ? "\n" : "", a->name);
	for (size_t i = 0; user_config_setting(a, i, &name, &value); i++) {
		if (value != NULL)
			buf_addf(out, "%s %s\n", name, value);
	}
}

bool
user_config_value_ok(const char *value)
{
	struct span s = span_str(value);

	return s.n > 0 && span_trim(s).n == s.n && strchr(value, '\n') == NULL;
}
