/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "term.h"

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *in, *line, *text;
} cleaned[] = {
	{ "plain", "plain", "plain" },
	{ "a\tb\nc", "a b c", "a\tb\nc" },
	{ "a\r\nb\rc", "a  b c", "a\nb c" },
	{ "\x1b[31mred\x07", BAD "[31mred" BAD, BAD "[31mred" BAD },
	{ "\x7f", BAD, BAD },
	{ "\xc2\x9b" "2J", BAD "2J", BAD "2J" },          /* C1: CSI */
	{ "\xe2\x80\xae" "rtl", BAD "rtl", BAD "rtl" },   /* U+202E */
	{ "\xe2\x81\xa6" "x", BAD "x", BAD "x" },         /* U+2066 */
	{ "\xe2\x80\xa8" "x", BAD "x", BAD "x" },         /* U+2028 */
	{ "\xef\xbb\xbf" "x", BAD "x", BAD "x" },         /* U+FEFF */
	{ "\xf3\xa0\x81\x81", BAD, BAD },                 /* a tag */
	{ "\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac" },
	{ "a\xe2\x80\x8d" "b", "a\xe2\x80\x8d" "b", "a\xe2\x80\x8d" "b" },
	{ "\xff", BAD, BAD },
};

START_TEST(nothing_dangerous_passes)
{
	struct buf line = { 0 }, text = { 0 };

	term_clean(&line, span_str(cleaned[_i].in));
	term_clean_text(&text, span_str(cleaned[_i].in));
	ck_buf_eq(&line, cleaned[_i].line);
	ck_buf_eq(&text, cleaned[_i].text);
	buf_free(&line);
	buf_free(&text);
}
END_TEST

START_TEST(nul_is_cleaned)
{
	struct buf out = { 0 };

	term_clean(&out, SPAN_LIT("a\0b"));
	ck_buf_eq(&out, "a" BAD "b");
	buf_free(&out);
}
END_TEST

#define KANJI "\xe6\xbc\xa2\xe5\xad\x97" /* two characters, four columns */

static const struct {
	const char *in;
	size_t width;
	const char *want;
} cuts[] = {
	{ "hello", 5, "hello" },
	{ "hello", 4, "hel\xe2\x80\xa6" },
	{ "hello", 1, "\xe2\x80\xa6" },
	{ "hello", 0, "" },
	{ "", 3, "" },
	{ KANJI, 4, KANJI },
	{ KANJI, 3, "\xe6\xbc\xa2\xe2\x80\xa6" },
	{ KANJI, 2, "\xe2\x80\xa6" },
	{ "a\xcc\x88" "bc", 3, "a\xcc\x88" "bc" }, /* combining */
	{ "a\xcc\x88" "bc", 2, "a\xcc\x88\xe2\x80\xa6" },
};

START_TEST(cut_counts_columns)
{
	struct buf out = { 0 };

	term_cut(&out, span_str(cuts[_i].in), cuts[_i].width);
	ck_buf_eq(&out, cuts[_i].want);
	ck_assert_uint_le(term_width(buf_span(&out)), cuts[_i].width);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, nothing_dangerous_passes, 0,
	    sizeof(cleaned) / sizeof(cleaned[0]));
	tcase_add_test(tc, nul_is_cleaned);
	tcase_add_loop_test(tc, cut_counts_columns, 0,
	    sizeof(cuts) / sizeof(cuts[0]));
}

int
main(void)
{
	return check_run("term", add);
}
