/* SPDX-License-Identifier: ISC */
#include "utf8.h"

#include "charset.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

size_t
utf8_ascii_run(struct span s)
{
	size_t n = 0;
	uint64_t word;

	while (s.n - n >= sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if ((word & HIGH_BITS) != 0)
			break;
		n += sizeof(word);
	}
	while (n < s.n && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

size_t
utf8_fit(struct span s, size_t max)
{
	size_t n = max;

	if (s.n <= max)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/*
 * By first byte: length, and what the second one may be, which excludes
 * overlong forms, surrogates and what lies above U+10FFFF.
 */
static const struct lead {
	unsigned char first, last, len, low, high;
} leads[] = {
	{ 0x00, 0x7f, 1, 0x80, 0xbf },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct lead *
find_lead(unsigned char c)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (c >= leads[i].first && c <= leads[i].last)
			return &leads[i];
	}
	return NULL;
}

int
utf8_next(struct span s, uint32_t *cp)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned char c = (unsigned char)s.p[0];
	const struct lead *l = find_lead(c);

	if (l == NULL)
		return -1;
	*cp = c & lead_bits[l->len];
	for (size_t i = 1; i < l->len; i++) {
		if (i >= s.n)
			return 0;
		c = (unsigned char)s.p[i];
		if (c < (i == 1 ? l->low : 0x80) ||
		    c > (i == 1 ? l->high : 0xbf))
			return -1;
		*cp = *cp << 6 | (c & 0x3f);
	}
	return l->len;
}

size_t
utf8_put(char *to, uint32_t cp)
{
	static const unsigned char lead_mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		to[i] = (char)(0x80 | (cp & 0x3f));
	to[0] = (char)(lead_mark[n] | cp);
	return n;
}

size_t
utf8_valid_run(struct span s)
{
	uint32_t cp;
	size_t i = 0;

	while ((i += utf8_ascii_run(span_sub(s, i, SIZE_MAX))) < s.n) {
		int n = utf8_next(span_sub(s, i, SIZE_MAX), &cp);

		if (n <= 0)
			break;
		i += (size_t)n;
	}
	return i;
}

bool
utf8_valid(struct span s)
{
	return utf8_valid_run(s) == s.n;
}

void
utf8_scrub(struct buf *out, struct span s)
{
	while (s.n > 0) {
		size_t run = utf8_valid_run(s);

		buf_add(out, s.p, run);
		if (run < s.n) {
			buf_adds(out, "\xef\xbf\xbd");
			run++;
		}
		s = span_sub(s, run, SIZE_MAX);
	}
}
