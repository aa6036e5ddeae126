/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "check.h"
#include "proxy.h"

#define SIGNED(rest) SPAN_LIT("\r\n\r\n\0\r\nQUIT\n" rest)

static const struct {
	struct span in;
	const char *from, *to; /* NULL: not known */
	unsigned from_port, to_port;
} good[] = {
	{ SPAN_LIT("PROXY TCP4 192.0.2.1 198.51.100.7 1024 25\r\n"),
		"192.0.2.1", "198.51.100.7", 1024, 25 },
	{ SPAN_LIT("PROXY TCP4 255.255.255.255 255.255.255.255 65535 0\r\n"),
		"255.255.255.255", "255.255.255.255", 65535, 0 },
	{ SPAN_LIT("PROXY TCP6 2001:db8::1 ::1 5 993\r\n"), "2001:db8::1",
		"::1", 5, 993 },
	{ SPAN_LIT("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, 65535 },
	{ SPAN_LIT("PROXY UNKNOWN\r\n"), NULL, NULL, 0, 0 },
	{ SPAN_LIT("PROXY UNKNOWN ffff::1 whatever\r\n"), NULL, NULL, 0, 0 },
	{ SIGNED("\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19"),
		"192.0.2.1", "198.51.100.7", 1024, 25 },
	{ SIGNED("\x21\x11\0\x14\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19"
		 "\4\0\0\1\0\2ab"),
		"192.0.2.1", "198.51.100.7", 1024, 25 },
	{ SIGNED("\x21\x21\0\x24\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\5\3\xe1"),
		"2001:db8::1", "::1", 5, 993 },
	{ SIGNED("\x20\0\0\0"), NULL, NULL, 0, 0 },
	{ SIGNED("\x20\x11\0\3abc"), NULL, NULL, 0, 0 },
	{ SIGNED("\x21\0\0\2ab"), NULL, NULL, 0, 0 },
};

static void
end_is(const struct proxy *p, const struct proxy_end *e, const char *address,
    unsigned port)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(p->ipv6 ? AF_INET6 : AF_INET, e->address, text, sizeof(text));
	ck_assert_str_eq(text, address);
	ck_assert_uint_eq(e->port, port);
}

START_TEST(header_is_read)
{
	char in[PROXY_V1_MAX + 8];
	size_t n = good[_i].in.n;
	struct proxy p;

	memcpy(in, good[_i].in.p, n);
	memcpy(in + n, "EHLO", 4);
	ck_assert_int_eq(proxy_parse(span_of(in, n + 4), &p), (ssize_t)n);
	ck_assert_int_eq(p.known, good[_i].from != NULL);
	if (p.known) {
		end_is(&p, &p.from, good[_i].from, good[_i].from_port);
		end_is(&p, &p.to, good[_i].to, good[_i].to_port);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(proxy_parse(span_of(in, i), &p), 0);
}
END_TEST

static const struct span bad[] = {
	SPAN_LIT("EHLO client.example\r\n"),
	SPAN_LIT("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
	SPAN_LIT("PROXY\r\n"),
	SPAN_LIT("PROXY \r\n"),
	SPAN_LIT("PROXY TCP4\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"),
	SPAN_LIT("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"),
	SPAN_LIT("PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"),
	SPAN_LIT("PROXY TCP4 ::1 ::1 1 2\r\n"),
	SPAN_LIT("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"),
	SPAN_LIT("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n"),
	SPAN_LIT("PROXY UNKNOWN\n"),
	SPAN_LIT("PROXY UNKNOWN\rx\r\n"),
	SPAN_LIT("PROXY UNK\0WN"),
	SPAN_LIT("PROXY UNKNOWN \0\r\n"),
	SPAN_LIT("PROXY UNKNOWN 0123456789012345678901234567890123456789012345"
		 "678901234567890123456789012345678901234567890123"),
	SPAN_LIT("\r\n\r\n\0\r\nQUIT\r"),
	SIGNED("\x11\x11\0\0"),
	SIGNED("\x22\x11\0\0"),
	SIGNED("\x21\x12\0\x0c\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19"),
	SIGNED("\x21\x31\0\0"),
	SIGNED("\x21\x11\0\x0b\xc0\0\2\1\xc6\x33\x64\7\4\0\0"),
	SIGNED("\x21\x21\0\x0c\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19"),
	SIGNED("\x21\x11\0\x0e\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19\4\0"),
	SIGNED("\x21\x11\0\x10\xc0\0\2\1\xc6\x33\x64\7\4\0\0\x19\4\0\2a"),
	SIGNED("\x20\0\x10\0"),
};

START_TEST(anything_else_is_refused)
{
	static const struct proxy none;
	struct proxy p;

	ck_assert_int_eq(proxy_parse(bad[_i], &p), -1);
	ck_assert_int_eq(memcmp(&p, &none, sizeof(p)), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, header_is_read, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, anything_else_is_refused, 0,
	    sizeof(bad) / sizeof(bad[0]));
}

int
main(void)
{
	return check_run("proxy", add);
}
