/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "netrc.h"
#include "user_config_edit.h"

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

/* ---- changes to the text ---- */

#define FILE_HEAD "# mine\n\n"
#define FILE_A    "account a\nimap x\n# of a\nuser y\n\n"
#define FILE_B    "# the second\n  # one\naccount b\nuser z\n\n"
#define FILE_C    "account\tc\nuser account"

static const struct {
	const char *in, *name, *removed, *first; /* NULL: there is none */
} edits[] = {
	{ FILE_HEAD FILE_A FILE_B FILE_C, "a", FILE_HEAD FILE_B FILE_C,
	    FILE_HEAD FILE_A FILE_B FILE_C },
	{ FILE_HEAD FILE_A FILE_B FILE_C, "b", FILE_HEAD FILE_A FILE_C,
	    FILE_HEAD FILE_B FILE_A FILE_C },
	{ FILE_HEAD FILE_A FILE_B FILE_C, "c", FILE_HEAD FILE_A FILE_B,
	    FILE_HEAD FILE_C "\n\n" FILE_A FILE_B },
	{ FILE_A, "a", "", FILE_A },
	{ FILE_A, "b", NULL, NULL },
	{ FILE_HEAD, "a", NULL, NULL },
	{ "", "a", NULL, NULL },
	{ "account accounts\n", "accounts", "", "account accounts\n" },
};

static void
check_edit(bool ret, struct buf *out, const char *want)
{
	ck_assert_int_eq(ret, want != NULL);
	ck_assert_str_eq(out->len > 0 ? out->data : "",
	    want != NULL ? want : "");
	buf_free(out);
}

START_TEST(account_is_taken_out_or_goes_first)
{
	struct span in = span_str(edits[_i].in);
	struct buf out = { 0 };

	check_edit(user_config_remove(&out, in, edits[_i].name), &out,
	    edits[_i].removed);
	check_edit(user_config_first(&out, in, edits[_i].name), &out,
	    edits[_i].first);
}
END_TEST

START_TEST(added_account_is_read_back)
{
	char name[] = "new", user[] = "bob", password[] = "a  # b";
	const struct user_account a = { .name = name, .user = user,
		.password = password };
	struct user_config c;
	struct buf out = { 0 }, err = { 0 };

	user_config_add(&out, SPAN_LIT(FILE_A FILE_C), &a);
	ck_buf_eq(&out, FILE_A FILE_C
	    "\n\naccount new\nuser bob\npassword a  # b\n");
	ck_assert_int_eq(user_config_parse(&c, buf_span(&out), &err), 0);
	ck_assert_str_eq(user_config_find(&c, "new")->password, "a  # b");
	user_config_clear(&c);
	buf_free(&out);
}
END_TEST

START_TEST(value_that_would_not_come_back_is_none)
{
	ck_assert(user_config_value_ok("a b"));
	ck_assert(!user_config_value_ok(""));
	ck_assert(!user_config_value_ok(" a"));
	ck_assert(!user_config_value_ok("a\r"));
	ck_assert(!user_config_value_ok("a\nb"));
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
	tcase_add_loop_test(tc, account_is_taken_out_or_goes_first, 0,
	    sizeof(edits) / sizeof(edits[0]));
	tcase_add_test(tc, added_account_is_read_back);
	tcase_add_test(tc, value_that_would_not_come_back_is_none);
	tcase_add_loop_test(tc, netrc_by_host_and_user, 0,
	    sizeof(hosts) / sizeof(hosts[0]));
}

int
main(void)
{
	return check_run("user_config", add);
}
