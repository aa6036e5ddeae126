/* SPDX-License-Identifier: ISC */
#include "config.h" /* memmem() */

#include "check.h"
#include "msgtext.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *needle, *text;
	bool found;
} searches[] = {
	{ "", "", true },
	{ "", "x", true },
	{ "a", "", false },
	{ "a", "a", true },
	{ "a", "bbbbbbbba", true },
	{ "abc", "ab", false },
	{ "abc", "abc", true },
	{ "abc", "xxabxabcxx", true },
	{ "abc", "ababab", false },
	{ "aab", "aaaab", true },
	{ "aabaaab", "aabaabaabaaab", true },
	{ "aabaaab", "aabaabaabaaaab", false },
	{ "abcabcabd", "abcabcabcabcabd", true },
	{ "abcabcabd", "abcabcabcabcab", false },
	{ "ab\nc", "ab\nc", true },
	{ "\xc3\xa4", "\xc3\xc3\xa4", true },
};

/* Feed text in pieces of that size. */
static int
feed(struct msgtext_match *m, struct span text, size_t piece)
{
	int found = msgtext_match_feed(m, span_sub(text, 0, 0));

	for (size_t off = 0; off < text.n && found == 0; off += piece)
		found = msgtext_match_feed(m, span_sub(text, off, piece));
	return found;
}

START_TEST(found_whatever_the_pieces)
{
	struct span text = span_str(searches[_i].text);
	struct msgtext_match *m =
	    msgtext_match_new(span_str(searches[_i].needle));

	for (size_t piece = 1; piece <= 16; piece++) {
		ck_assert_int_eq(feed(m, text, piece), searches[_i].found);
		msgtext_match_reset(m);
	}
	msgtext_match_free(m);
}
END_TEST

/* Text of few letters is full of matches that nearly are. */
START_TEST(as_memmem_says)
{
	char text[400], needle[24];
	unsigned seed = 1, hits = 0;

	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + (size_t)rand_r(&seed) % sizeof(needle);
		size_t piece = 1 + (size_t)rand_r(&seed) % 40;
		struct msgtext_match *m;
		bool found;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = rand_r(&seed) % 7 == 0 ? 'b' : 'a';
		for (size_t i = 0; i < n; i++)
			needle[i] = rand_r(&seed) % 7 == 0 ? 'b' : 'a';
		found = memmem(text, sizeof(text), needle, n) != NULL;
		hits += found;
		m = msgtext_match_new(span_of(needle, n));
		ck_assert_int_eq(feed(m, span_of(text, sizeof(text)), piece),
		    found);
		msgtext_match_free(m);
	}
	ck_assert_uint_gt(hits, 300);
	ck_assert_uint_lt(hits, 2700);
}
END_TEST

START_TEST(stays_found_until_reset)
{
	struct msgtext_match *m = msgtext_match_new(SPAN_LIT("ab"));

	ck_assert_int_eq(msgtext_match_feed(m, SPAN_LIT("xa")), 0);
	ck_assert_int_eq(msgtext_match_feed(m, SPAN_LIT("b")), 1);
	ck_assert_int_eq(msgtext_match_feed(m, SPAN_LIT("x")), 1);
	msgtext_match_reset(m);
	ck_assert_int_eq(msgtext_match_feed(m, SPAN_LIT("xa")), 0);
	msgtext_match_reset(m);
	ck_assert_int_eq(msgtext_match_feed(m, SPAN_LIT("b")), 0);
	msgtext_match_free(m);
}
END_TEST

START_TEST(length_of_needle)
{
	struct buf text = { 0 };
	struct msgtext_match *m;

	while (text.len < MSGTEXT_NEEDLE_MAX)
		buf_addc(&text, "ab"[text.len % 2]);
	m = msgtext_match_new(buf_span(&text));
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(feed(m, buf_span(&text), 1000), 1);
	msgtext_match_free(m);
	buf_addc(&text, 'a');
	ck_assert_ptr_null(msgtext_match_new(buf_span(&text)));
	buf_free(&text);
}
END_TEST

/* 16 MB of what almost matches everywhere: time for this is what a search that
 * is not linear does not have. */
START_TEST(linear)
{
	struct buf text = { .max = (size_t)17 << 20 };
	struct msgtext_match *m;

	while (text.len < (size_t)16 << 20)
		buf_add(&text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32);
	m = msgtext_match_new(span_of(text.data, MSGTEXT_NEEDLE_MAX - 1));
	text.data[MSGTEXT_NEEDLE_MAX - 1] = 'b';
	msgtext_match_free(m);
	m = msgtext_match_new(span_of(text.data, MSGTEXT_NEEDLE_MAX));
	text.data[MSGTEXT_NEEDLE_MAX - 1] = 'a';
	ck_assert_int_eq(feed(m, buf_span(&text), 100), 0);
	ck_assert_int_eq(feed(m, buf_span(&text), 16384), 0);
	msgtext_match_free(m);
	buf_free(&text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, found_whatever_the_pieces, 0, N(searches));
	tcase_add_test(tc, as_memmem_says);
	tcase_add_test(tc, stays_found_until_reset);
	tcase_add_test(tc, length_of_needle);
	tcase_add_test(tc, linear);
}

int
main(void)
{
	return check_run("msgtext_match", add);
}
