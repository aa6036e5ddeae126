/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "seqset.h"

static const struct {
	const char *in, *want; /* NULL: bad syntax */
	uint32_t max;          /* what "*" is; UINT32_MAX: left alone */
} sets[] = {
	{ "1", "1", 9 },
	{ "1,3:5,7:*", "1,3:5,7:9", 9 },
	{ "5:3", "3:5", 9 },
	{ "3,2,1", "1:3", 9 },
	{ "1:3,2:9,20,4", "1:9,20", 30 },
	{ "1:3,4:6", "1:6", 9 },
	{ "7:*", "4:7", 4 },
	{ "*:7", "4:7", 4 },
	{ "*", "9", 9 },
	{ "*:*", "9", 9 },
	{ "2,*", "2,9", 9 },
	{ "9,*", "9", 9 },
	{ "1,2:*", "", 0 },
	{ "1,3:*", "1", 0 },
	{ "1,3:*", "1,3:*", UINT32_MAX },
	{ "4294967295", "*", UINT32_MAX },
	{ "4294967294:*,1", "1,4294967294:*", UINT32_MAX },
	{ "", NULL, 9 },
	{ "0", NULL, 9 },
	{ "01", NULL, 9 },
	{ "0:3", NULL, 9 },
	{ "1,", NULL, 9 },
	{ ",1", NULL, 9 },
	{ "1,,2", NULL, 9 },
	{ "1:", NULL, 9 },
	{ ":1", NULL, 9 },
	{ "1:2:3", NULL, 9 },
	{ "4294967296", NULL, 9 },
	{ "1 ", NULL, 9 },
	{ "-1", NULL, 9 },
	{ "**", NULL, 9 },
	{ "1:a", NULL, 9 },
	{ "$", NULL, 9 },
};

START_TEST(parse_sorts_and_joins)
{
	struct seqset set = { 0 };
	struct buf out = { 0 };
	int ret = seqset_parse(&set, span_str(sets[_i].in));

	if (sets[_i].want == NULL) {
		ck_assert_int_eq(ret, -1);
		ck_assert_uint_eq(set.len, 0);
	} else {
		ck_assert_int_eq(ret, 0);
		if (sets[_i].max != UINT32_MAX)
			seqset_resolve(&set, sets[_i].max);
		seqset_format(&out, &set);
		ck_buf_eq(&out, sets[_i].want);
	}
	buf_free(&out);
	seqset_clear(&set);
}
END_TEST

START_TEST(parse_replaces_what_was_there)
{
	struct seqset set = { 0 };

	ck_assert_int_eq(seqset_parse(&set, SPAN_LIT("1:9")), 0);
	ck_assert_int_eq(seqset_parse(&set, SPAN_LIT("4")), 0);
	ck_assert_uint_eq(seqset_count(&set), 1);
	ck_assert_int_eq(seqset_parse(&set, SPAN_LIT("4,x")), -1);
	ck_assert_uint_eq(seqset_count(&set), 0);
	seqset_clear(&set);
}
END_TEST

#define UNIVERSE 64

static void
same_as(const struct seqset *set, const bool *member)
{
	uint64_t n, count = 0;

	for (uint32_t i = 0; i < UNIVERSE; i++) {
		ck_assert_int_eq(seqset_has(set, i), member[i]);
		count += member[i];
	}
	ck_assert_uint_eq(seqset_count(set), count);
	for (n = 0; seqset_next(set, n, &n); n++, count--)
		ck_assert(n < UNIVERSE && member[n]);
	ck_assert_uint_eq(count, 0);
	for (size_t i = 1; i < set->len; i++)
		ck_assert(set->range[i - 1].hi + 1 < set->range[i].lo);
}

START_TEST(add_and_remove_agree_with_a_bitmap)
{
	struct seqset set = { 0 };
	bool member[UNIVERSE] = { false };

	srandom((unsigned)_i);
	for (int round = 0; round < 500; round++) {
		uint32_t a = (uint32_t)random() % UNIVERSE;
		uint32_t b = (uint32_t)random() % UNIVERSE;
		bool add = random() % 2 == 0;

		if (random() % 3 == 0)
			b = a;
		if (add)
			seqset_add(&set, a, b);
		else
			seqset_remove(&set, a, b);
		for (uint32_t i = a < b ? a : b; i <= (a < b ? b : a); i++)
			member[i] = add;
		same_as(&set, member);
	}
	seqset_clear(&set);
}
END_TEST

static const struct {
	const char *set, *other, *want;
} intersections[] = {
	{ "1:9", "3:5", "3:5" },
	{ "1,3,5,7", "2:5,7:9", "3,5,7" },
	{ "1:9", "", "" },
	{ "", "1:9", "" },
	{ "4:6", "1:4,6:*", "4,6" },
	{ "1:*", "*", "*" },
	{ "5", "6:9", "" },
};

START_TEST(intersection_is_what_both_have)
{
	struct seqset set = { 0 }, other = { 0 };
	struct buf out = { 0 };

	seqset_parse(&set, span_str(intersections[_i].set));
	seqset_parse(&other, span_str(intersections[_i].other));
	seqset_intersect(&set, &other);
	seqset_format(&out, &set);
	ck_buf_eq(&out, intersections[_i].want);
	buf_free(&out);
	seqset_clear(&set);
	seqset_clear(&other);
}
END_TEST

START_TEST(largest_number_is_no_special_case)
{
	struct seqset set = { 0 };
	uint64_t n;

	seqset_add(&set, UINT32_MAX - 1, UINT32_MAX);
	seqset_add(&set, UINT32_MAX, UINT32_MAX);
	ck_assert_uint_eq(seqset_count(&set), 2);
	ck_assert(seqset_next(&set, UINT32_MAX, &n));
	ck_assert_uint_eq(n, UINT32_MAX);
	ck_assert(!seqset_next(&set, n + 1, &n));
	seqset_remove(&set, UINT32_MAX, UINT32_MAX);
	ck_assert(!seqset_has(&set, UINT32_MAX));
	seqset_add(&set, 0, UINT32_MAX);
	ck_assert_uint_eq(seqset_count(&set), (uint64_t)1 << 32);
	seqset_clear(&set);
}
END_TEST

START_TEST(merge_and_subtract_agree_with_add_and_remove)
{
	struct seqset set = { 0 }, one = { 0 }, other = { 0 };
	struct buf a = { 0 }, b = { 0 };

	srand((unsigned)_i);
	for (unsigned n = 0; n < 40; n++) {
		seqset_add(&set, (uint32_t)rand() % 90, (uint32_t)rand() % 90);
		seqset_remove(&set, (uint32_t)rand() % 90,
		    (uint32_t)rand() % 90);
		seqset_add(&other, (uint32_t)rand() % 90,
		    (uint32_t)rand() % 90);
		seqset_remove(&other, (uint32_t)rand() % 90,
		    (uint32_t)rand() % 90);
		seqset_clear(&one);
		seqset_merge(&one, &set);
		for (size_t i = 0; i < other.len; i++) {
			if (n % 2 > 0)
				seqset_add(&one, other.range[i].lo,
				    other.range[i].hi);
			else
				seqset_remove(&one, other.range[i].lo,
				    other.range[i].hi);
		}
		if (n % 2 > 0)
			seqset_merge(&set, &other);
		else
			seqset_subtract(&set, &other);
		buf_clear(&a);
		buf_clear(&b);
		seqset_format(&a, &one);
		seqset_format(&b, &set);
		ck_assert(span_eq(buf_span(&a), buf_span(&b)));
	}
	seqset_clear(&set);
	seqset_clear(&one);
	seqset_clear(&other);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(slice_counts_across_ranges)
{
	static const struct {
		uint64_t from, to;
		const char *want;
	} slices[] = {
		{ 0, 3, "2:4" },
		{ 2, 4, "4,7" },
		{ 3, 4, "7" },
		{ 4, 99, "9:10" },
		{ 6, 99, "" },
		{ 2, 2, "" },
		{ 0, UINT64_MAX, "2:4,7,9:10" },
	};
	struct seqset set = { 0 }, out = { 0 };
	struct buf b = { 0 };

	ck_assert_int_eq(seqset_parse(&set, SPAN_LIT("2:4,7,9:10")), 0);
	seqset_slice(&set, slices[_i].from, slices[_i].to, &out);
	seqset_format(&b, &out);
	ck_assert(span_ieqs(buf_span(&b), slices[_i].want));
	buf_free(&b);
	seqset_clear(&set);
	seqset_clear(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, merge_and_subtract_agree_with_add_and_remove,
	    1, 9);
	tcase_add_loop_test(tc, slice_counts_across_ranges, 0, 7);
	tcase_add_loop_test(tc, parse_sorts_and_joins, 0,
	    sizeof(sets) / sizeof(sets[0]));
	tcase_add_test(tc, parse_replaces_what_was_there);
	tcase_add_loop_test(tc, intersection_is_what_both_have, 0,
	    sizeof(intersections) / sizeof(intersections[0]));
	tcase_add_loop_test(tc, add_and_remove_agree_with_a_bitmap, 1, 9);
	tcase_add_test(tc, largest_number_is_no_special_case);
}

int
main(void)
{
	return check_run("seqset", add);
}
