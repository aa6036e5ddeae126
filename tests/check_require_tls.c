/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "require_tls.h"

static const struct {
	const char *header;
	bool no;
} cases[] = {
	{ "TLS-Required: No\r\n\r\n", true },
	{ "From: a@x\r\ntls-required:no\r\nTo: b@x\r\n\r\n", true },
	{ "TLS-Required:\r\n No \r\n\r\n", true },
	{ "TLS-Required: No", true },
	{ "TLS-Required: Yes\r\n\r\n", false },
	{ "TLS-Required: None\r\n\r\n", false },
	{ "TLS-Required:\r\n\r\n", false },
	{ "TLS-Required: No\r\nTLS-Required: No\r\n\r\n", false },
	{ "TLS-Required: x\r\nTLS-Required: No\r\n\r\n", false },
	{ "X-TLS-Required: No\r\n\r\n", false },
	{ "Subject: x\r\n\r\nTLS-Required: No\r\n", false },
	{ "", false },
};

START_TEST(just_one_field_says_no)
{
	ck_assert_int_eq(require_tls_is_no(span_str(cases[_i].header)),
	    cases[_i].no);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, just_one_field_says_no, 0,
	    sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	return check_run("require_tls", add);
}
