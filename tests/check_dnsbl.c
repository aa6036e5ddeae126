/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "dnsbl.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *peer, *name; /* NULL: it has none */
} names[] = {
	{ "192.0.2.99", "99.2.0.192.bl.example" },
	{ "[2001:db8:1:2:3:4:567:89ab]", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0."
	  "2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example" },
	{ "unix", NULL },
	{ "", NULL },
	{ "[", NULL },
	{ "[]", NULL },
	{ "192.0.2", NULL },
};

START_TEST(addresses_go_backwards)
{
	struct buf out = { 0 };
	int ret = dnsbl_name(&out, names[_i].peer, SPAN_LIT("bl.example"));

	ck_assert_int_eq(ret, names[_i].name != NULL ? 0 : -1);
	if (names[_i].name != NULL)
		ck_assert_str_eq(out.data, names[_i].name);
	buf_free(&out);
}
END_TEST

static const struct {
	struct span data;
	enum dnsbl_answer answer;
} answers[] = {
	{ SPAN_LIT("\x7f\0\0\2"), DNSBL_LISTED },
	{ SPAN_LIT("\x7f\xff\xff\xfe"), DNSBL_REFUSED },
	{ SPAN_LIT("\x7f\xff\xfe\xfe"), DNSBL_LISTED },
	{ SPAN_LIT("\xc0\0\2\1"), DNSBL_NOTHING },
	{ SPAN_LIT("\x7f\0\0"), DNSBL_NOTHING },
	{ SPAN_LIT("\x7f\0\0\2\0"), DNSBL_NOTHING },
	{ SPAN_LIT(""), DNSBL_NOTHING },
};

START_TEST(answers_are_told_apart)
{
	ck_assert_int_eq(dnsbl_answer(answers[_i].data), answers[_i].answer);
}
END_TEST

static const struct {
	struct span data;
	const char *text;
} reasons[] = {
	{ SPAN_LIT("\3abc"), "abc" },
	{ SPAN_LIT("\3abc\0\2de"), "abcde" },
	{ SPAN_LIT("\6a\r\nb\xc3\xbc"), "a??b??" },
	{ SPAN_LIT("\x9" "cut"), "cut" },
	{ SPAN_LIT("\5"), "" },
	{ SPAN_LIT(""), "" },
};

START_TEST(reasons_are_clean)
{
	struct buf out = { 0 };

	dnsbl_reason(&out, reasons[_i].data);
	ck_assert(span_eq(buf_span(&out), span_str(reasons[_i].text)));
	buf_free(&out);
}
END_TEST

START_TEST(reasons_are_cut)
{
	char data[512];
	struct buf out = { 0 };

	memset(data, 'x', sizeof(data));
	data[0] = data[256] = '\xff';
	dnsbl_reason(&out, span_of(data, sizeof(data)));
	ck_assert_uint_eq(out.len, DNSBL_REASON_MAX);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, addresses_go_backwards, 0, LEN(names));
	tcase_add_loop_test(tc, answers_are_told_apart, 0, LEN(answers));
	tcase_add_loop_test(tc, reasons_are_clean, 0, LEN(reasons));
	tcase_add_test(tc, reasons_are_cut);
}

int
main(void)
{
	return check_run("dnsbl", add);
}
