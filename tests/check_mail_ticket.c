/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail_count.h"
#include "mail_ticket.h"

#include "check.h"

static struct mail_tickets *tickets;

static const struct role_ticket one = { "0123456789abcde" };
static const struct role_ticket two = { "0123456789abcdf" };

static void
setup(void)
{
	tickets = mail_tickets_new();
	ck_assert_int_eq(mail_tickets_keep(tickets, &one, ROLE_SCOPE_IMAP,
			     SPAN_LIT("bob"), 100), 0);
}

static void
teardown(void)
{
	mail_tickets_free(tickets);
}

static void
expect(const struct role_ticket *id, enum role_scope scope, int64_t now,
    const char *user)
{
	char *got = mail_tickets_take(tickets, id, scope, now);

	if (user == NULL)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got, user);
	free(got);
}

START_TEST(a_ticket_is_good_once)
{
	expect(&one, ROLE_SCOPE_IMAP, 100, "bob");
	expect(&one, ROLE_SCOPE_IMAP, 100, NULL);
}
END_TEST

START_TEST(a_ticket_is_good_for_a_while)
{
	mail_tickets_keep(tickets, &two, ROLE_SCOPE_IMAP, SPAN_LIT("eve"), 105);
	expect(&one, ROLE_SCOPE_IMAP, 110, NULL);
	expect(&two, ROLE_SCOPE_IMAP, 110, "eve");
}
END_TEST

START_TEST(a_ticket_shown_elsewhere_is_used_up)
{
	expect(&one, ROLE_SCOPE_SUBMISSION, 100, NULL);
	expect(&one, ROLE_SCOPE_IMAP, 100, NULL);
}
END_TEST

START_TEST(a_made_up_ticket_is_none)
{
	expect(&two, ROLE_SCOPE_IMAP, 100, NULL);
	expect(&one, ROLE_SCOPE_IMAP, 100, "bob");
}
END_TEST

START_TEST(tickets_are_bounded_and_different)
{
	struct role_ticket id = { { 0 } };
	int kept = 1;

	ck_assert_int_eq(mail_tickets_keep(tickets, &one, ROLE_SCOPE_IMAP,
			     SPAN_LIT("eve"), 100), -1);
	for (int i = 0; i < 2 * MAIL_TICKETS_MAX; i++) {
		memcpy(id.id, &i, sizeof(i));
		kept += mail_tickets_keep(tickets, &id, ROLE_SCOPE_IMAP,
			    SPAN_LIT("eve"), 100) == 0;
	}
	ck_assert_int_eq(kept, MAIL_TICKETS_MAX);
	expect(&one, ROLE_SCOPE_IMAP, 100, "bob");
	/* Later there is room again. */
	ck_assert_int_eq(mail_tickets_keep(tickets, &one, ROLE_SCOPE_IMAP,
			     SPAN_LIT("eve"), 200), 0);
}
END_TEST

START_TEST(sessions_are_counted_by_user)
{
	struct mail_count *c = mail_count_new();

	ck_assert(mail_count_add(c, "bob", 2));
	ck_assert(mail_count_add(c, "bob", 2));
	ck_assert(!mail_count_add(c, "bob", 2));
	ck_assert(mail_count_add(c, "eve", 2));
	mail_count_drop(c, "bob");
	ck_assert(mail_count_add(c, "bob", 2));
	ck_assert(!mail_count_add(c, "bob", 2));
	mail_count_drop(c, "eve");
	mail_count_drop(c, "eve");
	ck_assert(!mail_count_add(c, "eve", 0));
	mail_count_free(c);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_ticket_is_good_once);
	tcase_add_test(tc, a_ticket_is_good_for_a_while);
	tcase_add_test(tc, a_ticket_shown_elsewhere_is_used_up);
	tcase_add_test(tc, a_made_up_ticket_is_none);
	tcase_add_test(tc, tickets_are_bounded_and_different);
	tcase_add_test(tc, sessions_are_counted_by_user);
}

int
main(void)
{
	return check_run("mail_ticket", add);
}
