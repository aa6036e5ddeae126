/* SPDX-License-Identifier: ISC */
#include "casefold.h"
#include "store_impl.h"
#include "user_name.h"

/* Controls: C0, DEL, C1, and the separators of lines and paragraphs, which RFC
 * 9051 section 5.1 forbids, too. */
static bool
control_at(struct span s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;
	size_t left = s.n - i;

	if (p[0] < 0x20 || p[0] == 0x7f)
		return true;
	if (left >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return true;
	return left >= 3 && p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0xa8 || p[2] == 0xa9);
}

static bool
has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (control_at(s, i))
			return true;
	}
	return false;
}

static bool
level_ok(struct span level)
{
	return level.n > 0 && level.n <= STORE_LEVEL_MAX &&
	    !span_eq(level, SPAN_LIT(".."));
}

static bool
levels_ok(struct span name)
{
	struct span level;

	if (name.n == 0 || name.n > STORE_NAME_MAX ||
	    name.p[name.n - 1] == STORE_SEPARATOR)
		return false;
	while (span_split(&name, STORE_SEPARATOR, &level)) {
		if (!level_ok(level))
			return false;
	}
	return true;
}

bool
store_name(struct buf *out, struct span name)
{
	struct span rest = name, first, made;
	size_t start = out->len;

	/* NFC makes a name at most three times as long. */
	if (name.n > STORE_NAME_MAX * 3 || has_control(name) ||
	    !span_split(&rest, STORE_SEPARATOR, &first))
		return false;
	if (span_ieqs(first, "INBOX")) {
		buf_adds(out, "INBOX");
		name = span_sub(name, first.n, name.n);
	}
	if (utf8_nfc(out, name) < 0 || out->failed) {
		out->len = start;
		return false;
	}
	made = span_sub(buf_span(out), start, out->len);
	if (levels_ok(made))
		return true;
	out->len = start;
	return false;
}

bool
store_address(struct buf *out, struct span address)
{
	return address.n > 0 && !has_control(address) &&
	    user_name_fold(out, address) == 0;
}

struct span
store_name_parent(struct span name)
{
	for (size_t i = name.n; i-- > 0;) {
		if (name.p[i] == STORE_SEPARATOR)
			return span_sub(name, 0, i);
	}
	return span_sub(name, 0, 0);
}

bool
store_name_is_below(struct span name, struct span parent)
{
	return name.n > parent.n && name.p[parent.n] == STORE_SEPARATOR &&
	    span_eq(span_sub(name, 0, parent.n), parent);
}

struct span
store_name_key(char key[STORE_NAME_KEY], struct span name)
{
	key[0] = 'm';
	for (size_t i = 0; i < name.n; i++)
		key[i + 1] = name.p[i] == STORE_SEPARATOR ? 1 : name.p[i];
	return span_of(key, name.n + 1);
}

void
store_key_name(char name[STORE_NAME_MAX], struct span key, struct span *out)
{
	size_t n = key.n > 0 ? key.n - 1 : 0;

	if (n > STORE_NAME_MAX)
		n = STORE_NAME_MAX;
	for (size_t i = 0; i < n; i++)
		name[i] = key.p[i + 1] == 1 ? STORE_SEPARATOR : key.p[i + 1];
	*out = span_of(name, n);
}
