/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "outbound_trouble.h"

#define UNREACHED OUTBOUND_UNREACHED
#define UNPROVEN  OUTBOUND_UNPROVEN
#define NO_TLS    OUTBOUND_NO_TLS
#define UNKNOWS   OUTBOUND_NO_REQUIRETLS

/* What is met at hosts, one after the other, and what is said then. */
static const struct {
	struct {
		const char *host;
		enum outbound_obstacle what;
	} met[4];
	bool required;
	unsigned code;
	const char *enhanced, *text;
} cases[] = {
	{ { { "a", UNREACHED } }, false, 451, "4.4.1", "a: 0" },
	{ { { "a", UNREACHED }, { "b", NO_TLS } }, false, 451, "4.7.4",
	    "b: 1" },
	{ { { "a", NO_TLS }, { "b", UNREACHED } }, false, 451, "4.4.1",
	    "b: 1" },
	/* Another address of a host that has answered is no news. */
	{ { { "a", NO_TLS }, { "a", UNREACHED } }, false, 451, "4.7.4",
	    "a: 0" },
	{ { { "a", UNREACHED }, { "a", NO_TLS } }, false, 451, "4.7.4",
	    "a: 1" },
	{ { { "a", UNKNOWS } }, true, 550, "5.7.30", "a: 0" },
	{ { { "a", UNPROVEN }, { "b", UNKNOWS } }, true, 550, "5.7.30",
	    "b: 1" },
	{ { { "a", UNREACHED }, { "a", UNKNOWS } }, true, 550, "5.7.30",
	    "a: 1" },
	{ { { "a", UNKNOWS }, { "a", UNREACHED } }, true, 550, "5.7.30",
	    "a: 0" },
	/* Another host may take it yet. */
	{ { { "a", UNREACHED }, { "b", UNKNOWS } }, true, 451, "4.4.1",
	    "a: 0" },
	{ { { "a", UNKNOWS }, { "b", UNREACHED } }, true, 451, "4.4.1",
	    "b: 1" },
	{ { { "a", UNREACHED }, { "b", UNREACHED }, { "b", UNKNOWS } }, true,
	    451, "4.4.1", "b: 1" },
	{ { { "a", UNKNOWS }, { "b", UNREACHED }, { "b", UNPROVEN } }, true,
	    550, "5.7.10", "b: 2" },
	/* The name of one begins that of the other. */
	{ { { "a", UNREACHED }, { "ab", UNKNOWS } }, true, 451, "4.4.1",
	    "a: 0" },
	{ { { "::1", UNREACHED }, { "::1", UNKNOWS } }, true, 550, "5.7.30",
	    "::1: 1" },
};

START_TEST(the_reason_that_counts)
{
	struct outbound_trouble t = { 0 };
	const char *enhanced;

	for (size_t i = 0; i < 4 && cases[_i].met[i].host != NULL; i++) {
		const char number[] = { (char)('0' + i), '\0' };

		outbound_trouble_add(&t, cases[_i].met[i].host,
		    cases[_i].met[i].what, cases[_i].required, number);
	}
	ck_assert_uint_eq(outbound_trouble_code(&t, &enhanced), cases[_i].code);
	ck_assert_str_eq(enhanced, cases[_i].enhanced);
	ck_assert_str_eq(t.text.data, cases[_i].text);
	outbound_trouble_clear(&t);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, the_reason_that_counts, 0,
	    sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	return check_run("outbound_trouble", add);
}
