/* SPDX-License-Identifier: ISC */
#include "imap_pattern.h"

#define INBOX_LEN 5

static void
set_bit(uint64_t *w, size_t i)
{
	w[i / 64] |= (uint64_t)1 << i % 64;
}

static bool
is_set(const uint64_t *w, size_t i)
{
	return (w[i / 64] >> i % 64 & 1) != 0;
}

static bool
is_wild(const struct imap_pattern *p, size_t i)
{
	return is_set(p->any, i) || is_set(p->level, i);
}

/* Two wildcards in a row are as good as the stronger one; this way a wildcard
 * is never followed by another. */
static void
add_wild(struct imap_pattern *p, char ch)
{
	if (p->len == 0 || !is_wild(p, p->len - 1))
		p->text[p->len++] = ch;
	set_bit(ch == '*' ? p->any : p->level, p->len - 1);
}

int
imap_pattern_init(struct imap_pattern *p, struct span s, char separator)
{
	*p = (struct imap_pattern){ .separator = separator };
	for (size_t i = 0; i < s.n; i++) {
		if (p->len == IMAP_PATTERN_MAX) {
			/* One NUL: no name has that. */
			*p = (struct imap_pattern){ .len = 1 };
			return -1;
		}
		if (s.p[i] == '*' || s.p[i] == '%')
			add_wild(p, s.p[i]);
		else
			p->text[p->len++] = s.p[i];
	}
	return 0;
}

/*
 * A set bit i says that the name so far fits the first i characters of the
 * pattern.  A wildcard may stand for nothing.
 */
static void
pass_wild(const struct imap_pattern *p, uint64_t *at)
{
	for (size_t i = 0; i < IMAP_PATTERN_WORDS; i++) {
		uint64_t pass = at[i] & (p->any[i] | p->level[i]);

		at[i] |= pass << 1;
		if (i + 1 < IMAP_PATTERN_WORDS)
			at[i + 1] |= pass >> 63;
	}
}

static bool
fits(const struct imap_pattern *p, size_t i, char ch, bool fold)
{
	return p->text[i] == ch || (fold && ascii_upper(p->text[i]) == ch);
}

static void
step(const struct imap_pattern *p, uint64_t *at, char ch, bool fold)
{
	uint64_t next[IMAP_PATTERN_WORDS];
	bool sep = ch == p->separator;

	for (size_t i = 0; i < IMAP_PATTERN_WORDS; i++)
		next[i] = at[i] & (p->any[i] | (sep ? 0 : p->level[i]));
	for (size_t w = 0; w < IMAP_PATTERN_WORDS; w++) {
		uint64_t left = at[w] & ~(p->any[w] | p->level[w]);

		for (; left != 0; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			if (i < p->len && fits(p, i, ch, fold))
				set_bit(next, i + 1);
		}
	}
	memcpy(at, next, sizeof(next));
}

bool
imap_pattern_match(const struct imap_pattern *p, struct span name)
{
	uint64_t at[IMAP_PATTERN_WORDS] = { 1 };
	bool inbox = span_ieqs(span_sub(name, 0, INBOX_LEN), "INBOX") &&
	    (name.n == INBOX_LEN || name.p[INBOX_LEN] == p->separator);

	pass_wild(p, at);
	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];
		bool fold = inbox && i < INBOX_LEN;

		step(p, at, fold ? (char)ascii_upper(ch) : ch, fold);
		pass_wild(p, at);
	}
	return is_set(at, p->len);
}
