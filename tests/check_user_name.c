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

START_TEST(local_is_by_the_last_at)
{
	struct buf errors = { 0 };
	struct conf *c = conf_parse_text(
	    SPAN_LIT("domain one.example two.example"), "t", NULL, 0, &errors);

	ck_assert(user_name_is_local(c, SPAN_LIT("a@two.EXAMPLE")));
	ck_assert(user_name_is_local(c, SPAN_LIT("\"a@b\"@one.example")));
	ck_assert(!user_name_is_local(c, SPAN_LIT("a@one.example@b")));
	ck_assert(!user_name_is_local(c, SPAN_LIT("a@ne.example")));
	ck_assert(!user_name_is_local(c, SPAN_LIT("one.example")));
	ck_assert(!user_name_is_local(c, SPAN_LIT("")));
	conf_free(c);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, one_name_whatever_is_typed, 0,
	    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tc, local_is_by_the_last_at);
}

int
main(void)
{
	return check_run("user_name", add);
}
