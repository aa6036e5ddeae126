/* SPDX-License-Identifier: ISC */
#include "mailbox_path.h"

#define LEVEL_MAX 255 /* bytes of a folder's name */

static bool
is_taken(struct span level)
{
	return span_eq(level, SPAN_LIT("cur")) ||
	    span_eq(level, SPAN_LIT("new")) || span_eq(level, SPAN_LIT("tmp"));
}

static bool
must_encode(struct span level, size_t i)
{
	unsigned char c = (unsigned char)level.p[i];

	return c < 0x20 || c == 0x7f || c == '/' || c == '%' ||
	    (i == 0 && (c == '.' || is_taken(level)));
}

static bool
add_level(struct buf *out, struct span level)
{
	size_t before = out->len;

	for (size_t i = 0; i < level.n; i++) {
		if (must_encode(level, i))
			buf_addf(out, "%%%02X", (unsigned char)level.p[i]);
		else
			buf_addc(out, level.p[i]);
	}
	return level.n > 0 && out->len - before <= LEVEL_MAX;
}

/* span_split() for a separator that may lack. */
static bool
next_level(struct span *rest, char separator, struct span *level)
{
	if (separator != 0)
		return span_split(rest, separator, level);
	*level = *rest;
	*rest = span_of(NULL, 0);
	return level->n > 0;
}

bool
mailbox_path(struct buf *out, const char *name, char separator)
{
	struct span rest = span_str(name), level;
	bool first = true;

	if (rest.n == 0 || rest.p[rest.n - 1] == separator)
		return false;
	while (next_level(&rest, separator, &level)) {
		if (!first)
			buf_addc(out, '/');
		first = false;
		if (!add_level(out, level))
			return false;
	}
	return true;
}

static bool
add_decoded(struct buf *out, struct span level, char separator)
{
	for (size_t i = 0; i < level.n; i++) {
		int c = (unsigned char)level.p[i];

		if (c == '%') {
			if (level.n - i < 3 || ascii_hex(level.p[i + 1]) < 0 ||
			    ascii_hex(level.p[i + 2]) < 0)
				return false;
			c = ascii_hex(level.p[i + 1]) * 16 +
			    ascii_hex(level.p[i + 2]);
			i += 2;
		}
		if (c == 0 || c == (unsigned char)separator)
			return false;
		buf_addc(out, (char)c);
	}
	return level.n > 0;
}

bool
mailbox_path_name(struct buf *out, const char *path, char separator)
{
	struct span rest = span_str(path), level;
	bool first = true;

	while (span_split(&rest, '/', &level)) {
		if (!first && separator == 0)
			return false;
		if (!first)
			buf_addc(out, separator);
		first = false;
		if (!add_decoded(out, level, separator))
			return false;
	}
	return !first;
}
