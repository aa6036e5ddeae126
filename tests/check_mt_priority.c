/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mt_priority.h"

static const struct {
	const char *in;
	int want, ret;
} cases[] = {
	{ "0", 0, 0 }, { "9", 9, 0 }, { "-9", -9, 0 }, { "3", 3, 0 },
	{ "-1", -1, 0 }, { "-0", 0, -1 }, { "10", 0, -1 }, { "-10", 0, -1 },
	{ "+1", 0, -1 }, { "00", 0, -1 }, { "", 0, -1 }, { "-", 0, -1 },
	{ "x", 0, -1 }, { "1 ", 0, -1 }, { "-x", 0, -1 },
};

START_TEST(from_minus_nine_to_nine)
{
	int got = 77;

	ck_assert_int_eq(mt_priority_parse(span_str(cases[_i].in), &got),
	    cases[_i].ret);
	ck_assert_int_eq(got, cases[_i].want);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, from_minus_nine_to_nine, 0,
	    sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	return check_run("mt_priority", add);
}
