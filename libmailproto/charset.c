/* SPDX-License-Identifier: ISC */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "charset_name.h"
#include "utf8.h"

#define HELD_MAX 16 /* no charset has characters that long */

#define REPLACEMENT UINT32_C(0xfffd)

struct charset_stream {
	enum charset_kind kind;
	iconv_t cd;
	/* The start of a character that has not wholly come: here, or kept by
	 * iconv itself (glibc takes it in). */
	char held[HELD_MAX];
	size_t nheld;
	bool kept;
	size_t bad; /* bytes that the charset does not have */
};

/* 0x80 to 0x9f of windows-1252, the five that are not in it as C1 controls. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
	0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static void
add_char(struct buf *out, uint32_t cp)
{
	char utf8[4];

	buf_add(out, utf8, utf8_put(utf8, cp));
}

static uint32_t
from_1252(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0x80 && u < 0xa0 ? windows_1252[u - 0x80] : u;
}

/*
 * The converters append what they can of s and return the bytes they are done
 * with; what is left is the start of a character, and never when last is set.
 */
static size_t
convert_1252(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n;) {
		struct span rest = span_sub(s, i, SIZE_MAX);
		size_t run = utf8_ascii_run(rest);

		buf_add(out, rest.p, run);
		i += run;
		if (i < s.n)
			add_char(out, from_1252(s.p[i++]));
	}
	return s.n;
}

/* UTF-8, and the guess that a wrong label is UTF-8. */
static size_t
convert_utf8(struct charset_stream *cs, struct buf *out, struct span s,
    bool last)
{
	bool guess = cs->kind == CHARSET_ASCII;
	uint32_t cp;
	size_t n = s.n;

	while (s.n > 0) {
		size_t run = utf8_valid_run(s);

		buf_add(out, s.p, run);
		if (guess && utf8_ascii_run(s) < run)
			cs->bad++;
		s = span_sub(s, run, SIZE_MAX);
		if (s.n == 0 || (utf8_next(s, &cp) == 0 && !last))
			break;
		cs->bad++;
		add_char(out, guess ? from_1252(s.p[0]) : REPLACEMENT);
		s = span_sub(s, 1, SIZE_MAX);
	}
	return n - s.n;
}

/* Back to the initial state; what iconv waited with to compose comes out. */
static void
reset_iconv(struct charset_stream *cs, struct buf *out)
{
	char block[64], *to = block;
	size_t room = sizeof(block);

	iconv(cs->cd, NULL, NULL, &to, &room);
	buf_add(out, block, sizeof(block) - room);
	if (cs->kept) {
		cs->kept = false;
		cs->bad++;
		add_char(out, REPLACEMENT);
	}
}

/* One call of iconv.  0, or errno: EILSEQ or EINVAL. */
static int
call_iconv(struct charset_stream *cs, struct buf *out, struct span *s)
{
	char block[1024], *to = block;
	/* iconv does not write there, whatever its prototype says. */
	char *from = (char *)(uintptr_t)s->p;
	size_t room = sizeof(block), left = s->n;
	int err = 0;

	if (iconv(cs->cd, &from, &left, &to, &room) == (size_t)-1)
		err = errno;
	buf_add(out, block, sizeof(block) - room);
	*s = span_of(from, left);
	return err == E2BIG ? 0 : err;
}

static size_t
convert_iconv(struct charset_stream *cs, struct buf *out, struct span s,
    bool last)
{
	size_t n = s.n, run;
	int err;

	while (s.n > 0) {
		if (cs->kind == CHARSET_ICONV && !cs->kept &&
		    (run = utf8_ascii_run(s)) > 0) {
			buf_add(out, s.p, run);
			s = span_sub(s, run, SIZE_MAX);
			continue;
		}
		err = call_iconv(cs, out, &s);
		if (err == EINVAL && s.n == 0) {
			cs->kept = true;
		} else if (err == EINVAL && s.n < HELD_MAX && !last) {
			break;
		} else if (err != 0 && cs->kept) {
			reset_iconv(cs, out);
		} else if (err != 0) {
			cs->bad++;
			add_char(out, REPLACEMENT);
			s = span_sub(s, 1, SIZE_MAX);
		} else {
			cs->kept = false;
		}
	}
	return n - s.n;
}

static size_t
convert(struct charset_stream *cs, struct buf *out, struct span s, bool last)
{
	switch (cs->kind) {
	case CHARSET_ASCII:
	case CHARSET_UTF8:
		return convert_utf8(cs, out, s, last);
	case CHARSET_WINDOWS_1252:
		return convert_1252(out, s);
	case CHARSET_ICONV:
	case CHARSET_ICONV_OTHER:
		return convert_iconv(cs, out, s, last);
	}
	return s.n;
}

/* What was held, made longer from s as far as it needs.  Returns the bytes
 * that were taken from s. */
static size_t
convert_held(struct charset_stream *cs, struct buf *out, struct span s)
{
	size_t old = cs->nheld, more = HELD_MAX - old, used;

	if (more > s.n)
		more = s.n;
	memcpy(cs->held + old, s.p, more);
	used = convert(cs, out, span_of(cs->held, old + more), false);
	if (used >= old) {
		cs->nheld = 0;
		return used - old;
	}
	cs->nheld = old + more - used;
	memmove(cs->held, cs->held + used, cs->nheld);
	return more;
}

/* True when there is a decoder: built in, or iconv has its tables. */
static bool
open_decoder(struct charset_stream *cs, const struct charset_name *name)
{
	*cs = (struct charset_stream){ .kind = name->kind };
	if (name->iconv == NULL)
		return true;
	cs->cd = iconv_open("UTF-8", name->iconv);
	return cs->cd != (iconv_t)-1;
}

static bool
uses_iconv(const struct charset_stream *cs)
{
	return cs->kind == CHARSET_ICONV || cs->kind == CHARSET_ICONV_OTHER;
}

static void
close_decoder(struct charset_stream *cs)
{
	if (uses_iconv(cs))
		iconv_close(cs->cd);
}

bool
charset_known(struct span name)
{
	const struct charset_name *found = charset_name_find(name);
	struct charset_stream cs;

	if (found == NULL || !open_decoder(&cs, found))
		return false;
	close_decoder(&cs);
	return true;
}

int
charset_to_utf8(struct buf *out, struct span name, struct span s)
{
	const struct charset_name *found = charset_name_find(name);
	struct charset_stream cs;
	size_t before = out->len;

	if (found == NULL || !open_decoder(&cs, found))
		return -1;
	charset_stream(&cs, out, s);
	charset_end(&cs, out);
	close_decoder(&cs);
	if (cs.bad == 0 && !out->failed)
		return 0;
	if (out->len > before) {
		out->len = before;
		out->data[before] = '\0';
	}
	return -1;
}

struct charset_stream *
charset_open(struct span name)
{
	const struct charset_name *found = charset_name_find(name);
	struct charset_stream *cs = xcalloc(1, sizeof(*cs));

	if (found == NULL || !open_decoder(cs, found))
		*cs = (struct charset_stream){ .kind = CHARSET_ASCII };
	return cs;
}

void
charset_stream(struct charset_stream *cs, struct buf *out, struct span s)
{
	struct span left;

	while (cs->nheld > 0 && s.n > 0)
		s = span_sub(s, convert_held(cs, out, s), SIZE_MAX);
	if (s.n == 0)
		return;
	left = span_sub(s, convert(cs, out, s, false), SIZE_MAX);
	memcpy(cs->held + cs->nheld, left.p, left.n);
	cs->nheld += left.n;
}

void
charset_end(struct charset_stream *cs, struct buf *out)
{
	convert(cs, out, span_of(cs->held, cs->nheld), true);
	cs->nheld = 0;
	if (uses_iconv(cs))
		reset_iconv(cs, out);
}

void
charset_close(struct charset_stream *cs)
{
	if (cs == NULL)
		return;
	close_decoder(cs);
	free(cs);
}
