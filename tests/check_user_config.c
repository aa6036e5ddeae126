/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "netrc.h"
#include "user_config.h"

START_TEST(accounts_and_their_settings)
{
	struct user_config c;
	struct buf err = { 0 };
	const struct user_account *a;

	ck_assert_int_eq(user_config_parse(&c, SPAN_LIT(
	    "# mine\n"
	    "account home\n"
	    "  imap imaps://mail.example.org\r\n"
	    "\tfrom\tBob \"B\" <bob@example.org>  \n"
	    "\n"
	    "account work\n"
	    "user b\n"
	    "password_cmd pass show 'my mail' | head -n 1"), &err), 0);
	ck_assert_uint_eq(c.len, 2);
	a = user_config_find(&c, NULL);
	ck_assert_str_eq(a->name, "home");
	ck_assert_str_eq(a->imap, "imaps://mail.example.org");
	ck_assert_str_eq(a->from, "Bob \"B\" <bob@example.org>");
	ck_assert_ptr_null(a->smtp);
	a = user_config_find(&c, "work");
	ck_assert_str_eq(a->password_cmd,
	    "pass show 'my mail' | head -n 1");
	ck_assert_ptr_null(user_config_find(&c, "play"));
	ck_assert(!user_config_secret(&c));
	user_config_clear(&c);
}
END_TEST

START_TEST(password_in_clear_is_a_secret)
{
	struct user_config c;
	struct buf err = { 0 };

	ck_assert_int_eq(user_config_parse(&c,
	    SPAN_LIT("account a\nuser x\naccount b\npassword s\n"), &err), 0);
	ck_assert(user_config_secret(&c));
	user_config_clear(&c);
}
END_TEST

static const struct {
	const char *in, *want;
} errors[] = {
	{ "imap x\n", "line 1: no \"account NAME\" before it" },
	{ "account a\n\nimpa x\n", "line 3: unknown setting \"impa\"" },
	{ "account a\nimap\n", "line 2: \"imap\" has no value" },
	{ "account\n", "line 1: \"account\" has no value" },
	{ "account a\nimap x\nimap y\n", "line 3: \"imap\" is set twice" },
	{ "account a\naccount a\n", "line 2: account \"a\" is there twice" },
};

START_TEST(mistake_is_told_with_its_line)
{
	struct user_config c;
	struct buf err = { 0 };

	ck_assert_int_eq(user_config_parse(&c, span_str(errors[_i].in), &err),
	    -1);
	ck_buf_eq(&err, errors[_i].want);
	ck_assert_uint_eq(c.len, 0);
	buf_free(&err);
}
END_TEST

#define NETRC                                                                  \
	"machine a.example login bob password \"two words\"\n"                 \
	"macdef init\nmachine evil.example password no\n\n"                    \
	"machine b.example\n\tlogin eve\n\tpassword e\\\"ve\n"                 \
	"machine b.example login bob account x password bob's\n"               \
	"default login any password thing\n"

static const struct {
	const char *host, *user, *login, *password; /* NULL: none */
} hosts[] = {
	{ "a.example", "bob", "bob", "two words" },
	{ "A.EXAMPLE", NULL, "bob", "two words" },
	{ "b.example", NULL, "eve", "e\"ve" },
	{ "b.example", "bob", "bob", "bob's" },
	{ "evil.example", "any", "any", "thing" },
	{ "c.example", NULL, "any", "thing" },
	{ "c.example", "bob", NULL, NULL },
	{ "a.example", "eve", NULL, NULL },
};

START_TEST(netrc_by_host_and_user)
{
	struct buf login = { 0 }, password = { 0 };
	bool found = netrc_find(SPAN_LIT(NETRC), hosts[_i].host,
	    hosts[_i].user, &login, &password);

	ck_assert_int_eq(found, hosts[_i].login != NULL);
	if (found) {
		ck_buf_eq(&login, hosts[_i].login);
		ck_buf_eq(&password, hosts[_i].password);
	}
	buf_free(&login);
	buf_free(&password);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, accounts_and_their_settings);
	tcase_add_test(tc, password_in_clear_is_a_secret);
	tcase_add_loop_test(tc, mistake_is_told_with_its_line, 0,
	    sizeof(errors) / sizeof(errors[0]));
	tcase_add_loop_test(tc, netrc_by_host_and_user, 0,
	    sizeof(hosts) / sizeof(hosts[0]));
}

int
main(void)
{
	return check_run("user_config", add);
}
