/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "greylist.h"

static const struct greylist_times times = { 300, 3600, 86400, 3 };
static struct greylist *g;

static void
setup(void)
{
	g = greylist_new();
}

static void
teardown(void)
{
	greylist_free(g);
}

static uint32_t
ask(const char *network, const char *sender, int64_t now)
{
	return greylist_wait(g, &times, network, sender, "bob@x.org", now);
}

START_TEST(first_in_vain_then_it_passes)
{
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 0), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 100), 200);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 299), 1);
	ck_assert_uint_eq(ask("192.0.2.0", "A@X.org", 300), 0);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 301), 0);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 86000), 0);
}
END_TEST

START_TEST(each_has_its_own)
{
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 0), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "b@x.org", 300), 300);
	ck_assert_uint_eq(ask("192.0.3.0", "a@x.org", 300), 300);
	ck_assert_uint_eq(greylist_wait(g, &times, "192.0.2.0", "a@x.org",
	    "eve@x.org", 300), 300);
	/* What was one name is none of two. */
	ck_assert_uint_eq(greylist_wait(g, &times, "192.0.2.0", "a@x.orgbob",
	    "@x.org", 300), 300);
}
END_TEST

START_TEST(who_comes_too_late_begins_anew)
{
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 0), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 3601), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 3901), 0);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 3901 + 86400), 0);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 3902 + 3 * 86400), 300);
}
END_TEST

START_TEST(networks_become_known)
{
	char sender[32];

	for (int i = 0; i < 3; i++) {
		snprintf(sender, sizeof(sender), "%d@x.org", i);
		ck_assert_uint_eq(ask("192.0.2.0", sender, 1000 * i), 300);
		ck_assert_uint_eq(ask("192.0.2.0", sender, 1000 * i + 300), 0);
		/* The same one once more is no other. */
		ck_assert_uint_eq(ask("192.0.2.0", sender, 1000 * i + 301), 0);
	}
	ck_assert_uint_eq(ask("192.0.2.0", "new@x.org", 3000), 0);
	ck_assert_uint_eq(ask("192.0.3.0", "new@x.org", 3000), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "late@x.org", 3001 + 86400), 300);
}
END_TEST

START_TEST(a_flood_forgets_those_that_wait)
{
	char network[32];
	unsigned kept = 0;

	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 0), 300);
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 300), 0);
	for (int i = 0; i < 300000; i++) {
		snprintf(network, sizeof(network), "%d", i);
		ck_assert_uint_eq(ask(network, "spam@x.org", 400), 300);
	}
	ck_assert_uint_eq(ask("192.0.2.0", "a@x.org", 500), 0);
	for (int i = 0; i < 300000; i++) {
		snprintf(network, sizeof(network), "%d", i);
		kept += greylist_wait(g, &times, network, "spam@x.org",
			    "bob@x.org", 700) == 0;
	}
	ck_assert_uint_le(kept, 65536);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, first_in_vain_then_it_passes);
	tcase_add_test(tc, each_has_its_own);
	tcase_add_test(tc, who_comes_too_late_begins_anew);
	tcase_add_test(tc, networks_become_known);
	tcase_add_test(tc, a_flood_forgets_those_that_wait);
}

int
main(void)
{
	return check_run("greylist", add);
}
