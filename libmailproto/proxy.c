/* SPDX-License-Identifier: ISC */
#include "proxy.h"

#include <arpa/inet.h>

#define SIGNATURE SPAN_LIT("\r\n\r\n\0\r\nQUIT\n")
#define V2_HEAD   16 /* signature, command, family, length of the rest */
#define TLV_HEAD  3

static bool
begins(struct span s, struct span with)
{
	size_t n = s.n < with.n ? s.n : with.n;

	return span_eq(span_sub(s, 0, n), span_sub(with, 0, n));
}

/* ---- version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 1024 25" ---- */

static bool
take_address(struct span *s, bool ipv6, struct proxy_end *out)
{
	char text[INET6_ADDRSTRLEN];
	struct span word;

	if (!span_split(s, ' ', &word) || word.n >= sizeof(text))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, out->address) == 1;
}

static bool
take_port(struct span *s, struct proxy_end *out)
{
	struct span word;
	uint64_t port;

	if (!span_split(s, ' ', &word) || span_u64(word, UINT16_MAX, &port) < 0 ||
	    (word.n > 1 && word.p[0] == '0'))
		return false;
	out->port = (uint16_t)port;
	return true;
}

static bool
parse_line(struct span s, struct proxy *out)
{
	struct span word;

	span_split(&s, ' ', &word);
	if (!span_split(&s, ' ', &word))
		return false;
	if (span_eq(word, SPAN_LIT("UNKNOWN")))
		return true;
	out->ipv6 = span_eq(word, SPAN_LIT("TCP6"));
	if (!out->ipv6 && !span_eq(word, SPAN_LIT("TCP4")))
		return false;
	out->known = true;
	return take_address(&s, out->ipv6, &out->from) &&
	    take_address(&s, out->ipv6, &out->to) && take_port(&s, &out->from) &&
	    take_port(&s, &out->to) && s.n == 0;
}

static ssize_t
parse_v1(struct span s, struct proxy *out)
{
	const struct span in = span_sub(s, 0, PROXY_V1_MAX);
	const char *lf = memchr(in.p, '\n', in.n);
	size_t n;

	if (lf == NULL)
		return in.n < PROXY_V1_MAX && memchr(in.p, '\0', in.n) == NULL ?
		    0 : -1;
	n = (size_t)(lf - in.p);
	if (n == 0 || in.p[n - 1] != '\r' ||
	    memchr(in.p, '\r', n - 1) != NULL ||
	    memchr(in.p, '\0', n) != NULL || in.p[n - 2] == ' ' ||
	    !parse_line(span_sub(in, 0, n - 1), out))
		return -1;
	return (ssize_t)n + 1;
}

/* ---- version 2 ---- */

static uint16_t
number(const char *p)
{
	return (uint16_t)((unsigned char)p[0] << 8 | (unsigned char)p[1]);
}

static bool
take_ends(struct span *s, struct proxy *out)
{
	const size_t len = out->ipv6 ? 16 : 4, all = 2 * len + 4;

	if (s->n < all)
		return false;
	memcpy(out->from.address, s->p, len);
	memcpy(out->to.address, s->p + len, len);
	out->from.port = number(s->p + 2 * len);
	out->to.port = number(s->p + 2 * len + 2);
	*s = span_sub(*s, all, s->n);
	return true;
}

static bool
skip_extras(struct span s)
{
	while (s.n >= TLV_HEAD) {
		size_t n = number(s.p + 1);

		if (n > s.n - TLV_HEAD)
			return false;
		s = span_sub(s, TLV_HEAD + n, s.n);
	}
	return s.n == 0;
}

static bool
parse_block(unsigned command, unsigned family, struct span s,
    struct proxy *out)
{
	if (command == 0x20) /* LOCAL: whatever follows means nothing */
		return true;
	if (command != 0x21)
		return false;
	switch (family) {
	case 0x00: /* the proxy does not know */
		return true;
	case 0x11:
	case 0x21:
		out->known = true;
		out->ipv6 = family == 0x21;
		return take_ends(&s, out) && skip_extras(s);
	}
	return false;
}

static ssize_t
parse_v2(struct span s, struct proxy *out)
{
	size_t n;

	if (s.n < V2_HEAD)
		return 0;
	n = number(s.p + 14);
	if (n > PROXY_V2_MAX - V2_HEAD)
		return -1;
	if (s.n - V2_HEAD < n)
		return 0;
	if (!parse_block((unsigned char)s.p[12], (unsigned char)s.p[13],
		span_sub(s, V2_HEAD, n), out))
		return -1;
	return (ssize_t)(V2_HEAD + n);
}

ssize_t
proxy_parse(struct span s, struct proxy *out)
{
	ssize_t n = -1;

	*out = (struct proxy){ 0 };
	if (s.n == 0)
		return 0;
	if (begins(s, SPAN_LIT("PROXY ")))
		n = parse_v1(s, out);
	else if (begins(s, SIGNATURE))
		n = parse_v2(s, out);
	if (n <= 0)
		*out = (struct proxy){ 0 };
	return n;
}
