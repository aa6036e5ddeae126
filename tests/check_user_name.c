/* SPDX-License-Identifier: ISC */
#include "check.h"

#include "conf.h"
#include "user_name.h"

#define LONG64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in;
	const char *want; /* NULL: refused */
} names[] = {
	{ "bob", "bob@one.example" },
	{ "Bob@ONE.example", "bob@one.example" },
	{ "J\xc3\x96rg@x", "j\xc3\xb6rg@x" },
	{ "JO\xcc\x88rg@x", "j\xc3\xb6rg@x" }, /* composed */
	{ "\xc3\x9f@x", "\xc3\x9f@x" },        /* sharp s stays */
	{ "bob@B\xc3\xbc" "cher.example", "bob@xn--bcher-kva.example" },
	{ "\xc3\xb6@" LONG64 "\xc3\xbc.example", NULL }, /* no label */
	{ "", "@one.example" },
	{ "\xff@x", NULL },
	{ LONG64 LONG64 LONG64 LONG64, NULL },
};

START_TEST(one_name_whatever_is_typed)
{
	struct buf errors = { 0 }, out = { 0 };
	struct conf *c = conf_parse_text(
	    SPAN_LIT("domain one.example two.example"), "t", NULL, 0, &errors);
	int ret = user_name_complete(&out, c, span_str(names[_i].in));

	ck_assert_int_eq(ret, names[_i].want != NULL ? 0 : -1);
	ck_buf_eq(&out, names[_i].want != NULL ? names[_i].want : "");
	buf_free(&out);
	conf_free(c);
}
END_TEST

static const struct {
	const char *address, *domain;
} domains[] = {
	{ "a@two.EXAMPLE", "two.EXAMPLE" },
	{ "\"a@b\"@one.example", "one.example" },
	{ "a@one.example@b", "b" },
	{ "@one.example", "one.example" },
	{ "a@", "" },
	{ "one.example", "" },
	{ "", "" },
};

START_TEST(domain_is_behind_the_last_at)
{
	struct span domain = user_name_domain(span_str(domains[_i].address));

	ck_assert(span_eq(domain, span_str(domains[_i].domain)));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, one_name_whatever_is_typed, 0,
	    sizeof(names) / sizeof(names[0]));
	tcase_add_loop_test(tc, domain_is_behind_the_last_at, 0,
	    sizeof(domains) / sizeof(domains[0]));
}

int
main(void)
{
	return check_run("user_name", add);
}
