/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "smtp_reply.h"

static const struct {
	const char *in;
	ssize_t ret;
	unsigned code;
	const char *enhanced, *text;
} replies[] = {
	{ "220 mx ready\r\n", 14, 220, "", "mx ready" },
	{ "250\r\n", 5, 250, "", "" },
	{ "250 \n", 5, 250, "", "" },
	{ "250 2.1.0 Ok\r\n250", 14, 250, "2.1.0", "Ok" },
	{ "250 2.1.0\r\n", 11, 250, "2.1.0", "" },
	{ "250-mx\r\n250-SIZE 1\r\n250 HELP\r\n", 30, 250, "",
	    "mx\nSIZE 1\nHELP" },
	{ "550-5.7.1 no\r\n550 5.7.1 never\r\n", 31, 550, "5.7.1",
	    "no\nnever" },
	{ "550-5.7.1 no\r\n550 5.7.2 x\r\n", 27, 550, "5.7.1",
	    "no\n5.7.2 x" },
	{ "550 5.7.1234 x\r\n", 16, 550, "", "5.7.1234 x" },
	{ "550 3.1.1 x\r\n", 13, 550, "", "3.1.1 x" },
	{ "550 5.1 x\r\n", 11, 550, "", "5.1 x" },
	{ "250 a\rb\33[2J\177\r\n", 14, 250, "", "a?b?[2J?" },
	{ "250-a\r\n", 0, 0, "", "" },
	{ "250-a\r\n250 b\r", 0, 0, "", "" },
	{ "25", 0, 0, "", "" },
	{ "25\r\n", -1, 0, "", "" },
	{ "\r\n", -1, 0, "", "" },
	{ "hello\r\n", -1, 0, "", "" },
	{ "250x\r\n", -1, 0, "", "" },
	{ "2500 x\r\n", -1, 0, "", "" },
	{ "150 x\r\n", -1, 0, "", "" },
	{ "600 x\r\n", -1, 0, "", "" },
	{ "250-a\r\n251 b\r\n", -1, 0, "", "" },
};

static void
check_reply(int i, const struct smtp_reply *r, ssize_t n)
{
	ck_assert_int_eq(n, replies[i].ret);
	ck_assert_uint_eq(r->code, replies[i].code);
	ck_span_eq(r->enhanced, replies[i].enhanced);
	ck_buf_eq(&r->text, replies[i].text);
}

START_TEST(reply_gives_code_and_text)
{
	struct smtp_reply r = { 0 };

	check_reply(_i, &r, smtp_reply_parse(span_str(replies[_i].in), &r));
	smtp_reply_clear(&r);
}
END_TEST

START_TEST(byte_by_byte_gives_the_same)
{
	struct span in = span_str(replies[_i].in);
	struct smtp_reply r = { 0 };
	ssize_t n = 0;

	for (size_t i = 0; i <= in.n && n == 0; i++)
		n = smtp_reply_parse(span_sub(in, 0, i), &r);
	check_reply(_i, &r, n);
	smtp_reply_clear(&r);
}
END_TEST

START_TEST(endless_reply_is_refused)
{
	struct smtp_reply r = { 0 };
	struct buf in = { 0 };

	while (in.len <= SMTP_REPLY_LINE_MAX)
		buf_adds(&in, "250-aaaaaaaa");
	ck_assert_int_eq(smtp_reply_parse(buf_span(&in), &r), -1);
	buf_clear(&in);
	while (in.len <= SMTP_REPLY_MAX)
		buf_adds(&in, "250-a\r\n");
	ck_assert_int_eq(smtp_reply_parse(buf_span(&in), &r), -1);
	ck_assert_uint_eq(r.text.len, 0);
	buf_free(&in);
}
END_TEST

static void
add(TCase *tc)
{
	int n = sizeof(replies) / sizeof(replies[0]);

	tcase_add_loop_test(tc, reply_gives_code_and_text, 0, n);
	tcase_add_loop_test(tc, byte_by_byte_gives_the_same, 0, n);
	tcase_add_test(tc, endless_reply_is_refused);
}

int
main(void)
{
	return check_run("smtp_reply", add);
}
