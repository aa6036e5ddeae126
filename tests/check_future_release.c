/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "future_release.h"

static const struct {
	const char *in;
	int64_t at; /* -1: it is refused */
} fors[] = {
	{ "1", 1001 },
	{ "3600", 4600 },
	{ "000000060", 1060 },
	{ "999999999", 1000000999 },
	{ "0", -1 },
	{ "", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ "1s", -1 },
	{ " 1", -1 },
	{ "1000000000", -1 },
	{ "0000000001", -1 },
};

START_TEST(seconds_from_now)
{
	struct future_release f;
	int ret = future_release_for(span_str(fors[_i].in), 1000, &f);
	char text[64];

	ck_assert_int_eq(ret, fors[_i].at < 0 ? -1 : 0);
	ck_assert_int_eq(f.at, fors[_i].at < 0 ? 0 : fors[_i].at);
	snprintf(text, sizeof(text), "for;%s", fors[_i].in);
	ck_assert_str_eq(f.text, ret == 0 ? text : "");
}
END_TEST

static const struct {
	const char *in;
	int64_t at;
} untils[] = {
	{ "1970-01-01T00:00:01Z", 1 },
	{ "2026-11-26T17:30:00Z", 1795714200 },
	{ "2028-02-29T23:59:59Z", 1835481599 },
	{ "2099-12-31T23:59:59Z", 4102444799 },
	{ "2027-02-29T00:00:00Z", -1 },
	{ "2026-13-01T00:00:00Z", -1 },
	{ "2026-00-01T00:00:00Z", -1 },
	{ "2026-11-26T24:00:00Z", -1 },
	{ "2026-11-26T17:60:00Z", -1 },
	{ "2026-11-26T17:30:00", -1 },
	{ "2026-11-26T17:30:00z", -1 },
	{ "2026-11-26t17:30:00Z", -1 },
	{ "2026-11-26T17:30:00+00:00", -1 },
	{ "2026-11-26T17:30:00.5Z", -1 },
	{ "2026-11-26 17:30:00Z", -1 },
	{ "+026-11-26T17:30:00Z", -1 },
	{ "3600", -1 },
	{ "", -1 },
};

START_TEST(a_moment_in_utc)
{
	struct future_release f;
	int ret = future_release_until(span_str(untils[_i].in), &f);
	char text[64];

	ck_assert_int_eq(ret, untils[_i].at < 0 ? -1 : 0);
	ck_assert_int_eq(f.at, untils[_i].at < 0 ? 0 : untils[_i].at);
	snprintf(text, sizeof(text), "until;%s", untils[_i].in);
	ck_assert_str_eq(f.text, ret == 0 ? text : "");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, seconds_from_now, 0,
	    sizeof(fors) / sizeof(fors[0]));
	tcase_add_loop_test(tc, a_moment_in_utc, 0,
	    sizeof(untils) / sizeof(untils[0]));
}

int
main(void)
{
	return check_run("future_release", add);
}
