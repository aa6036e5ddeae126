/* SPDX-License-Identifier: ISC */
#include "check.h"

static const struct {
	const char *in;
	uint64_t max;
	int ret;
	uint64_t want;
} numbers[] = {
	{ "0", 10, 0, 0 },
	{ "10", 10, 0, 10 },
	{ "11", 10, -1, 0 },
	{ "007", 10, 0, 7 },
	{ "", 10, -1, 0 },
	{ "-1", 10, -1, 0 },
	{ "1x", 10, -1, 0 },
	{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "18446744073709551616", UINT64_MAX, -1, 0 },
};

START_TEST(number_within_its_maximum)
{
	uint64_t v = 0;

	ck_assert_int_eq(span_u64(span_str(numbers[_i].in), numbers[_i].max,
			     &v), numbers[_i].ret);
	ck_assert_uint_eq(v, numbers[_i].want);
}
END_TEST

START_TEST(comparison_ignores_ascii_case_only)
{
	ck_assert(span_ieqs(SPAN_LIT("InBoX"), "INBOX"));
	ck_assert(!span_ieqs(SPAN_LIT("INBOX"), "INBO"));
	ck_assert(!span_ieqs(SPAN_LIT("\xc3\xa4"), "\xc3\x84"));
	ck_assert(span_iprefix(SPAN_LIT("Body[1]"), SPAN_LIT("BODY[")));
	ck_assert(!span_eq(SPAN_LIT("a"), SPAN_LIT("A")));
}
END_TEST

START_TEST(split_gives_every_piece_once)
{
	struct span s = SPAN_LIT("a//b/"), head;

	ck_assert(span_split(&s, '/', &head));
	ck_span_eq(head, "a");
	ck_assert(span_split(&s, '/', &head));
	ck_span_eq(head, "");
	ck_assert(span_split(&s, '/', &head));
	ck_span_eq(head, "b");
	ck_assert(!span_split(&s, '/', &head));
}
END_TEST

static const struct {
	const char *a, *b;
	size_t want;
} distances[] = {
	{ "list", "list", 0 },
	{ "lsit", "list", 2 },
	{ "serch", "search", 1 },
	{ "", "abc", 3 },
	{ "abc", "", 3 },
	{ "kitten", "sitting", 3 },
	{ "a name that is longer than all names", "b", SIZE_MAX },
};

START_TEST(distance_counts_changes)
{
	struct span a = span_str(distances[_i].a);
	struct span b = span_str(distances[_i].b);

	ck_assert_uint_eq(span_distance(a, b), distances[_i].want);
	ck_assert_uint_eq(span_distance(b, a), distances[_i].want);
}
END_TEST

START_TEST(sub_is_clipped)
{
	ck_span_eq(span_sub(SPAN_LIT("hello"), 1, 3), "ell");
	ck_span_eq(span_sub(SPAN_LIT("hello"), 3, 99), "lo");
	ck_span_eq(span_sub(SPAN_LIT("hello"), 99, 1), "");
	ck_span_eq(span_trim(SPAN_LIT(" \t a b\r\n")), "a b");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, number_within_its_maximum, 0,
	    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(tc, comparison_ignores_ascii_case_only);
	tcase_add_test(tc, split_gives_every_piece_once);
	tcase_add_loop_test(tc, distance_counts_changes, 0,
	    sizeof(distances) / sizeof(distances[0]));
	tcase_add_test(tc, sub_is_clipped);
}

int
main(void)
{
	return check_run("span", add);
}
