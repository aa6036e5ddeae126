/* SPDX-License-Identifier: ISC */
#include "sasl_oauth.h"

#include "check.h"

#define B(s) { (s), sizeof(s) - 1 }

static const struct {
	struct span in;
	const char *user, *token; /* NULL: refused */
} bearers[] = {
	/* RFC 7628 section 4.1. */
	{ B("n,a=user@example.com,\1host=server.example.com\1port=143\1"
	    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"),
	    "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" },
	{ B("n,,\1auth=Bearer x\1\1"), "", "x" },
	{ B("y,,\1auth=bearer  x \1\1"), "", "x" },
	{ B("n,a=a=2Cb=3D,\1auth=Bearer x\1\1"), "a,b=", "x" },
	{ B("p=tls-exporter,,\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer x\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer x"), NULL, NULL },
	{ B("n,,auth=Bearer x\1\1"), NULL, NULL },
	{ B("n,\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("n,u,\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("n,a=u=,\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("n,,\1auth=Basic x\1\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer \1\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer a b\1\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer a\0b\1\1"), NULL, NULL },
	{ B("n,,\1auth=Bearer a\1auth=Bearer b\1\1"), NULL, NULL },
	{ B("n,,\1port\1auth=Bearer a\1\1"), NULL, NULL },
	{ B("n,,\1host=x\1\1"), NULL, NULL },
	{ B("n,,\1\1"), NULL, NULL },
	{ B("n,,\1"), NULL, NULL },
	{ B(""), NULL, NULL },
};

static void
expect(int ret, struct sasl_oauth *o, const char *user, const char *token)
{
	ck_assert_int_eq(ret, token != NULL ? 0 : -1);
	ck_buf_eq(&o->user, user != NULL ? user : "");
	ck_assert(span_eq(o->token, span_str(token != NULL ? token : "")));
	sasl_oauth_clear(o);
}

START_TEST(oauthbearer_is_read)
{
	struct sasl_oauth o;
	int ret = sasl_oauthbearer_parse(&o, bearers[_i].in);

	expect(ret, &o, bearers[_i].user, bearers[_i].token);
}
END_TEST

static const struct {
	struct span in;
	const char *user, *token;
} xoauth2s[] = {
	{ B("user=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2Nvb\1\1"),
	    "someuser@example.com", "ya29.vF9dft4qmTc2Nvb" },
	{ B("user=\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("user=a\0b\1auth=Bearer x\1\1"), NULL, NULL },
	{ B("auth=Bearer x\1\1"), NULL, NULL },
	{ B("user=a\1auth=x\1\1"), NULL, NULL },
	{ B("user=a\1\1"), NULL, NULL },
	{ B("user=a"), NULL, NULL },
	{ B(""), NULL, NULL },
};

START_TEST(xoauth2_is_read)
{
	struct sasl_oauth o;
	int ret = sasl_xoauth2_parse(&o, xoauth2s[_i].in);

	expect(ret, &o, xoauth2s[_i].user, xoauth2s[_i].token);
}
END_TEST

START_TEST(message_over_the_limit_is_refused)
{
	static char big[SASL_MESSAGE_MAX + 1];
	const struct span s = span_of(big, sizeof(big));
	struct sasl_oauth o;

	memset(big, 'x', sizeof(big));
	memcpy(big, "n,,\1auth=Bearer ", 16);
	memcpy(big + sizeof(big) - 2, "\1\1", 2);
	ck_assert_int_eq(sasl_oauthbearer_parse(&o, s), -1);
	memcpy(big, "user=a\1auth=Bearer ", 19);
	ck_assert_int_eq(sasl_xoauth2_parse(&o, s), -1);
}
END_TEST

static const struct {
	const char *mech, *first, *error;
} clients[] = {
	{ "OAUTHBEARER", "n,a=a=2Cb,\1auth=Bearer t.k\1\1", "\1" },
	{ "XOAUTH2", "user=a,b\1auth=Bearer t.k\1\1", "" },
};

START_TEST(client_says_its_token)
{
	struct sasl_client c = { .authcid = "a,b", .password = "t.k",
		.mech = sasl_mech_find(span_str(clients[_i / 2].mech)) };
	struct buf out = { 0 };

	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
	    SASL_CONTINUE);
	ck_buf_eq(&out, clients[_i / 2].first);
	buf_clear(&out);
	if (_i % 2 == 0) {
		ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
		    SASL_DONE);
	} else {
		ck_assert_int_eq(sasl_client_step(&c, SPAN_LIT("{}"), &out),
		    SASL_CONTINUE);
		ck_buf_eq(&out, clients[_i / 2].error);
		ck_assert_int_eq(sasl_client_step(&c, SPAN_LIT("{}"), &out),
		    SASL_FAIL);
		ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
		    SASL_FAIL);
	}
	sasl_client_clear(&c);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, oauthbearer_is_read, 0,
	    sizeof(bearers) / sizeof(bearers[0]));
	tcase_add_loop_test(tc, xoauth2_is_read, 0,
	    sizeof(xoauth2s) / sizeof(xoauth2s[0]));
	tcase_add_test(tc, message_over_the_limit_is_refused);
	tcase_add_loop_test(tc, client_says_its_token, 0, 4);
}

int
main(void)
{
	return check_run("sasl_oauth", add);
}
