/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "http_head.h"

#define INVALID (-1)
/* Consumed is all but what stands behind. */
#define ALL_BUT(behind) (-1 - (ssize_t)sizeof(behind))

static const struct {
	const char *in;
	ssize_t want;
	unsigned status;
	uint64_t length;
} heads[] = {
	{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: imap\r\n\r\n* PRE",
	    ALL_BUT("* PRE"), 101, 0 },
	{ "HTTP/1.1 404 Not Found\r\ncontent-length: 12 \r\n\r\n{",
	    ALL_BUT("{"), 404, 12 },
	{ "HTTP/1.1 204\r\n\r\n", ALL_BUT(""), 204, 0 },
	{ "HTTP/1.1 200 OK\r\nX:\r\n\r\n", ALL_BUT(""), 200, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
	    INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
	    INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\r\n: empty\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 099 OK\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 600 OK\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 2000 OK\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.0 200 OK\r\n\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\n\n", INVALID, 0, 0 },
	{ "\r\n\r\n", INVALID, 0, 0 },
	{ "* OK ready\r\n", INVALID, 0, 0 },
	{ "HTTP/1.1 200 OK\r\nX: y\r\n", 0, 0, 0 },
	{ "", 0, 0, 0 },
};

START_TEST(head_is_read)
{
	const char *in = heads[_i].in;
	struct http_head h;
	ssize_t want = heads[_i].want, n;

	if (want < INVALID)
		want = (ssize_t)strlen(in) + want + 2;
	n = http_head_parse(in, strlen(in), &h);
	ck_assert_int_eq(n, want);
	ck_assert_uint_eq(h.status, heads[_i].status);
	ck_assert_uint_eq(h.length, heads[_i].length);
	/* As long as something lacks, it is not taken for the whole. */
	for (ssize_t i = 0; i < want; i++)
		ck_assert_int_eq(http_head_parse(in, (size_t)i, &h), 0);
}
END_TEST

/* Which never ends, or whose end comes too late. */
START_TEST(long_head_is_invalid)
{
	static const char begin[] = "HTTP/1.1 200 OK\r\nX: ";
	static char s[HTTP_HEAD_MAX + 4];
	struct http_head h;

	memset(s, 'x', HTTP_HEAD_MAX);
	memcpy(s, begin, sizeof(begin) - 1);
	ck_assert_int_eq(http_head_parse(s, HTTP_HEAD_MAX - 1, &h), 0);
	ck_assert_int_eq(http_head_parse(s, HTTP_HEAD_MAX, &h), -1);
	memcpy(s + HTTP_HEAD_MAX, "\r\n\r\n", 4);
	ck_assert_int_eq(http_head_parse(s, HTTP_HEAD_MAX + 4, &h), -1);
	memcpy(s + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	ck_assert_int_eq(http_head_parse(s, HTTP_HEAD_MAX + 4, &h),
	    HTTP_HEAD_MAX);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, head_is_read, 0,
	    sizeof(heads) / sizeof(heads[0]));
	tcase_add_test(tc, long_head_is_invalid);
}

int
main(void)
{
	return check_run("http_head", add);
}
