/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "dsn_param.h"

#define S DSN_NOTIFY_SUCCESS
#define F DSN_NOTIFY_FAILURE
#define D DSN_NOTIFY_DELAY

static const struct {
	const char *in;
	int ret;
	unsigned bits;
	const char *out;
} notifies[] = {
	{ "NEVER", 0, DSN_NOTIFY_NEVER, " NOTIFY=NEVER" },
	{ "success", 0, S, " NOTIFY=SUCCESS" },
	{ "DELAY,FAILURE,SUCCESS", 0, S | F | D,
	    " NOTIFY=SUCCESS,FAILURE,DELAY" },
	{ "NEVER,DELAY", -1, 0, "" },
	{ "DELAY,DELAY", -1, 0, "" },
	{ "DELAY,", -1, 0, "" },
	{ ",DELAY", -1, 0, "" },
	{ "", -1, 0, "" },
	{ "SOMETIMES", -1, 0, "" },
};

START_TEST(notify_is_read_and_written)
{
	struct buf out = { 0 };
	unsigned bits = 99;

	ck_assert_int_eq(dsn_notify_parse(span_str(notifies[_i].in), &bits),
	    notifies[_i].ret);
	ck_assert_uint_eq(bits, notifies[_i].bits);
	dsn_notify_write(&out, bits);
	ck_buf_eq(&out, notifies[_i].out);
	buf_free(&out);
}
END_TEST

START_TEST(ret_is_read_and_written)
{
	struct buf out = { 0 };
	enum dsn_ret ret;

	ck_assert_int_eq(dsn_ret_parse(SPAN_LIT("full"), &ret), 0);
	dsn_ret_write(&out, ret);
	ck_assert_int_eq(dsn_ret_parse(SPAN_LIT("HDRS"), &ret), 0);
	dsn_ret_write(&out, ret);
	ck_assert_int_eq(dsn_ret_parse(SPAN_LIT("FULL,HDRS"), &ret), -1);
	dsn_ret_write(&out, ret);
	ck_buf_eq(&out, " RET=FULL RET=HDRS");
	buf_free(&out);
}
END_TEST

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *in;
	bool envid, orcpt;
} values[] = {
	{ "QQ314159", true, false },
	{ "a+2Bb", true, false },
	{ "a+2b", false, false },
	{ "a+0Ab", false, false },
	{ "a=b", false, false },
	{ "", false, false },
	{ HUNDRED, true, false },
	{ HUNDRED "1", false, false },
	{ "rfc822;a@example.com", true, true },
	{ "rfc822;a+2Bb@example.com", true, true },
	{ "RFC822;x", true, true },
	{ "rfc822;", true, false },
	{ ";a@example.com", true, false },
	{ "rfc822;a\xc3\xa4@example.com", false, false },
	{ "utf-8;a\xc3\xa4@example.com", false, true },
	{ "utf-8;a\\x{E4}@example.com", true, true },
	{ "utf-8;a b", false, false },
	{ "utf-8;", true, false },
	{ "x400;" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, false, false },
	{ "rfc 822;a", false, false },
};

START_TEST(values_of_envid_and_orcpt)
{
	struct span s = span_str(values[_i].in);

	ck_assert_int_eq(dsn_envid_ok(s), values[_i].envid);
	ck_assert_int_eq(dsn_orcpt_ok(s), values[_i].orcpt);
}
END_TEST

START_TEST(xtext_hides_what_would_end_it)
{
	struct buf out = { 0 };

	dsn_xtext_encode(&out, SPAN_LIT("a+b=c d\r\n\xc3\xa4~"));
	ck_buf_eq(&out, "a+2Bb+3Dc+20d+0D+0A+C3+A4~");
	ck_assert(!dsn_envid_ok(buf_span(&out)));
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, notify_is_read_and_written, 0,
	    sizeof(notifies) / sizeof(notifies[0]));
	tcase_add_test(tc, ret_is_read_and_written);
	tcase_add_loop_test(tc, values_of_envid_and_orcpt, 0,
	    sizeof(values) / sizeof(values[0]));
	tcase_add_test(tc, xtext_hides_what_would_end_it);
}

int
main(void)
{
	return check_run("dsn_param", add);
}
