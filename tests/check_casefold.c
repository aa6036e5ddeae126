/* SPDX-License-Identifier: ISC */
#include "casefold.h"
#include "check.h"

static const struct {
	struct span in;
	const char *want;
} folds[] = {
	{ SPAN_LIT(""), "" },
	{ SPAN_LIT("`az{@AZ[09~"), "`AZ{@AZ[09~" },
	{ SPAN_LIT("The Quick Brown Fox jumps\r\n"),
	    "THE QUICK BROWN FOX JUMPS\r\n" },
	/* RFC 5051 section 2 */
	{ SPAN_LIT("\xc7\x84"), "Dz\xcc\x8c" },
	{ SPAN_LIT("\xc7\x86"), "Dz\xcc\x8c" },
	{ SPAN_LIT("\xc3\xa4\xc3\x84"), "A\xcc\x88" "A\xcc\x88" },
	{ SPAN_LIT("a\xcc\x88"), "A\xcc\x88" },
	{ SPAN_LIT("stra\xc3\x9f" "e"), "STRA\xc3\x9f" "E" },
	{ SPAN_LIT("\xd0\xbf\xd1\x80\xd0\xb8"), "\xd0\x9f\xd0\xa0\xd0\x98" },
	{ SPAN_LIT("\xcf\x83\xcf\x82"), "\xce\xa3\xce\xa3" },
	{ SPAN_LIT("\xef\xac\x81"), "fi" },
	{ SPAN_LIT("\xef\xbd\x81"), "A" },
	{ SPAN_LIT("\xe3\x8e\x8f"), "kg" },
	{ SPAN_LIT("\xf0\x90\x90\xa8"), "\xf0\x90\x90\x80" },
	/* not UTF-8: kept */
	{ SPAN_LIT("a\xe4z\xc3"), "A\xe4Z\xc3" },
	{ SPAN_LIT("a\xed\xa0\x80z"), "A\xed\xa0\x80Z" },
	{ SPAN_LIT("abcdefgh\xffijklmnopq"), "ABCDEFGH\xffIJKLMNOPQ" },
};

START_TEST(folded_to_titlecase_and_decomposed)
{
	struct buf out = { 0 };

	casefold(&out, folds[_i].in);
	ck_buf_eq(&out, folds[_i].want);
	buf_free(&out);
}
END_TEST

START_TEST(every_ascii_byte_at_every_place)
{
	char in[128 + 8], want[128 + 8];
	struct buf out = { 0 };

	for (int shift = 0; shift < 8; shift++) {
		for (int i = 0; i < 128 + shift; i++) {
			in[i] = (char)((i + shift) & 127);
			want[i] = (char)ascii_upper(in[i]);
		}
		buf_clear(&out);
		casefold(&out, span_of(in, 128 + (size_t)shift));
		ck_assert(span_eq(buf_span(&out),
		    span_of(want, 128 + (size_t)shift)));
	}
	buf_free(&out);
}
END_TEST

START_TEST(longest_decomposition_is_whole)
{
	struct buf out = { 0 };

	casefold(&out, SPAN_LIT("\xef\xb7\xba"));
	ck_assert_uint_eq(out.len, 33);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	const char *want; /* NULL: refused */
} nfcs[] = {
	{ "", "" },
	{ "user1", "user1" },
	{ "J\xc3\xb6rg", "J\xc3\xb6rg" },
	{ "Jo\xcc\x88rg", "J\xc3\xb6rg" },
	{ "\xe2\x84\xab", "\xc3\x85" },
	{ "\xef\xac\x81", "\xef\xac\x81" },
	{ "a\xcc\x88\xcc\xa3", "\xe1\xba\xa1\xcc\x88" },
	{ "J\xf6rg", NULL },
};

START_TEST(composed)
{
	struct buf out = { 0 };
	int ret;

	buf_adds(&out, "=");
	ret = utf8_nfc(&out, span_str(nfcs[_i].in));
	ck_assert_int_eq(ret, nfcs[_i].want != NULL ? 0 : -1);
	buf_consume(&out, 1);
	ck_buf_eq(&out, ret == 0 ? nfcs[_i].want : "");
	buf_free(&out);
}
END_TEST

START_TEST(long_names_are_not_composed)
{
	static const char name[UTF8_NFC_MAX + 1];
	struct buf out = { 0 };

	ck_assert_int_eq(utf8_nfc(&out, span_of(name, UTF8_NFC_MAX)), 0);
	ck_assert_uint_eq(out.len, UTF8_NFC_MAX);
	ck_assert_int_eq(utf8_nfc(&out, span_of(name, UTF8_NFC_MAX + 1)), -1);
	buf_free(&out);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, folded_to_titlecase_and_decomposed, folds);
	tcase_add_test(tc, every_ascii_byte_at_every_place);
	tcase_add_test(tc, longest_decomposition_is_whole);
	LOOP(tc, composed, nfcs);
	tcase_add_test(tc, long_names_are_not_composed);
}

int
main(void)
{
	return check_run("casefold", add);
}
