/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "address.h"
#include "charset.h"
#include "lex.h"

#define LOCAL_MAX 64 /* RFC 5321 section 4.5.3.1.1 */
#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static bool
is_8bit(char c)
{
	return (unsigned char)c >= 0x80;
}

/* Bytes of the dot-string at the start of s; 0: none. */
static size_t
dot_string(struct span s)
{
	size_t n = 0;

	while (n < s.n && (lex_atext(s.p[n]) ||
			      (s.p[n] == '.' && n > 0 && s.p[n - 1] != '.')))
		n++;
	return n > 0 && s.p[n - 1] != '.' ? n : 0;
}

static size_t
quoted_string(struct span s)
{
	size_t n = lex_quoted(s);

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return 0;
	}
	return n;
}

static bool
is_label(struct span s)
{
	if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' ||
	    s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ascii_alpha(c) && !ascii_digit(c) && c != '-' &&
		    !is_8bit(c))
			return false;
	}
	return true;
}

static bool
is_name(struct span s)
{
	struct span label;

	if (s.n == 0 || s.p[s.n - 1] == '.')
		return false;
	while (span_split(&s, '.', &label)) {
		if (!is_label(label))
			return false;
	}
	return true;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3). */
static bool
is_literal(struct span s)
{
	static const struct span v6 = SPAN_LIT("IPv6:");
	unsigned char ignored[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	int family = AF_INET;

	if (s.n < 2 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	s = span_sub(s, 1, s.n - 2);
	if (span_iprefix(s, v6)) {
		family = AF_INET6;
		s = span_sub(s, v6.n, SIZE_MAX);
	}
	if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, ignored) == 1;
}

int
mailbox_addr_parse(struct span s, bool utf8, struct mailbox_addr *out)
{
	struct span local, domain;
	size_t n;

	*out = (struct mailbox_addr){ 0 };
	if (s.n == 0 || s.n > ADDRESS_TEXT_MAX)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (is_8bit(s.p[i]) && !utf8)
			return -1;
	}
	if (!utf8_valid(s))
		return -1;
	n = s.p[0] == '"' ? quoted_string(s) : dot_string(s);
	if (n == 0 || n > LOCAL_MAX || n >= s.n || s.p[n] != '@')
		return -1;
	local = span_sub(s, 0, n);
	domain = span_sub(s, n + 1, SIZE_MAX);
	if (!is_name(domain) && !is_literal(domain))
		return -1;
	*out = (struct mailbox_addr){ local, domain };
	return 0;
}
