/* SPDX-License-Identifier: ISC */
#include "saslprep.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "charset.h"
#include "utf8.h"

struct range {
	uint32_t first, last;
};

/* RFC 3454 C.1.2, which become a space. */
static const struct range spaces[] = {
	{ 0xa0, 0xa0 },
	{ 0x1680, 0x1680 },
	{ 0x2000, 0x200b },
	{ 0x202f, 0x202f },
	{ 0x205f, 0x205f },
	{ 0x3000, 0x3000 },
	{ 0, 0 },
};

/* B.1, which become nothing. */
static const struct range nothings[] = {
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x1806, 0x1806 },
	{ 0x180b, 0x180d },
	{ 0x200c, 0x200d },
	{ 0x2060, 0x2060 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0, 0 },
};

/* C.2 to C.9, in order; C.5 is no valid UTF-8. */
static const struct range prohibited[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0x340, 0x341 },
	{ 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },
	{ 0x180e, 0x180e },
	{ 0x200c, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x2063 },
	{ 0x206a, 0x206f },
	{ 0x2ff0, 0x2ffb },
	{ 0xe000, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xffff },
	{ 0x1d173, 0x1d17a },
	{ 0xe0001, 0xe0001 },
	{ 0xe0020, 0xe007f },
	{ 0xf0000, 0x10ffff },
	{ 0, 0 },
};

static bool
is_in(const struct range *r, uint32_t cp)
{
	for (; r->last != 0; r++) {
		if (cp >= r->first && cp <= r->last)
			return true;
	}
	return false;
}

static bool
is_prohibited(uint32_t cp)
{
	return is_in(prohibited, cp) || (cp & 0xfffe) == 0xfffe;
}

/* Section 2.1. */
static void
map(struct buf *out, struct span s)
{
	char utf8[4];
	uint32_t cp;
	int n;

	while (s.n > 0 && (n = utf8_next(s, &cp)) > 0) {
		if (is_in(spaces, cp))
			cp = ' ';
		if (!is_in(nothings, cp))
			buf_add(out, utf8, utf8_put(utf8, cp));
		s = span_sub(s, (size_t)n, s.n);
	}
}

/* Section 2.2. */
static bool
normalize(struct buf *out, struct span s)
{
	utf8proc_uint8_t *nfkc = NULL;
	utf8proc_ssize_t n;

	n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n,
	    &nfkc, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
	if (n < 0)
		return false;
	buf_add(out, nfkc, (size_t)n);
	explicit_bzero(nfkc, (size_t)n);
	free(nfkc);
	return true;
}

enum direction { NEITHER, LEFT, RIGHT };

static enum direction
direction_of(uint32_t cp)
{
	const utf8proc_property_t *p;

	p = utf8proc_get_property((utf8proc_int32_t)cp);
	switch (p->bidi_class) {
	case UTF8PROC_BIDI_CLASS_L:
		return LEFT;
	case UTF8PROC_BIDI_CLASS_R:
	case UTF8PROC_BIDI_CLASS_AL:
		return RIGHT;
	default:
		return NEITHER;
	}
}

/* Sections 2.3 and 2.4: what runs from right to left has nothing in it that
 * runs the other way, and begins and ends so. */
static bool
is_allowed(struct span s)
{
	enum direction first = NEITHER, last = NEITHER;
	bool left = false, right = false, begun = false;
	uint32_t cp;
	int n;

	for (; s.n > 0; s = span_sub(s, (size_t)n, s.n)) {
		n = utf8_next(s, &cp);
		if (n <= 0 || is_prohibited(cp))
			return false;
		last = direction_of(cp);
		if (!begun)
			first = last;
		begun = true;
		left |= last == LEFT;
		right |= last == RIGHT;
	}
	return !right || (!left && first == RIGHT && last == RIGHT);
}

int
saslprep(struct buf *out, struct span s)
{
	struct buf mapped = { 0 }, normal = { 0 };
	int ret = -1;

	if (s.n > SASLPREP_MAX || !utf8_valid(s))
		return -1;
	map(&mapped, s);
	if (normalize(&normal, buf_span(&mapped)) &&
	    is_allowed(buf_span(&normal))) {
		buf_add_span(out, buf_span(&normal));
		ret = 0;
	}
	buf_wipe(&mapped);
	buf_wipe(&normal);
	return ret;
}

void
saslprep_or_raw(struct buf *out, struct span s)
{
	if (saslprep(out, s) < 0)
		buf_add_span(out, s);
}
