/* SPDX-License-Identifier: ISC */
#include "imap_url.h"

#include <string.h>

/* bchar of RFC 5092, but for pct-encoded */
static bool
is_plain(char ch)
{
	return ascii_alpha(ch) || ascii_digit(ch) ||
	    (ch != '\0' && strchr("-._~!$'()*+,&=:@/", ch) != NULL);
}

/* Append s without its percent-encoding.  False: bad syntax. */
static bool
decode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int hi, lo;

		if (s.p[i] != '%') {
			if (!is_plain(s.p[i]))
				return false;
			buf_addc(out, s.p[i]);
			continue;
		}
		if (s.n - i < 3)
			return false;
		hi = ascii_hex(s.p[i + 1]);
		lo = ascii_hex(s.p[i + 2]);
		if (hi < 0 || lo < 0 || hi + lo == 0)
			return false;
		buf_addc(out, (char)(hi * 16 + lo));
		i += 2;
	}
	return true;
}

/* ---- taking pieces off the front ---- */

static bool
take(struct span *s, const char *word)
{
	struct span w = span_str(word);

	if (!span_iprefix(*s, w))
		return false;
	*s = span_sub(*s, w.n, s->n);
	return true;
}

/* Up to a ';', which no piece contains, or the end. */
static struct span
take_text(struct span *s)
{
	size_t n = 0;
	struct span text;

	while (n < s->n && s->p[n] != ';')
		n++;
	text = span_of(s->p, n);
	*s = span_sub(*s, n, s->n);
	return text;
}

static bool
take_digits(struct span *s, struct span *out)
{
	size_t n = 0;

	while (n < s->n && ascii_digit(s->p[n]))
		n++;
	*out = span_of(s->p, n);
	*s = span_sub(*s, n, s->n);
	return n > 0;
}

static bool
take_nz_number(struct span *s, uint32_t *out)
{
	struct span digits;

	return take_digits(s, &digits) && span_u32(digits, out) == 0 &&
	    *out > 0;
}

/* ---- the URL ---- */

/* Decode text up to the '/' that belongs to the parameter behind it. */
static bool
decode_before(struct buf *out, struct span text)
{
	return text.n > 1 && text.p[text.n - 1] == '/' &&
	    decode(out, span_sub(text, 0, text.n - 1));
}

/* And "/" behind it. */
static bool
take_mailbox(struct span *s, struct imap_url *u)
{
	struct span name = take_text(s);

	if (!take(s, ";UIDVALIDITY="))
		return decode_before(&u->mailbox, name);
	return name.n > 0 && decode(&u->mailbox, name) &&
	    take_nz_number(s, &u->uidvalidity) && take(s, "/");
}

static bool
take_partial(struct span *s, struct imap_url *u)
{
	struct span digits;

	if (!take_digits(s, &digits) ||
	    span_u64(digits, INT64_MAX, &u->off) < 0)
		return false;
	return !take(s, ".") ||
	    (take_digits(s, &digits) &&
		span_u64(digits, INT64_MAX, &u->len) == 0 && u->len > 0);
}

static bool
take_section(struct span *s, struct imap_url *u)
{
	struct span text = take_text(s);

	if (s->n == 0)
		return text.n > 0 && decode(&u->section, text);
	/* Only PARTIAL may follow. */
	return take(s, ";PARTIAL=") && decode_before(&u->section, text) &&
	    take_partial(s, u);
}

static bool
parse(struct imap_url *u, struct span s)
{
	if (s.n > IMAP_URL_MAX || !take(&s, "/"))
		return false;
	/* "//" begins the name of a server. */
	if (s.n > 0 && s.p[0] == '/')
		return false;
	if (!take_mailbox(&s, u) || !take(&s, ";UID=") ||
	    !take_nz_number(&s, &u->uid))
		return false;
	if (take(&s, "/;SECTION=") && !take_section(&s, u))
		return false;
	if (take(&s, "/;PARTIAL=") && !take_partial(&s, u))
		return false;
	return s.n == 0;
}

int
imap_url_parse(struct imap_url *u, struct span s)
{
	*u = (struct imap_url){ 0 };
	if (parse(u, s))
		return 0;
	imap_url_clear(u);
	return -1;
}

void
imap_url_clear(struct imap_url *u)
{
	buf_free(&u->mailbox);
	buf_free(&u->section);
	*u = (struct imap_url){ 0 };
}

void
imap_url_quote(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] > ' ' && s.p[i] < 127 && s.p[i] != ']')
			buf_addc(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}
