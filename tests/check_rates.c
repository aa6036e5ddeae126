/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "rates.h"

#define SECOND ((int64_t)1000000)

static struct rates *r;

static void
setup(void)
{
	r = rates_new();
}

static void
teardown(void)
{
	rates_free(r);
}

static unsigned
taken(const char *name, unsigned tries, uint32_t limit, int64_t now)
{
	unsigned n = 0;

	while (tries-- > 0)
		n += rates_take(r, RATES_USER_MESSAGES, name, limit, 60, now);
	return n;
}

START_TEST(all_at_once_then_evenly)
{
	ck_assert_uint_eq(taken("a", 100, 60, SECOND), 60);
	ck_assert_uint_eq(taken("a", 100, 60, SECOND), 0);
	ck_assert_uint_eq(taken("a", 100, 60, 2 * SECOND), 1);
	ck_assert_uint_eq(taken("a", 100, 60, 12 * SECOND), 10);
	ck_assert_uint_eq(taken("a", 100, 60, 1000 * SECOND), 60);
}
END_TEST

START_TEST(refusals_do_not_count)
{
	ck_assert_uint_eq(taken("a", 1000, 1, SECOND), 1);
	ck_assert_uint_eq(taken("a", 1, 1, 60 * SECOND), 0);
	ck_assert_uint_eq(taken("a", 1, 1, 61 * SECOND), 1);
}
END_TEST

START_TEST(each_has_its_own)
{
	ck_assert_uint_eq(taken("a", 5, 2, SECOND), 2);
	ck_assert_uint_eq(taken("b", 5, 2, SECOND), 2);
	ck_assert(rates_take(r, RATES_USER_RECIPIENTS, "a", 1, 60, SECOND));
	ck_assert(rates_take(r, RATES_ADDRESS_MESSAGES, "a", 1, 60, SECOND));
	ck_assert(!rates_take(r, RATES_ADDRESS_MESSAGES, "a", 1, 60, SECOND));
}
END_TEST

START_TEST(zero_is_no_limit)
{
	ck_assert_uint_eq(taken("a", 1000, 0, SECOND), 1000);
}
END_TEST

/* The limit is another after a reload: what was taken still counts. */
START_TEST(lowered_it_still_counts)
{
	ck_assert_uint_eq(taken("a", 30, 60, SECOND), 30);
	ck_assert_uint_eq(taken("a", 100, 10, SECOND), 5);
}
END_TEST

/* Far more names than slots: whoever has sent much is not forgotten. */
START_TEST(a_crowd_does_not_free_who_is_full)
{
	char name[16];

	ck_assert_uint_eq(taken("full", 60, 60, SECOND), 60);
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		ck_assert_uint_eq(taken(name, 1, 60, SECOND), 1);
	}
	ck_assert_uint_eq(taken("full", 1, 60, SECOND), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_at_once_then_evenly);
	tcase_add_test(tc, refusals_do_not_count);
	tcase_add_test(tc, each_has_its_own);
	tcase_add_test(tc, zero_is_no_limit);
	tcase_add_test(tc, lowered_it_still_counts);
	tcase_add_test(tc, a_crowd_does_not_free_who_is_full);
}

int
main(void)
{
	return check_run("rates", add);
}
