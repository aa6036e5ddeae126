/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "check.h"
#include "encword.h"

#define FFFD "\xef\xbf\xbd"
#define KEPT(s) { s, s }

static const struct {
	const char *in;
	const char *want;
} words[] = {
	KEPT(""),
	KEPT("plain text = ? =?"),
	/* RFC 2047 section 8 */
	{ "=?US-ASCII?Q?Keith_Moore?=", "Keith Moore" },
	{ "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld J\xc3\xb8rn Simonsen" },
	{ "=?ISO-8859-1?Q?Andr=E9?= Pirard", "Andr\xc3\xa9 Pirard" },
	{ "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\t "
	  "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    "If you can read this you understand the example." },
	{ "(=?ISO-8859-1?Q?a?=)", "(a)" },
	{ "(=?ISO-8859-1?Q?a?= b)", "(a b)" },
	{ "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)" },
	{ "(=?ISO-8859-1?Q?a?=  \t  =?ISO-8859-1?Q?b?=)", "(ab)" },
	{ "(=?ISO-8859-1?Q?a_b?=)", "(a b)" },
	{ "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)" },
	{ "=?UTF-8?Q?" "?= x", " x" },
	/* RFC 2231 section 5 */
	{ "=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore" },
	/* a character in two words */
	{ "=?utf-8?Q?=E2=82?= =?UTF-8?Q?=AC?=", "\xe2\x82\xac" },
	{ "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "\xe2\x82\xac" },
	{ "=?utf-8?B?4oK?= =?utf-8?B?s?=", "\xe2\x82\xac" },
	{ "=?utf-8?B?YWI?= =?utf-8?B?Y2Q=?=", "abcd" },
	{ "=?utf-8?Q?=E2=82?= =?utf-8?B?rA==?=", "\xe2\x82\xac" },
	{ "=?utf-8?Q?=E2=82?= x =?utf-8?Q?=AC?=", FFFD FFFD " x " FFFD },
	{ "=?utf-8?Q?=E2=82?= =?us-ascii?Q?=AC?=", FFFD FFFD "\xc2\xac" },
	{ "=?iso-2022-jp?B?GyRCJUY=?= =?iso-2022-jp?B?JTkbKEI=?=",
	    "\xe3\x83\x86\xe3\x82\xb9" },
	{ "=?shift_jis?B?g2WDWINn?=", "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88" },
	/* broken, as mail is */
	{ "a=?utf-8?q?b?=c", "abc" },
	{ "\"=?utf-8?Q?J=C3=B6rg?=\" <x>", "\"J\xc3\xb6rg\" <x>" },
	{ "=?utf-8?Q?two words?= x", "two words x" },
	{ "=?utf-8?Q?what?" "?=", "what?" },
	{ "=?utf-8?Q?100=25 =zz =4?=", "100% =zz =4" },
	{ "=?utf-8?B?Y W I=?=", "ab" },
	{ "=?utf-8?Q?open =?utf-8?Q?closed?=", "=?utf-8?Q?open closed" },
	{ "=?x-unknown?Q?caf=E9?=", "caf\xc3\xa9" },
	{ "=?unknown-8bit?Q?caf=C3=A9?=", "caf\xc3\xa9" },
	{ "=?us-ascii?Q?caf=C3=A9?=", "caf\xc3\xa9" },
	{ "=?iso-8859-1?Q?caf\xc3\xa9?=", "caf\xc3\xa9" },
	{ "=?iso-8859-1?Q?caf\xe9?=", "caf\xc3\xa9" },
	{ "=?utf-8?Q?a=0D=0ABcc:=00b?=", "a  Bcc: b" },
	KEPT("=?utf-8?X?a?="),
	KEPT("=?utf-8?Q?a"),
	KEPT("=?utf-8?Q?a?"),
	KEPT("=?utf-8?Q?"),
	KEPT("=?utf-8?Q"),
	KEPT("=?" "?Q?a?="),
	KEPT("=?a b?Q?a?="),
	KEPT("raw \xe9 =? \xc3"),
	KEPT("=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaa?Q?a?="),
};

START_TEST(words_in_text)
{
	struct buf out = { 0 };

	encword_decode(&out, span_str(words[_i].in));
	ck_buf_eq(&out, words[_i].want);
	buf_free(&out);
}
END_TEST

static const char *const longs[] = {
	"=?",
	"=?a?q?",
	"=?a?q?x",
	"=?a?q?x =?",
	("=?a?q?" "? "), /* no trigraph */
	"=?a?b?YQ?= ",
	"=?utf-8?q?=?=",
};

START_TEST(long_text_is_linear)
{
	struct buf in = { 0 }, out = { 0 };

	while (in.len < 1 << 20)
		buf_adds(&in, longs[_i]);
	encword_decode(&out, buf_span(&in));
	ck_assert(!out.failed && out.len > 0);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AE20                                                                   \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"     \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"     \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"

static const struct {
	const char *in;
	size_t col;
	const char *want;
} encodes[] = {
	{ "", 9, "" },
	{ "plain, as it is", 9, "plain, as it is" },
	{ A60 A60, 9, A60 A60 },
	{ "Gr\xc3\xb6\xc3\x9f" "e (no)", 9, "=?UTF-8?B?R3LDtsOfZSAobm8p?=" },
	{ "Bj\xc3\xb6rn Borg junior", 9,
	    "=?UTF-8?Q?Bj=C3=B6rn_Borg_junior?=" },
	{ "not =?utf-8?Q?x?=", 9,
	    "=?UTF-8?B?bm90ID0/dXRmLTg/UT94Pz0=?=" },
	{ "\xe4\xbd\xa0\xe5\xa5\xbd", 9, "=?UTF-8?B?5L2g5aW9?=" },
	{ "caf\xe9", 9, "=?UTF-8?B?Y2Fm77+9?=" },
	{ "a\r\nBcc: b", 9, "a  Bcc: b" },
	{ A60 "\xc3\xa4", 9, "=?UTF-8?Q?" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaa?=\r\n =?UTF-8?Q?aaaaa=C3=A4?=" },
	{ "\xc3\xa4", 60, "\r\n =?UTF-8?B?w6Q=?=" },
	{ "\xc3\xa4", 52, "=?UTF-8?B?w6Q=?=" },
	{ "\xc3\xa4", 1000, "\r\n =?UTF-8?B?w6Q=?=" },
};

START_TEST(encoded_for_a_line)
{
	struct buf out = { 0 };

	encword_encode(&out, span_str(encodes[_i].in), encodes[_i].col);
	ck_buf_eq(&out, encodes[_i].want);
	buf_free(&out);
}
END_TEST

START_TEST(long_text_in_short_lines_and_back)
{
	struct span line, s = SPAN_LIT(A60 AE20 "\xe2\x82\xac" A60 AE20 AE20);
	struct buf out = { 0 }, back = { 0 }, flat = { 0 };

	for (size_t col = 0; col < 100; col++) {
		size_t used = col;
		struct span rest;

		buf_clear(&out);
		buf_clear(&back);
		buf_clear(&flat);
		encword_encode(&out, s, col);
		rest = buf_span(&out);
		while (span_split(&rest, '\n', &line)) {
			line = span_trim(line);
			ck_assert(line.n == 0 || used + line.n <= 76);
			ck_assert_uint_le(line.n, 75);
			used = 1;
			buf_add_span(&flat, line);
			buf_addc(&flat, ' ');
			/* Each word is whole characters. */
			buf_clear(&back);
			encword_decode(&back, line);
			ck_assert(utf8_valid(buf_span(&back)));
		}
		buf_clear(&back);
		encword_decode(&back, span_trim(buf_span(&flat)));
		ck_assert(span_eq(buf_span(&back), s));
	}
	buf_free(&out);
	buf_free(&back);
	buf_free(&flat);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, words_in_text, words);
	LOOP(tc, long_text_is_linear, longs);
	LOOP(tc, encoded_for_a_line, encodes);
	tcase_add_test(tc, long_text_in_short_lines_and_back);
}

int
main(void)
{
	return check_run("encword", add);
}
