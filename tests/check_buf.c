/* SPDX-License-Identifier: ISC */
#include "check.h"

START_TEST(grows_and_is_terminated)
{
	struct buf b = { 0 };

	buf_adds(&b, "abc");
	buf_addc(&b, 'd');
	buf_addf(&b, "%u-%s", 42U, "x");
	ck_buf_eq(&b, "abcd42-x");
	ck_assert_int_eq(b.data[b.len], '\0');
	buf_consume(&b, 4);
	ck_buf_eq(&b, "42-x");
	buf_consume(&b, 99);
	ck_buf_eq(&b, "");
	buf_free(&b);
}
END_TEST

START_TEST(limit_is_sticky_and_whole)
{
	struct buf b;

	buf_init(&b, 4);
	buf_adds(&b, "abc");
	buf_adds(&b, "de");
	ck_assert(b.failed);
	buf_adds(&b, "f");
	ck_buf_eq(&b, "abc");
	buf_clear(&b);
	ck_assert(!b.failed);
	buf_adds(&b, "wxyz");
	ck_assert(!b.failed);
	ck_buf_eq(&b, "wxyz");
	buf_free(&b);
}
END_TEST

START_TEST(steal_leaves_it_empty)
{
	struct buf b = { 0 };
	char *s;

	buf_adds(&b, "mine");
	s = buf_steal(&b);
	ck_assert_str_eq(s, "mine");
	ck_buf_eq(&b, "");
	free(s);
	s = buf_steal(&b);
	ck_assert_str_eq(s, "");
	free(s);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, grows_and_is_terminated);
	tcase_add_test(tc, limit_is_sticky_and_whole);
	tcase_add_test(tc, steal_leaves_it_empty);
}

int
main(void)
{
	return check_run("buf", add);
}
