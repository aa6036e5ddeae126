/* SPDX-License-Identifier: ISC */
#include "address.h"
#include "charset.h"
#include "header.h"
#include "lex.h"

static bool
is_atoms(struct span s, const char *also)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!lex_atext(s.p[i]) && strchr(also, s.p[i]) == NULL)
			return false;
	}
	return s.n > 0;
}

/* As it is when it consists of atoms and what also has, else quoted. */
static void
add_quoted(struct buf *out, struct span s, const char *also)
{
	if (is_atoms(s, also)) {
		buf_add_span(out, s);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, s.p[i]);
	}
	buf_addc(out, '"');
}

static void
add_name(struct buf *out, const char *s)
{
	struct buf name = { 0 };

	header_decode(&name, span_str(s));
	add_quoted(out, buf_span(&name), " .");
	buf_free(&name);
}

static void
add_local(struct buf *out, const char *s)
{
	struct buf local = { 0 };

	utf8_scrub(&local, span_str(s));
	add_quoted(out, buf_span(&local), ".");
	buf_free(&local);
}

void
address_format(struct buf *out, const struct address *a)
{
	switch (a->kind) {
	case ADDRESS_GROUP_START:
		add_name(out, a->mailbox);
		buf_addc(out, ':');
		return;
	case ADDRESS_GROUP_END:
		buf_addc(out, ';');
		return;
	case ADDRESS_MAILBOX:
		break;
	}
	if (a->name != NULL) {
		add_name(out, a->name);
		buf_adds(out, " <");
	}
	add_local(out, a->mailbox);
	if (a->host[0] != '\0') {
		buf_addc(out, '@');
		utf8_scrub(out, span_str(a->host));
	}
	if (a->name != NULL)
		buf_addc(out, '>');
}
