/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "thread_list.h"

static const struct {
	const char *in;
	const char *want; /* "number@depth " …; NULL: -1 */
} threads[] = {
	{ "", "" },
	{ " (2)(3 6 (4 23)(44 7 96))",
	    "2@0 3@0 6@1 4@2 23@3 44@2 7@3 96@4 " },
	{ " (1)(2)", "1@0 2@0 " },
	{ " ((3)(5))", "3@0 5@0 " },
	{ " ((1 2)(3))(4)", "1@0 2@1 3@0 4@0 " },
	{ " (1", NULL },
	{ " 1", NULL },
	{ " (1))", NULL },
	{ " ()", NULL },
	{ " (0)", NULL },
	{ " (1 x)", NULL },
	{ " (4294967296)", NULL },
};

static void
see(void *arg, uint32_t number, uint32_t depth)
{
	buf_addf(arg, "%u@%u ", number, depth);
}

static struct imap_cursor
cursor(struct span s)
{
	return (struct imap_cursor){ s.p, s.p + s.n, NULL, false, false,
		false };
}

START_TEST(messages_and_their_depth)
{
	const char *want = threads[_i].want;
	struct buf out = { 0 };
	int ret = thread_list_read(cursor(span_str(threads[_i].in)), see,
	    &out);

	ck_assert_int_eq(ret, want != NULL ? 0 : -1);
	if (want != NULL)
		ck_assert_str_eq(out.len > 0 ? out.data : "", want);
	buf_free(&out);
}
END_TEST

START_TEST(too_deep_is_refused)
{
	struct buf in = { 0 }, out = { 0 };

	for (size_t i = 0; i <= THREAD_LIST_DEPTH_MAX; i++)
		buf_adds(&in, "(1");
	for (size_t i = 0; i <= THREAD_LIST_DEPTH_MAX; i++)
		buf_adds(&in, ")");
	ck_assert_int_eq(thread_list_read(cursor(buf_span(&in)), see, &out),
	    -1);
	ck_assert_int_eq(thread_list_read(cursor(span_sub(buf_span(&in), 2,
	    in.len - 3)), see, &out), 0);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, messages_and_their_depth, 0,
	    sizeof(threads) / sizeof(threads[0]));
	tcase_add_test(tc, too_deep_is_refused);
}

int
main(void)
{
	return check_run("thread_list", add);
}
