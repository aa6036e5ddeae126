/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "store_sorts.h"

#define LIMIT ((size_t)4096)

static struct store_sorts *s;

static void
setup(void)
{
	s = store_sorts_new(LIMIT);
}

static void
teardown(void)
{
	store_sorts_free(s);
}

/* Different in length and in every byte from those of the blobs around. */
static struct span
keys_of(uint64_t blob, char text[64])
{
	size_t n = 1 + blob % 64;

	memset(text, (int)('a' + blob % 23), n);
	return span_of(text, n);
}

static void
put(uint64_t blob)
{
	char text[64];

	store_sorts_put(s, blob, keys_of(blob, text));
}

/* Is it known?  What is known is right. */
static bool
known(uint64_t blob)
{
	char text[64];
	struct span got, want = keys_of(blob, text);

	if (!store_sorts_get(s, blob, &got))
		return false;
	ck_assert_uint_eq(got.n, want.n);
	ck_assert_mem_eq(got.p, want.p, want.n);
	return true;
}

START_TEST(nothing_is_known_at_first)
{
	ck_assert(!known(1));
	put(1);
	ck_assert(known(1));
	ck_assert(!known(2));
	ck_assert(!known(1 + (UINT64_C(1) << 44)));
}
END_TEST

START_TEST(blobs_far_apart_are_not_confused)
{
	for (unsigned i = 0; i < 40; i++)
		put(UINT64_C(1) << i);
	for (unsigned i = 0; i < 40; i++)
		ck_assert(known(UINT64_C(1) << i));
}
END_TEST

START_TEST(empty_keys_are_known)
{
	struct span got;

	store_sorts_put(s, 7, SPAN_LIT(""));
	ck_assert(store_sorts_get(s, 7, &got));
	ck_assert_uint_eq(got.n, 0);
}
END_TEST

/* Keys of 32 bytes on average: some 125 fill a generation. */
START_TEST(the_oldest_are_forgotten)
{
	unsigned left = 0;

	for (uint64_t blob = 1; blob <= 10000; blob++) {
		put(blob);
		ck_assert(known(blob));
	}
	for (uint64_t blob = 1; blob <= 10000; blob++)
		left += known(blob);
	ck_assert_uint_ge(left, 100);
	ck_assert_uint_le(left, 300);
	ck_assert(!known(1));
}
END_TEST

START_TEST(what_is_asked_for_stays)
{
	put(1);
	for (uint64_t blob = 2; blob <= 10000; blob++) {
		put(blob);
		ck_assert(known(1));
	}
}
END_TEST

START_TEST(what_is_too_long_is_not_kept)
{
	static char text[LIMIT + 1];
	struct span got;

	put(1);
	store_sorts_put(s, 2, span_of(text, sizeof(text)));
	ck_assert(!store_sorts_get(s, 2, &got));
	ck_assert(known(1));
	store_sorts_put(s, 3, span_of(text, LIMIT));
	ck_assert(store_sorts_get(s, 3, &got));
	ck_assert_uint_eq(got.n, LIMIT);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_is_known_at_first);
	tcase_add_test(tc, blobs_far_apart_are_not_confused);
	tcase_add_test(tc, empty_keys_are_known);
	tcase_add_test(tc, the_oldest_are_forgotten);
	tcase_add_test(tc, what_is_asked_for_stays);
	tcase_add_test(tc, what_is_too_long_is_not_kept);
}

int
main(void)
{
	return check_run("store_sorts", add);
}
