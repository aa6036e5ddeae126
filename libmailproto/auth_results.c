/* SPDX-License-Identifier: ISC */
#include "auth_results.h"

#include "header.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Over white space and comments, which nest. */
static struct span
skip_cfws(struct span s)
{
	size_t depth = 0, i = 0;

	for (; i < s.n; i++) {
		char c = s.p[i];

		if (depth > 0 && c == '\\')
			i++;
		else if (c == '(')
			depth++;
		else if (depth > 0 && c == ')')
			depth--;
		else if (depth == 0 && !is_space(c))
			break;
	}
	return span_sub(s, i, SIZE_MAX);
}

/* The next character of a name, and whether it was quoted; -1: its end. */
static int
next(struct span *s, bool *quoted)
{
	int c;

	while (s->n > 0 && s->p[0] == '"') {
		*quoted = !*quoted;
		*s = span_sub(*s, 1, SIZE_MAX);
	}
	if (s->n > 1 && *quoted && s->p[0] == '\\')
		*s = span_sub(*s, 1, SIZE_MAX);
	if (s->n == 0 || (!*quoted && (is_space(s->p[0]) || s->p[0] == ';' ||
			     s->p[0] == '(')))
		return -1;
	c = (unsigned char)s->p[0];
	*s = span_sub(*s, 1, SIZE_MAX);
	return c;
}

bool
auth_results_by(struct span value, const char *authserv_id)
{
	struct span s = skip_cfws(value);
	bool quoted = false;
	int c;

	while ((c = next(&s, &quoted)) >= 0) {
		if (*authserv_id == '\0' ||
		    ascii_lower((char)c) != ascii_lower(*authserv_id++))
			return false;
	}
	return *authserv_id == '\0';
}

void
auth_results_strip(struct buf *out, struct span header,
    const char *authserv_id)
{
	struct header_field f;

	while (header_next(&header, &f)) {
		if (!span_ieqs(f.name, "Authentication-Results") ||
		    !auth_results_by(f.value, authserv_id))
			buf_add_span(out, f.line);
	}
	buf_add_span(out, header);
}
