/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "introspection.h"

#include "check.h"

#define NOW   1000000
#define GOOD  "\"active\":true,\"username\":\"bob\""
#define NOEND INTROSPECTION_NO_END

static const struct {
	const char *json;
	int ret;
	const char *user; /* NULL: the token is not active */
	uint32_t seconds;
} answers[] = {
	/* RFC 7662 section 2.2 has such ones. */
	{ "{" GOOD ",\"scope\":\"read mail\",\"exp\":1000060}", 0, "bob", 60 },
	{ "{" GOOD ",\"scope\":\"mail\",\"iat\":1,\"aud\":[\"x\"]}", 0, "bob",
	    NOEND },
	{ "{" GOOD ",\"scope\":\"mail\",\"exp\":1000060.5}", 0, "bob", 60 },
	{ "{" GOOD ",\"scope\":\"mail\",\"exp\":1e300}", 0, "bob", NOEND },
	{ "{" GOOD ",\"scope\":\"mail\",\"nbf\":1000000}", 0, "bob", NOEND },
	{ "{\"active\":false}", 0, NULL, 0 },
	{ "{\"active\":false,\"username\":\"bob\",\"scope\":\"mail\"}", 0, NULL,
	    0 },
	{ "{" GOOD ",\"scope\":\"mail\",\"exp\":1000000}", 0, NULL, 0 },
	{ "{" GOOD ",\"scope\":\"mail\",\"exp\":-1e300}", 0, NULL, 0 },
	{ "{" GOOD ",\"scope\":\"mail\",\"exp\":\"soon\"}", 0, NULL, 0 },
	{ "{" GOOD ",\"scope\":\"mail\",\"nbf\":1000001}", 0, NULL, 0 },
	{ "{" GOOD ",\"scope\":\"mails\"}", 0, NULL, 0 },
	{ "{" GOOD ",\"scope\":[\"mail\"]}", 0, NULL, 0 },
	{ "{" GOOD "}", 0, NULL, 0 },
	{ "{\"active\":true,\"scope\":\"mail\"}", 0, NULL, 0 },
	{ "{\"active\":true,\"scope\":\"mail\",\"username\":\"\"}", 0, NULL,
	    0 },
	{ "{\"active\":true,\"scope\":\"mail\",\"username\":7}", 0, NULL, 0 },
	{ "{\"active\":\"true\"}", -1, NULL, 0 },
	{ "{\"active\":true,\"active\":false}", -1, NULL, 0 },
	{ "{}", -1, NULL, 0 },
	{ "[]", -1, NULL, 0 },
	{ "true", -1, NULL, 0 },
	{ "{\"active\":true", -1, NULL, 0 },
	{ "", -1, NULL, 0 },
};

static void
expect(const char *json, const struct introspection_wants *wants, int ret,
    const char *user, uint32_t seconds)
{
	struct introspection in;

	ck_assert_int_eq(introspection_parse(&in, span_str(json), wants), ret);
	ck_assert(in.active == (user != NULL));
	ck_assert_pstr_eq(in.user, user);
	if (user != NULL)
		ck_assert_uint_eq(in.seconds, seconds);
	free(in.user);
}

START_TEST(answer_is_read)
{
	const struct introspection_wants wants = { "username", "mail", NOW };

	expect(answers[_i].json, &wants, answers[_i].ret, answers[_i].user,
	    answers[_i].seconds);
}
END_TEST

START_TEST(claim_and_scope_are_settings)
{
	const struct introspection_wants wants = { "email", NULL, NOW };

	expect("{\"active\":true,\"email\":\"b@x\",\"username\":\"c\"}", &wants,
	    0, "b@x", NOEND);
	expect("{\"active\":true,\"username\":\"c\"}", &wants, 0, NULL, 0);
}
END_TEST

START_TEST(answer_over_the_limit_is_none)
{
	const struct introspection_wants wants = { "username", NULL, NOW };
	struct buf json = { 0 };

	buf_addf(&json, "{" GOOD ",\"x\":\"%*s\"}",
	    (int)INTROSPECTION_ANSWER_MAX, "");
	expect(json.data, &wants, -1, NULL, 0);
	buf_free(&json);
}
END_TEST

START_TEST(question_is_a_form)
{
	struct buf out = { 0 };

	introspection_form(&out, SPAN_LIT("aZ09-._~+/=&%"));
	ck_buf_eq(&out, "token_type_hint=access_token&"
			"token=aZ09-._~%2B%2F%3D%26%25");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, answer_is_read, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tc, claim_and_scope_are_settings);
	tcase_add_test(tc, answer_over_the_limit_is_none);
	tcase_add_test(tc, question_is_a_form);
}

int
main(void)
{
	return check_run("introspection", add);
}
