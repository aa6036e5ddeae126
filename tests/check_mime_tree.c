/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mime.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/*
 * version, number of parts; of each part: kind | encoding << 2, distance to
 * its parent, gap, header length, body length, lines.
 */
#define LEAF	  "\x00"
#define MULTIPART "\x01"
#define MESSAGE	  "\x02"

#define BYTES(s) { (s), sizeof(s) - 1 }

static const struct {
	struct span in;
	int ret;
} packed[] = {
	{ BYTES("\1\1" LEAF "\0\0\2\5\1"), 0 },
	{ BYTES("\1\1" LEAF "\0\0\xff\xff\x03\5\1"), 0 },
	{ BYTES("\1\1" MULTIPART "\0\0\2\5\1"), 0 },
	{ BYTES("\1\2" MULTIPART "\0\0\2\5\1" LEAF "\1\1\2\2\1"), 0 },
	{ BYTES("\1\3" MULTIPART "\0\0\2\5\1" LEAF "\1\1\0\2\1" LEAF
		"\2\0\1\1\0"), 0 },
	{ BYTES("\1\2" MESSAGE "\0\0\2\5\1" LEAF "\1\0\2\3\1"), 0 },
	/* Short, long, another version. */
	{ BYTES(""), -1 },
	{ BYTES("\1"), -1 },
	{ BYTES("\1\0"), -1 },
	{ BYTES("\2\1" LEAF "\0\0\2\5\1"), -1 },
	{ BYTES("\1\1" LEAF "\0\0\2\5"), -1 },
	{ BYTES("\1\1" LEAF "\0\0\2\5\1\0"), -1 },
	{ BYTES("\1\2" LEAF "\0\0\2\5\1"), -1 },
	/* 10,001 parts. */
	{ BYTES("\1\x91\x4e" LEAF "\0\0\2\5\1"), -1 },
	/* No such kind or encoding. */
	{ BYTES("\1\1\3\0\0\2\5\1"), -1 },
	{ BYTES("\1\1\x10\0\0\2\5\1"), -1 },
	/* The message must begin at 0. */
	{ BYTES("\1\1" LEAF "\0\1\2\5\1"), -1 },
	/* More lines than bytes. */
	{ BYTES("\1\1" LEAF "\0\0\2\5\6"), -1 },
	/* A child that is longer than its parent, or ends behind it. */
	{ BYTES("\1\2" MULTIPART "\0\0\2\5\1" LEAF "\1\1\2\3\1"), -1 },
	{ BYTES("\1\3" MULTIPART "\0\0\2\5\1" LEAF "\1\1\0\2\1" LEAF
		"\2\0\1\2\0"), -1 },
	/* A child of a leaf, a message without or with two, or with a gap. */
	{ BYTES("\1\2" LEAF "\0\0\2\5\1" LEAF "\1\1\2\2\1"), -1 },
	{ BYTES("\1\1" MESSAGE "\0\0\2\5\1"), -1 },
	{ BYTES("\1\3" MESSAGE "\0\0\2\0\0" LEAF "\1\0\0\0\0" LEAF
		"\2\0\0\0\0"), -1 },
	{ BYTES("\1\2" MESSAGE "\0\0\2\5\1" LEAF "\1\1\2\2\1"), -1 },
	{ BYTES("\1\2" MESSAGE "\0\0\2\5\1" LEAF "\1\0\2\2\1"), -1 },
	/* A parent that is none, or not on the path any more. */
	{ BYTES("\1\2" MULTIPART "\0\0\2\5\1" LEAF "\0\1\2\2\1"), -1 },
	{ BYTES("\1\2" MULTIPART "\0\0\2\5\1" LEAF "\2\1\2\2\1"), -1 },
	{ BYTES("\1\4" MULTIPART "\0\0\0\5\0" MULTIPART "\1\0\0\1\0" LEAF
		"\2\0\0\1\0" LEAF "\2\0\0\0\0"), -1 },
	/* Numbers that do not fit, or do not end. */
	{ BYTES("\1\1" LEAF "\0\0\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1"),
	    -1 },
	{ BYTES("\1\1" LEAF "\0\0\2\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
		"\x80\0\0"), -1 },
	{ BYTES("\1\1" LEAF "\0\0\2\xff"), -1 },
};

START_TEST(unpack_trusts_nothing)
{
	struct mime_tree t = { 0 };
	struct buf again = { 0 };

	ck_assert_int_eq(mime_tree_unpack(&t, packed[_i].in), packed[_i].ret);
	if (packed[_i].ret < 0) {
		ck_assert_uint_eq(t.len, 0);
		ck_assert_ptr_null(t.part);
	} else {
		mime_tree_pack(&again, &t);
		ck_assert(span_eq(buf_span(&again), packed[_i].in));
	}
	mime_tree_clear(&t);
	buf_free(&again);
}
END_TEST

START_TEST(depth_is_capped)
{
	struct mime_tree t = { 0 };
	struct buf in = { 0 };
	int n = MIME_DEPTH_MAX + 1 + _i;

	buf_addf(&in, "\1%c", n);
	for (int i = 0; i < n; i++) {
		buf_add(&in, i + 1 < n ? MULTIPART : LEAF, 1);
		buf_addc(&in, i > 0);
		buf_add(&in, "\0\0\0\0", 4);
	}
	ck_assert_int_eq(mime_tree_unpack(&t, buf_span(&in)), _i > 0 ? -1 : 0);
	mime_tree_clear(&t);
	buf_free(&in);
}
END_TEST

START_TEST(a_tree_in_use_is_replaced)
{
	struct mime_tree t = { 0 };

	ck_assert_int_eq(mime_tree_unpack(&t, packed[4].in), 0);
	ck_assert_uint_eq(t.len, 3);
	ck_assert_int_eq(mime_tree_unpack(&t, packed[0].in), 0);
	ck_assert_uint_eq(t.len, 1);
	ck_assert_int_eq(mime_tree_unpack(&t, SPAN_LIT("x")), -1);
	ck_assert_uint_eq(t.len, 0);
}
END_TEST

START_TEST(find_in_an_empty_tree)
{
	struct mime_tree t = { 0 };
	uint32_t one = 1;

	ck_assert_uint_eq(mime_find(&t, NULL, 0), MIME_NONE);
	ck_assert_uint_eq(mime_find(&t, &one, 1), MIME_NONE);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, unpack_trusts_nothing, 0, N(packed));
	tcase_add_loop_test(tc, depth_is_capped, 0, 2);
	tcase_add_test(tc, a_tree_in_use_is_replaced);
	tcase_add_test(tc, find_in_an_empty_tree);
}

int
main(void)
{
	return check_run("mime_tree", add);
}
