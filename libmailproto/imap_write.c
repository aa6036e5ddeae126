/* SPDX-License-Identifier: ISC */
#include "imap_write.h"

#include "imap_parse.h"
#include "utf7.h"

/* s may stand between quotes, its specials escaped. */
static bool
quotable(struct span s, bool utf8)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' || s.p[i] == '\n' ||
		    ((unsigned char)s.p[i] > 127 && !utf8))
			return false;
	}
	return true;
}

static char
sendable(char ch)
{
	return ch != '\0' ? ch : '?';
}

static void
write_quoted(struct buf *out, struct span s)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, sendable(s.p[i]));
	}
	buf_addc(out, '"');
}

static void
write_literal(struct buf *out, struct span s)
{
	char *at;

	buf_addf(out, "{%zu}\r\n", s.n);
	at = buf_reserve(out, s.n);
	if (at == NULL)
		return;
	for (size_t i = 0; i < s.n; i++)
		at[i] = sendable(s.p[i]);
	at[s.n] = '\0';
	out->len += s.n;
}

void
imap_write_string(struct buf *out, struct span s)
{
	if (quotable(s, false))
		write_quoted(out, s);
	else
		write_literal(out, s);
}

void
imap_write_nstring(struct buf *out, struct span s)
{
	if (s.p == NULL)
		buf_adds(out, "NIL");
	else
		imap_write_string(out, s);
}

bool
imap_is_atom(struct span s)
{
	struct imap_cursor c = { 0 };
	struct span atom;

	if (s.n == 0)
		return false;
	c.p = s.p;
	c.end = s.p + s.n;
	return imap_atom(&c, &atom) && imap_end(&c);
}

/* As an atom NIL would be allowed, but not all readers know. */
static bool
plain_atom(struct span s)
{
	return imap_is_atom(s) && !span_ieqs(s, "NIL");
}

void
imap_write_astring(struct buf *out, struct span s)
{
	if (plain_atom(s))
		buf_add_span(out, s);
	else
		imap_write_string(out, s);
}

void
imap_write_mailbox(struct buf *out, struct span name, bool utf8)
{
	struct buf encoded = { 0 };

	if (utf8) {
		if (!plain_atom(name) && quotable(name, true))
			write_quoted(out, name);
		else
			imap_write_astring(out, name);
		return;
	}
	/* What is no UTF-8 stays as it is; imap_write_string() copes. */
	if (utf7_encode(&encoded, name) < 0)
		buf_add_span(&encoded, name);
	imap_write_astring(out, buf_span(&encoded));
	buf_free(&encoded);
}
