/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>

#include "auth_guard.h"

#include "check.h"

/*
 * Scripts: each line is a time, a user, an address, a password, what the guard
 * guesses, and how the check went where there was one.  3 failures in 300
 * seconds are allowed: one is forgotten every 100 seconds.
 */
enum went { RIGHT, WRONG, VOID, NONE };

struct line {
	int64_t now;
	const char *user, *peer, *password;
	enum auth_guess guess;
	enum went went;
};

#define HOME   "192.0.2.1"
#define CAFE   "198.51.100.7"
#define SIX    "[2001:db8::1]"
#define SIX_TO "[2001:db8::2:1]"
#define OTHER6 "[2001:db8:0:1::1]"

static const struct line right_ones_cost_one_hash[] = {
	{ 0, "bob", HOME, "good", AUTH_CHECK, RIGHT },
	{ 1, "bob", HOME, "good", AUTH_RIGHT, NONE },
	{ 1, "bob", CAFE, "good", AUTH_RIGHT, NONE },
	{ 299, "bob", HOME, "good", AUTH_RIGHT, NONE },
	{ 300, "bob", HOME, "good", AUTH_CHECK_FIRST, RIGHT },
	{ 300, "eve", HOME, "good", AUTH_CHECK, WRONG },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line an_old_password_bans_nobody[] = {
	{ 0, "bob", HOME, "old", AUTH_CHECK, WRONG },
	{ 1, "bob", HOME, "old", AUTH_REPEATED, NONE },
	{ 2, "bob", HOME, "old", AUTH_REPEATED, NONE },
	{ 3, "bob", HOME, "old", AUTH_REPEATED, NONE },
	{ 4, "bob", HOME, "old", AUTH_REPEATED, NONE },
	{ 5, "bob", HOME, "good", AUTH_CHECK, RIGHT },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line failures_block_an_address_and_leak_away[] = {
	{ 0, "a", HOME, "1", AUTH_CHECK, WRONG },
	{ 0, "b", HOME, "2", AUTH_CHECK, WRONG },
	{ 0, "c", HOME, "3", AUTH_CHECK, WRONG },
	{ 1, "d", HOME, "4", AUTH_BLOCKED, NONE },
	{ 1, "d", CAFE, "4", AUTH_CHECK, WRONG },
	{ 99, "d", HOME, "4", AUTH_BLOCKED, NONE },
	{ 100, "d", HOME, "4", AUTH_CHECK, WRONG },
	{ 101, "d", HOME, "5", AUTH_BLOCKED, NONE },
	{ 401, "d", HOME, "6", AUTH_CHECK, WRONG },
	{ 401, "d", HOME, "7", AUTH_CHECK, WRONG },
	{ 401, "d", HOME, "8", AUTH_CHECK, WRONG },
	{ 401, "d", HOME, "9", AUTH_BLOCKED, NONE },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line the_known_get_in_beside_an_attacker[] = {
	{ 0, "bob", HOME, "good", AUTH_CHECK, RIGHT },
	{ 1, "a", HOME, "1", AUTH_CHECK, WRONG },
	{ 1, "b", HOME, "2", AUTH_CHECK, WRONG },
	{ 1, "c", HOME, "3", AUTH_CHECK, WRONG },
	{ 1, "d", HOME, "4", AUTH_BLOCKED, NONE },
	{ 400, "a", HOME, "5", AUTH_CHECK, WRONG },
	{ 400, "a", HOME, "6", AUTH_CHECK, WRONG },
	{ 400, "a", HOME, "7", AUTH_CHECK, WRONG },
	{ 400, "a", HOME, "8", AUTH_BLOCKED, NONE },
	{ 400, "bob", HOME, "good", AUTH_CHECK_FIRST, RIGHT },
	/* but not without end: */
	{ 400, "bob", HOME, "x", AUTH_CHECK_FIRST, WRONG },
	{ 400, "bob", HOME, "y", AUTH_CHECK_FIRST, WRONG },
	{ 400, "bob", HOME, "z", AUTH_CHECK_FIRST, WRONG },
	{ 400, "bob", HOME, "!", AUTH_BLOCKED, NONE },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line one_ipv6_network_is_one_address[] = {
	{ 0, "a", SIX, "1", AUTH_CHECK, WRONG },
	{ 0, "a", SIX_TO, "2", AUTH_CHECK, WRONG },
	{ 0, "a", SIX, "3", AUTH_CHECK, WRONG },
	{ 0, "a", SIX_TO, "4", AUTH_BLOCKED, NONE },
	{ 0, "a", OTHER6, "4", AUTH_CHECK, WRONG },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line what_was_not_checked_does_not_count[] = {
	{ 0, "a", HOME, "1", AUTH_CHECK, VOID },
	{ 0, "a", HOME, "1", AUTH_CHECK, VOID },
	{ 0, "a", HOME, "1", AUTH_CHECK, VOID },
	{ 0, "a", HOME, "1", AUTH_CHECK, VOID },
	{ 0, "a", HOME, "1", AUTH_CHECK, RIGHT },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

/* User and password do not run into each other. */
static const struct line fields_are_apart[] = {
	{ 0, "bob", HOME, "good", AUTH_CHECK, RIGHT },
	{ 0, "bobg", HOME, "ood", AUTH_CHECK, WRONG },
	{ 0, "", HOME, "bobgood", AUTH_CHECK, WRONG },
	{ 0, NULL, NULL, NULL, AUTH_CHECK, NONE },
};

static const struct line *const scripts[] = {
	right_ones_cost_one_hash,
	an_old_password_bans_nobody,
	failures_block_an_address_and_leak_away,
	the_known_get_in_beside_an_attacker,
	one_ipv6_network_is_one_address,
	what_was_not_checked_does_not_count,
	fields_are_apart,
};

static struct auth_guard *guard;

static void
setup(void)
{
	guard = auth_guard_new(3, 300);
}

static void
teardown(void)
{
	auth_guard_free(guard);
}

static void
play(const struct line *l)
{
	struct auth_try t = { l->peer, span_str(l->user),
		span_str(l->password) };
	enum auth_guess got = auth_guard_ask(guard, &t, l->now);

	ck_assert_msg(got == l->guess, "%d: %s with %s: %d", (int)l->now,
	    l->user, l->password, got);
	switch (l->went) {
	case RIGHT:
		auth_guard_right(guard, &t, l->now);
		break;
	case WRONG:
		auth_guard_wrong(guard, &t, l->now);
		break;
	case VOID:
		auth_guard_void(guard, &t, l->now);
		break;
	case NONE:
		break;
	}
}

START_TEST(a_script)
{
	for (const struct line *l = scripts[_i]; l->user != NULL; l++)
		play(l);
}
END_TEST

static const struct auth_try good = { HOME, SPAN_LIT("bob"),
	SPAN_LIT("good") };
static const struct auth_try bad = { HOME, SPAN_LIT("bob"), SPAN_LIT("bad") };

START_TEST(a_new_password_ends_what_was_known)
{
	auth_guard_ask(guard, &good, 0);
	auth_guard_right(guard, &good, 0);
	auth_guard_ask(guard, &bad, 0);
	auth_guard_wrong(guard, &bad, 0);
	auth_guard_forget(guard, SPAN_LIT("eve"));
	ck_assert_int_eq(auth_guard_ask(guard, &good, 1), AUTH_RIGHT);
	ck_assert_int_eq(auth_guard_ask(guard, &bad, 1), AUTH_REPEATED);
	auth_guard_forget(guard, SPAN_LIT("bob"));
	ck_assert_int_eq(auth_guard_ask(guard, &good, 1), AUTH_CHECK_FIRST);
	ck_assert_int_eq(auth_guard_ask(guard, &bad, 1), AUTH_CHECK_FIRST);
}
END_TEST

START_TEST(the_same_wrong_one_at_once_counts_once)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(auth_guard_ask(guard, &bad, 0), AUTH_CHECK);
	for (int i = 0; i < 3; i++)
		auth_guard_wrong(guard, &bad, 0);
	ck_assert_uint_eq(auth_guard_delay(guard, &bad, 0), 500);
	ck_assert_int_eq(auth_guard_ask(guard, &good, 0), AUTH_CHECK);
}
END_TEST

START_TEST(refusals_take_longer_and_longer)
{
	unsigned before = 0;
	char password[] = "a";

	auth_guard_configure(guard, 1000, 1000);
	for (; password[0] < 'z'; password[0]++) {
		struct auth_try t = { HOME, SPAN_LIT("bob"),
			span_str(password) };
		unsigned ms;

		auth_guard_ask(guard, &t, 0);
		auth_guard_wrong(guard, &t, 0);
		ms = auth_guard_delay(guard, &t, 0);
		ck_assert_uint_ge(ms, before);
		before = ms;
	}
	ck_assert_uint_eq(before, AUTH_DELAY_MAX);
}
END_TEST

/* Many addresses do not push out the one that is blocked. */
START_TEST(a_crowd_does_not_unblock)
{
	char peer[32], password[16];

	for (int i = 0; i < 3; i++) {
		struct auth_try t = { HOME, SPAN_LIT("bob"), { 0 } };

		snprintf(password, sizeof(password), "%d", i);
		t.password = span_str(password);
		auth_guard_ask(guard, &t, 0);
		auth_guard_wrong(guard, &t, 0);
	}
	for (int i = 0; i < 30000; i++) {
		struct auth_try t = { peer, SPAN_LIT("bob"), SPAN_LIT("x") };

		snprintf(peer, sizeof(peer), "10.%d.%d.1", i / 250, i % 250);
		auth_guard_ask(guard, &t, 0);
	}
	ck_assert_int_eq(auth_guard_ask(guard, &good, 0), AUTH_BLOCKED);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_script, 0,
	    sizeof(scripts) / sizeof(scripts[0]));
	tcase_add_test(tc, a_new_password_ends_what_was_known);
	tcase_add_test(tc, the_same_wrong_one_at_once_counts_once);
	tcase_add_test(tc, refusals_take_longer_and_longer);
	tcase_add_test(tc, a_crowd_does_not_unblock);
}

int
main(void)
{
	return check_run("auth_guard", add);
}
