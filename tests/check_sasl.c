/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "sasl.h"

#define B(s) { (s), sizeof(s) - 1 }
#define NONE { NULL, 0 }

static const struct {
	const char *mech;
	struct span in[3];
	enum sasl_result want[3];
	struct span challenge[3];
	const char *authzid, *authcid, *password;
} server[] = {
	{ "PLAIN", { B("\0tim\0secret") }, { SASL_DONE }, { NONE },
	    "", "tim", "secret" },
	{ "plain", { B("other\0tim\0s e") }, { SASL_DONE }, { NONE },
	    "other", "tim", "s e" },
	{ "PLAIN", { NONE, B("\0t\0p") }, { SASL_CONTINUE, SASL_DONE },
	    { B(""), NONE }, "", "t", "p" },
	{ "PLAIN", { NONE, NONE }, { SASL_CONTINUE, SASL_FAIL }, { B("") },
	    "", "", "" },
	{ "PLAIN", { B("") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "PLAIN", { B("tim\0secret") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "PLAIN", { B("\0\0secret") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "PLAIN", { B("\0tim\0") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "PLAIN", { B("\0tim\0a\0b") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "LOGIN", { NONE, B("tim"), B("pw") },
	    { SASL_CONTINUE, SASL_CONTINUE, SASL_DONE },
	    { B("Username:"), B("Password:") }, "", "tim", "pw" },
	{ "LOGIN", { B("tim"), B("pw") }, { SASL_CONTINUE, SASL_DONE },
	    { B("Password:") }, "", "tim", "pw" },
	{ "LOGIN", { NONE, B("") }, { SASL_CONTINUE, SASL_FAIL },
	    { B("Username:") }, "", "", "" },
	{ "LOGIN", { B("t\0m") }, { SASL_FAIL }, { NONE }, "", "", "" },
	{ "LOGIN", { B("tim"), B("p\0w") }, { SASL_CONTINUE, SASL_FAIL },
	    { B("Password:") }, "", "tim", "" },
};

START_TEST(server_takes_names_and_password)
{
	struct sasl_server s = { .mech = sasl_mech_find(
				     span_str(server[_i].mech)) };
	struct buf out = { 0 };
	enum sasl_result r = SASL_CONTINUE;

	for (int i = 0; i < 3 && r == SASL_CONTINUE; i++) {
		buf_clear(&out);
		r = sasl_server_step(&s, server[_i].in[i], &out);
		ck_assert_int_eq(r, server[_i].want[i]);
		if (r == SASL_CONTINUE)
			ck_assert(span_eq(buf_span(&out),
			    server[_i].challenge[i]));
	}
	ck_buf_eq(&s.authzid, server[_i].authzid);
	ck_buf_eq(&s.authcid, server[_i].authcid);
	ck_buf_eq(&s.password, server[_i].password);
	sasl_server_clear(&s);
	buf_free(&out);
}
END_TEST

START_TEST(message_over_the_limit_is_refused)
{
	static char big[SASL_MESSAGE_MAX + 1];
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = 'x';
	for (int i = 0; i < 2; i++) {
		struct sasl_server s = { .mech = sasl_mech_find(
			span_str(i == 0 ? "LOGIN" : "PLAIN")) };

		big[0] = big[2] = i == 0 ? 'x' : '\0';
		ck_assert_int_eq(sasl_server_step(&s,
		    span_of(big, sizeof(big)), &out), SASL_FAIL);
		sasl_server_clear(&s);
	}
	buf_free(&out);
}
END_TEST

START_TEST(client_and_server_understand_each_other)
{
	static const char *const names[] = { "PLAIN", "LOGIN" };
	const struct sasl_mech *m = sasl_mech_find(span_str(names[_i]));
	struct sasl_client c = { .mech = m, .authcid = "tim@example.org",
		.password = "a b\"c" };
	struct sasl_server s = { .mech = m };
	struct buf say = { 0 }, hear = { 0 };
	enum sasl_result r = SASL_CONTINUE;

	ck_assert_str_eq(sasl_mech_name(m), names[_i]);
	if (sasl_mech_client_first(m))
		ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &say),
		    SASL_CONTINUE);
	r = sasl_server_step(&s, span_of(say.data, say.len), &hear);
	while (r == SASL_CONTINUE) {
		buf_clear(&say);
		ck_assert_int_eq(sasl_client_step(&c, buf_span(&hear), &say),
		    SASL_CONTINUE);
		buf_clear(&hear);
		r = sasl_server_step(&s, buf_span(&say), &hear);
	}
	ck_assert_int_eq(r, SASL_DONE);
	ck_buf_eq(&s.authcid, "tim@example.org");
	ck_buf_eq(&s.password, "a b\"c");
	ck_assert_int_eq(sasl_client_step(&c, SPAN_LIT("more"), &say),
	    SASL_FAIL);
	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &say),
	    SASL_DONE);
	sasl_server_clear(&s);
	buf_free(&say);
	buf_free(&hear);
}
END_TEST

START_TEST(client_is_not_content_before_its_password_went)
{
	struct sasl_client c = { .mech = sasl_mech_find(SPAN_LIT("LOGIN")),
		.authcid = "tim", .password = "pw" };
	struct buf out = { 0 };

	ck_assert_int_eq(sasl_client_step(&c, SPAN_LIT("User"), &out),
	    SASL_CONTINUE);
	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
	    SASL_FAIL);
	buf_free(&out);
}
END_TEST

START_TEST(external_says_whom_to_act_as)
{
	struct sasl_client c = { .mech = sasl_mech_find(SPAN_LIT("EXTERNAL")),
		.authzid = _i == 0 ? NULL : "tim@example.org" };
	struct buf out = { 0 };

	ck_assert(!sasl_mech_tells_password(c.mech));
	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
	    SASL_CONTINUE);
	ck_buf_eq(&out, _i == 0 ? "" : "tim@example.org");
	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
	    SASL_DONE);
	ck_assert_int_eq(sasl_client_step(&c, SPAN_LIT(""), &out), SASL_FAIL);
	sasl_client_clear(&c);
	buf_free(&out);
}
END_TEST

START_TEST(unknown_mechanism_is_not_found)
{
	ck_assert_ptr_null(sasl_mech_find(SPAN_LIT("PLAI")));
	ck_assert_ptr_null(sasl_mech_find(SPAN_LIT("PLAINN")));
	ck_assert_ptr_null(sasl_mech_find(SPAN_LIT("")));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, server_takes_names_and_password, 0,
	    sizeof(server) / sizeof(server[0]));
	tcase_add_test(tc, message_over_the_limit_is_refused);
	tcase_add_loop_test(tc, client_and_server_understand_each_other, 0, 2);
	tcase_add_test(tc, client_is_not_content_before_its_password_went);
	tcase_add_loop_test(tc, external_says_whom_to_act_as, 0, 2);
	tcase_add_test(tc, unknown_mechanism_is_not_found);
}

int
main(void)
{
	return check_run("sasl", add);
}
