/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "imap_parse.h"

/* Classes of characters (RFC 9051 section 9). */
enum {
	C_ATOM = 1,     /* ATOM-CHAR */
	C_WILD = 2,     /* list-wildcards */
	C_BRACKET = 4,  /* resp-specials, "]" */
	C_PLUS = 8,     /* an ATOM-CHAR that a tag may not hold */
	C_QUOTED = 16,  /* stands for itself in a quoted string */
	C_SPECIAL = 32, /* quoted-specials */
	C_SET = 64,     /* of a sequence set */
};

#define C_TAG     (C_ATOM | C_BRACKET)
#define C_ASTRING (C_ATOM | C_BRACKET | C_PLUS)
#define C_LIST    (C_ATOM | C_BRACKET | C_PLUS | C_WILD)

static int
class_of(char ch)
{
	switch (ch) {
	case '"':
	case '\\':
		return C_SPECIAL;
	case '(':
	case ')':
	case '{':
	case ' ':
		return C_QUOTED;
	case '%':
		return C_QUOTED | C_WILD;
	case '*':
		return C_QUOTED | C_WILD | C_SET;
	case ']':
		return C_QUOTED | C_BRACKET;
	case '+':
		return C_QUOTED | C_PLUS;
	case ':':
	case ',':
		return C_QUOTED | C_ATOM | C_SET;
	case '\0':
	case '\r':
	case '\n':
		return 0;
	}
	if (ascii_digit(ch))
		return C_QUOTED | C_ATOM | C_SET;
	if ((unsigned char)ch > 127)
		return 0;
	/* Controls may be quoted, nothing else. */
	return ch > 31 && ch < 127 ? C_QUOTED | C_ATOM : C_QUOTED;
}

/* Take one or more characters of those classes. */
static bool
run(struct imap_cursor *c, int classes, struct span *out)
{
	const char *p = c->p;

	while (p < c->end && (class_of(*p) & classes) != 0)
		p++;
	if (p == c->p)
		return false;
	*out = span_of(c->p, (size_t)(p - c->p));
	c->p = p;
	return true;
}

bool
imap_end(const struct imap_cursor *c)
{
	return c->p == c->end;
}

bool
imap_peek(const struct imap_cursor *c, char ch)
{
	return c->p < c->end && *c->p == ch;
}

bool
imap_char(struct imap_cursor *c, char ch)
{
	if (!imap_peek(c, ch))
		return false;
	c->p++;
	return true;
}

bool
imap_sp(struct imap_cursor *c)
{
	return imap_char(c, ' ');
}

bool
imap_tag(struct imap_cursor *c, struct span *out)
{
	return run(c, C_TAG, out);
}

bool
imap_atom(struct imap_cursor *c, struct span *out)
{
	return run(c, C_ATOM | C_PLUS, out);
}

bool
imap_word(struct imap_cursor *c, const char *word)
{
	const char *start = c->p;
	struct span atom;

	if (imap_atom(c, &atom) && span_ieqs(atom, word))
		return true;
	c->p = start;
	return false;
}

bool
imap_literal_header(struct imap_cursor *c, uint64_t *size)
{
	const char *start = c->p;

	if (imap_char(c, '{') && imap_number64(c, size)) {
		imap_char(c, '+');
		if (imap_char(c, '}') && imap_char(c, '\r') &&
		    imap_char(c, '\n'))
			return true;
	}
	c->p = start;
	return false;
}

static bool
literal(struct imap_cursor *c, struct span *out)
{
	const char *start = c->p;
	uint64_t n;

	if (imap_literal_header(c, &n) && n <= (size_t)(c->end - c->p) &&
	    (c->nul || memchr(c->p, '\0', n) == NULL)) {
		*out = span_of(c->p, (size_t)n);
		c->p += n;
		return true;
	}
	c->p = start;
	return false;
}

/*
 * A quoted string without its escapes.  Spans into scratch stay good because
 * it never moves: it gets room once for all that can come, twice over for
 * callers who go back; should that not do, the string is refused.
 */
static bool
unescape(struct imap_cursor *c, struct span raw, struct span *out)
{
	struct buf *b = c->scratch;
	size_t at = b->len;

	if (at == 0)
		buf_reserve(b, 2 * (raw.n + (size_t)(c->end - c->p)));
	if (b->failed || b->cap - b->len <= raw.n)
		return false;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\')
			i++;
		buf_addc(b, raw.p[i]);
	}
	*out = span_sub(buf_span(b), at, b->len - at);
	return true;
}

/* Past the closing quote of a string that p is inside of, or NULL. */
static const char *
quoted_end(const struct imap_cursor *c, const char *p, bool *escapes)
{
	*escapes = false;
	for (; p < c->end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\') {
			*escapes = true;
			if (++p == c->end || class_of(*p) != C_SPECIAL)
				return NULL;
		} else if ((class_of(*p) & C_QUOTED) == 0 &&
		    !(c->utf8 && (unsigned char)*p > 127)) {
			return NULL;
		}
	}
	return NULL;
}

static bool
quoted(struct imap_cursor *c, struct span *out)
{
	const char *start = c->p, *end;
	struct span raw;
	bool escapes;

	end = quoted_end(c, start + 1, &escapes);
	if (end == NULL)
		return false;
	raw = span_of(start + 1, (size_t)(end - start) - 2);
	if (c->strict && !utf8_valid(raw))
		return false;
	c->p = end;
	if (!escapes || c->scratch == NULL) {
		*out = raw;
		return true;
	}
	if (unescape(c, raw, out))
		return true;
	c->p = start;
	return false;
}

bool
imap_string(struct imap_cursor *c, struct span *out)
{
	return imap_peek(c, '"') ? quoted(c, out) : literal(c, out);
}

bool
imap_nstring(struct imap_cursor *c, struct span *out)
{
	if (imap_word(c, "NIL")) {
		*out = (struct span){ NULL, 0 };
		return true;
	}
	return imap_string(c, out);
}

bool
imap_astring(struct imap_cursor *c, struct span *out)
{
	return run(c, C_ASTRING, out) || imap_string(c, out);
}

bool
imap_list_mailbox(struct imap_cursor *c, struct span *out)
{
	return run(c, C_LIST, out) || imap_string(c, out);
}

bool
imap_number64(struct imap_cursor *c, uint64_t *out)
{
	const char *p = c->p;

	while (p < c->end && ascii_digit(*p))
		p++;
	if (span_u64(span_of(c->p, (size_t)(p - c->p)), INT64_MAX, out) < 0)
		return false;
	c->p = p;
	return true;
}

bool
imap_number(struct imap_cursor *c, uint32_t *out)
{
	const char *start = c->p;
	uint64_t v;

	if (!imap_number64(c, &v) || v > UINT32_MAX) {
		c->p = start;
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

bool
imap_seqset(struct imap_cursor *c, struct seqset *out)
{
	const char *start = c->p;
	struct span s;

	if (run(c, C_SET, &s) && seqset_parse(out, s) == 0)
		return true;
	c->p = start;
	return false;
}

bool
imap_flag(struct imap_cursor *c, struct span *out)
{
	const char *start = c->p;
	struct span atom;

	imap_char(c, '\\');
	if (!imap_atom(c, &atom)) {
		c->p = start;
		return false;
	}
	*out = span_of(start, (size_t)(c->p - start));
	return true;
}
