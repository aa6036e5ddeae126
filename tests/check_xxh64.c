/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "xxh64.h"

/* As published with the algorithm; the long one from its reference tool. */
static const struct {
	const char *in;
	uint64_t seed, want;
} sums[] = {
	{ "", 0, UINT64_C(0xef46db3751d8e999) },
	{ "a", 0, UINT64_C(0xd24ec4f1a98c6e5b) },
	{ "abc", 0, UINT64_C(0x44bc2cf5ad770999) },
	{ "Nobody inspects the spammish repetition", 0,
	    UINT64_C(0xfbcea83c8a378bf1) },
};

START_TEST(sum_is_that_of_the_specification)
{
	ck_assert_uint_eq(xxh64(sums[_i].in, strlen(sums[_i].in),
			      sums[_i].seed), sums[_i].want);
}
END_TEST

START_TEST(each_bit_counts)
{
	char p[100] = { 0 };
	uint64_t zero = xxh64(p, sizeof(p), 0);

	for (size_t i = 0; i < sizeof(p) * 8; i++) {
		p[i / 8] ^= (char)(1 << i % 8);
		ck_assert_uint_ne(xxh64(p, sizeof(p), 0), zero);
		p[i / 8] ^= (char)(1 << i % 8);
	}
	ck_assert_uint_ne(xxh64(p, sizeof(p) - 1, 0), zero);
	ck_assert_uint_ne(xxh64(p, sizeof(p), 1), zero);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, sum_is_that_of_the_specification, 0,
	    sizeof(sums) / sizeof(sums[0]));
	tcase_add_test(tc, each_bit_counts);
}

int
main(void)
{
	return check_run("xxh64", add);
}
