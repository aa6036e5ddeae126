/* SPDX-License-Identifier: ISC */
#include "span.h"

#include "buf.h"

int
ascii_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int
ascii_upper(int c)
{
	return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

bool
ascii_alpha(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
ascii_digit(int c)
{
	return c >= '0' && c <= '9';
}

int
ascii_hex(int c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_upper(c);
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
span_ieq(struct span a, struct span b)
{
	return a.n == b.n && span_iprefix(a, b);
}

bool
span_ieqs(struct span a, const char *s)
{
	return span_ieq(a, span_str(s));
}

bool
span_iprefix(struct span s, struct span prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++) {
		if (ascii_lower((unsigned char)s.p[i]) !=
		    ascii_lower((unsigned char)prefix.p[i]))
			return false;
	}
	return true;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
span_is_ascii(struct span s)
{
	uint64_t all = 0, word;
	size_t i = 0;

	/* It is asked of every line of a message. */
	for (; i + sizeof(word) <= s.n; i += sizeof(word)) {
		memcpy(&word, s.p + i, sizeof(word));
		all |= word;
	}
	for (; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

int
span_u64(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t d = (uint64_t)(s.p[i] - '0');

		if (!ascii_digit(s.p[i]) || d > max || v > (max - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}

int
span_u32(struct span s, uint32_t *out)
{
	uint64_t v;

	if (span_u64(s, UINT32_MAX, &v) < 0)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

bool
span_split(struct span *s, char sep, struct span *head)
{
	const char *at;

	if (s->n == 0)
		return false;
	at = memchr(s->p, sep, s->n);
	if (at == NULL) {
		*head = *s;
		*s = span_of(s->p + s->n, 0);
		return true;
	}
	*head = span_of(s->p, (size_t)(at - s->p));
	*s = span_of(at + 1, s->n - head->n - 1);
	return true;
}

#define DISTANCE_MAX 32

size_t
span_distance(struct span a, struct span b)
{
	size_t row[DISTANCE_MAX + 1], before, here;

	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		before = row[0]++;
		for (size_t j = 1; j <= b.n; j++) {
			here = before + (a.p[i] != b.p[j - 1]);
			before = row[j];
			if (here > row[j] + 1)
				here = row[j] + 1;
			if (here > row[j - 1] + 1)
				here = row[j - 1] + 1;
			row[j] = here;
		}
	}
	return row[b.n];
}

char *
span_dup(struct span s)
{
	char *d = xmalloc(s.n + 1);

	if (s.n > 0)
		memcpy(d, s.p, s.n);
	d[s.n] = '\0';
	return d;
}
