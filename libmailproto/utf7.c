/* SPDX-License-Identifier: ISC */
#include "utf7.h"

#include "charset.h"
#include "utf8.h"

#define NO 64 /* stands for no value */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool
is_direct(char c)
{
	return c >= ' ' && c <= '~';
}

/* UTF-16 on its way through base64. */
struct bits {
	uint32_t acc;
	unsigned n;
};

static void
put_bits(struct bits *b, struct buf *out, uint32_t v, unsigned n)
{
	b->acc = b->acc << n | v;
	b->n += n;
	while (b->n >= 6) {
		b->n -= 6;
		buf_addc(out, alphabet[b->acc >> b->n & 63]);
	}
	b->acc &= (1U << b->n) - 1;
}

static void
put_utf16(struct bits *b, struct buf *out, uint32_t cp)
{
	if (cp >= 0x10000) {
		put_bits(b, out, 0xd800 + ((cp - 0x10000) >> 10), 16);
		cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
	}
	put_bits(b, out, cp, 16);
}

/* What is not direct at the start of s, between "&" and "-". */
static size_t
encode_shifted(struct buf *out, struct span s)
{
	struct bits b = { 0 };
	size_t i = 0;
	uint32_t cp;
	int n;

	buf_addc(out, '&');
	while (i < s.n && !is_direct(s.p[i]) &&
	    (n = utf8_next(span_sub(s, i, SIZE_MAX), &cp)) > 0) {
		put_utf16(&b, out, cp);
		i += (size_t)n;
	}
	if (b.n > 0)
		put_bits(&b, out, 0, 6 - b.n);
	buf_addc(out, '-');
	return i;
}

int
utf7_encode(struct buf *out, struct span s)
{
	if (!utf8_valid(s))
		return -1;
	for (size_t i = 0; i < s.n;) {
		if (!is_direct(s.p[i])) {
			i += encode_shifted(out, span_sub(s, i, SIZE_MAX));
			continue;
		}
		buf_addc(out, s.p[i]);
		if (s.p[i++] == '&')
			buf_addc(out, '-');
	}
	return 0;
}

static unsigned
value_of(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (unsigned)(at - alphabet) : NO;
}

/* One unit of UTF-16; *high is the first half of a pair, or 0.  -1: NUL, or
 * half a pair. */
static int
take_unit(struct buf *out, uint32_t unit, uint32_t *high)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;
	char utf8[4];

	if (unit == 0 || low != (*high != 0))
		return -1;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
		return 0;
	}
	if (low)
		unit = 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00);
	*high = 0;
	buf_add(out, utf8, utf8_put(utf8, unit));
	return 0;
}

/* The base64 in s, which stood between "&" and "-". */
static int
decode_shifted(struct buf *out, struct span s)
{
	struct bits b = { 0 };
	uint32_t high = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned v = value_of(s.p[i]);

		if (v == NO)
			return -1;
		b.acc = b.acc << 6 | v;
		b.n += 6;
		if (b.n < 16)
			continue;
		b.n -= 16;
		if (take_unit(out, b.acc >> b.n, &high) < 0)
			return -1;
		b.acc &= (1U << b.n) - 1;
	}
	return high == 0 ? 0 : -1;
}

static int
decode(struct buf *out, struct span s)
{
	struct span direct, shifted;

	while (span_split(&s, '&', &direct)) {
		bool shift = direct.p + direct.n < s.p;

		buf_add_span(out, direct);
		if (!shift)
			break;
		if (memchr(s.p, '-', s.n) == NULL)
			return -1;
		span_split(&s, '-', &shifted);
		if (shifted.n == 0)
			buf_addc(out, '&');
		else if (decode_shifted(out, shifted) < 0)
			return -1;
	}
	return 0;
}

int
utf7_decode(struct buf *out, struct span s)
{
	struct buf name = { .max = out->max }, again = { .max = out->max };
	int ret = -1;

	/* Every name has one canonical encoding: the one it encodes to. */
	if (decode(&name, s) == 0 && utf7_encode(&again, buf_span(&name)) == 0 &&
	    span_eq(buf_span(&again), s)) {
		buf_add_span(out, buf_span(&name));
		ret = 0;
	}
	buf_free(&name);
	buf_free(&again);
	return ret;
}
