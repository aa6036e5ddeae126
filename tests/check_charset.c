/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "check.h"

static const struct {
	const char *charset;
	struct span in;
	const char *want; /* NULL: refused */
} stricts[] = {
	{ "utf-8", SPAN_LIT("caf\xc3\xa9"), "caf\xc3\xa9" },
	{ "UTF8", SPAN_LIT(""), "" },
	{ "utf-8", SPAN_LIT("caf\xe9"), NULL },
	{ "utf-8", SPAN_LIT("caf\xc3"), NULL },
	{ "us-ascii", SPAN_LIT("cafe"), "cafe" },
	{ "us-ascii", SPAN_LIT("caf\xc3\xa9"), NULL },
	{ "US-ASCII", SPAN_LIT("caf\xe9"), NULL },
	{ "iso-8859-1", SPAN_LIT("caf\xe9"), "caf\xc3\xa9" },
	{ "ISO_8859-1", SPAN_LIT("\x80"), "\xe2\x82\xac" },
	{ "iso-8859-2", SPAN_LIT("\xb1"), "\xc4\x85" },
	{ "iso-8859-15", SPAN_LIT("\xa4"), "\xe2\x82\xac" },
	{ "windows-1252", SPAN_LIT("\x93q\x94"), "\xe2\x80\x9cq\xe2\x80\x9d" },
	{ "windows-1251", SPAN_LIT("\xcf"), "\xd0\x9f" },
	{ "koi8-r", SPAN_LIT("\xf0"), "\xd0\x9f" },
	{ "Shift_JIS", SPAN_LIT("\x83" "e\x83X\x83g\\~"),
	    "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88\\~" },
	{ "shift_jis", SPAN_LIT("\x83"), NULL },
	{ "euc-jp", SPAN_LIT("\xa5\xc6"), "\xe3\x83\x86" },
	{ "iso-2022-jp", SPAN_LIT("a\x1b$B%F\x1b(Bb"), "a\xe3\x83\x86" "b" },
	{ "euc-kr", SPAN_LIT("\xb0\xa1"), "\xea\xb0\x80" },
	{ "gb2312", SPAN_LIT("\xc4\xe3"), "\xe4\xbd\xa0" },
	{ "big5", SPAN_LIT("\xa7\x41"), "\xe4\xbd\xa0" },
	{ "windows-1258", SPAN_LIT("a\xec"), "\xc3\xa1" },
	{ "utf-7", SPAN_LIT("Hi+2D3cAQ-!"), "Hi\xf0\x9f\x90\x81!" },
	{ "utf-16le", SPAN_LIT("a\0\xe9\0"), "a\xc3\xa9" },
	{ "utf-16be", SPAN_LIT("\xd8\x00"), NULL },
	{ "no-such", SPAN_LIT("a"), NULL },
	{ "", SPAN_LIT("a"), NULL },
	{ "utf-8//TRANSLIT", SPAN_LIT("a"), NULL },
	{ "wchar_t", SPAN_LIT("a"), NULL },
};

START_TEST(strict_conversion)
{
	struct buf out = { 0 };
	int ret;

	buf_adds(&out, "=");
	ret = charset_to_utf8(&out, span_str(stricts[_i].charset),
	    stricts[_i].in);
	ck_assert_int_eq(ret, stricts[_i].want != NULL ? 0 : -1);
	buf_consume(&out, 1);
	ck_buf_eq(&out, ret == 0 ? stricts[_i].want : "");
	buf_free(&out);
}
END_TEST

#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *charset;
	struct span in;
	const char *want;
} streams[] = {
	{ "utf-8", SPAN_LIT("a\xe2\x82\xac\xf0\x9f\x90\x81z"),
	    "a\xe2\x82\xac\xf0\x9f\x90\x81z" },
	{ "utf-8", SPAN_LIT("a\xe9z\xc3"), "a" FFFD "z" FFFD },
	{ "utf-8", SPAN_LIT("\xed\xa0\x80"), FFFD FFFD FFFD },
	{ "us-ascii", SPAN_LIT("caf\xc3\xa9 caf\xe9"),
	    "caf\xc3\xa9 caf\xc3\xa9" },
	{ "", SPAN_LIT("\xe2\x82\xac \x80 \xe2\x82"),
	    "\xe2\x82\xac \xe2\x82\xac \xc3\xa2\xe2\x80\x9a" },
	{ "x-unknown", SPAN_LIT("\xfc\xc3\xbc"), "\xc3\xbc\xc3\xbc" },
	{ "iso-8859-1", SPAN_LIT("abcdefghijklmnopq\xe4z"),
	    "abcdefghijklmnopq\xc3\xa4z" },
	{ "iso-8859-7", SPAN_LIT("abc\xe1\xd2z"), "abc\xce\xb1" FFFD "z" },
	{ "shift_jis", SPAN_LIT("ab\x83" "e\x83X\x83gcd\x83"),
	    "ab\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88" "cd" FFFD },
	{ "euc-jp", SPAN_LIT("a\xa5\xc6\x8f\xb0\xa1\xff" "b"),
	    "a\xe3\x83\x86\xe4\xb8\x82" FFFD "b" },
	{ "iso-2022-jp", SPAN_LIT("a\x1b$B%F%9\x1b(Bb"),
	    "a\xe3\x83\x86\xe3\x82\xb9" "b" },
	{ "gb18030", SPAN_LIT("\xc4\xe3x\x81\x30\x81\x30"),
	    "\xe4\xbd\xa0x\xc2\x80" },
	{ "big5", SPAN_LIT("\xa7\x41\x88\x62z"),
	    "\xe4\xbd\xa0\xc3\x8a\xcc\x84z" },
	{ "windows-1258", SPAN_LIT("xa\xecy"), "x\xc3\xa1y" },
	{ "utf-7", SPAN_LIT("Hi+2D3cAQ-!"), "Hi\xf0\x9f\x90\x81!" },
	{ "utf-16be", SPAN_LIT("\0a\xd8\x3d\xdc\x01\0z"),
	    "a\xf0\x9f\x90\x81z" },
	{ "utf-16le", SPAN_LIT("a\0b\0c"), "ab" FFFD },
};

START_TEST(stream_in_any_pieces)
{
	struct span s = streams[_i].in;

	for (size_t step = 1; step <= s.n + 1; step++) {
		struct charset_stream *cs =
		    charset_open(span_str(streams[_i].charset));
		struct buf out = { 0 };

		for (size_t i = 0; i < s.n; i += step)
			charset_stream(cs, &out, span_sub(s, i, step));
		charset_end(cs, &out);
		charset_close(cs);
		ck_buf_eq(&out, streams[_i].want);
		buf_free(&out);
	}
}
END_TEST

static const char *const known[] = {
	"US-ASCII", "UTF-8", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3",
	"ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8",
	"ISO-8859-8-I", "ISO-8859-9", "ISO-8859-10", "ISO-8859-11",
	"ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16",
	"windows-1250", "windows-1251", "windows-1252", "windows-1253",
	"windows-1254", "windows-1255", "windows-1256", "windows-1257",
	"windows-1258", "windows-874", "TIS-620", "KOI8-R", "KOI8-U", "IBM437",
	"IBM850", "IBM852", "IBM866", "macintosh", "x-mac-cyrillic",
	"Shift_JIS", "EUC-JP", "ISO-2022-JP", "ISO-2022-JP-2", "EUC-KR",
	"ks_c_5601-1987", "ISO-2022-KR", "GB2312", "GBK", "GB18030",
	"ISO-2022-CN", "Big5", "Big5-HKSCS", "EUC-TW", "VISCII", "UTF-7",
	"UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-32BE", "UTF-32LE",
};

START_TEST(charsets_of_mail_are_known)
{
	ck_assert(charset_known(span_str(known[_i])));
}
END_TEST

static const struct {
	struct span in;
	bool valid;
	const char *scrubbed;
} utf8[] = {
	{ SPAN_LIT(""), true, "" },
	{ SPAN_LIT("plain ascii text"), true, "plain ascii text" },
	{ SPAN_LIT("\xc2\x80\xdf\xbf"), true, "\xc2\x80\xdf\xbf" },
	{ SPAN_LIT("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true,
	    "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf" },
	{ SPAN_LIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true,
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	{ SPAN_LIT("a\x80z"), false, "a" FFFD "z" },
	{ SPAN_LIT("\xc0\x80"), false, FFFD FFFD },
	{ SPAN_LIT("\xc1\xbf"), false, FFFD FFFD },
	{ SPAN_LIT("\xe0\x9f\xbf"), false, FFFD FFFD FFFD },
	{ SPAN_LIT("\xed\xa0\x80"), false, FFFD FFFD FFFD },
	{ SPAN_LIT("\xf0\x8f\xbf\xbf"), false, FFFD FFFD FFFD FFFD },
	{ SPAN_LIT("\xf4\x90\x80\x80"), false, FFFD FFFD FFFD FFFD },
	{ SPAN_LIT("\xf5\x80\x80\x80"), false, FFFD FFFD FFFD FFFD },
	{ SPAN_LIT("\xe2\x82z"), false, FFFD FFFD "z" },
	{ SPAN_LIT("abcdefghijk\xe2\x82"), false, "abcdefghijk" FFFD FFFD },
};

START_TEST(utf8_as_rfc_3629_has_it)
{
	struct buf out = { 0 };

	ck_assert(utf8_valid(utf8[_i].in) == utf8[_i].valid);
	utf8_scrub(&out, utf8[_i].in);
	ck_buf_eq(&out, utf8[_i].scrubbed);
	ck_assert(utf8_valid(buf_span(&out)));
	buf_free(&out);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, strict_conversion, stricts);
	LOOP(tc, stream_in_any_pieces, streams);
	LOOP(tc, charsets_of_mail_are_known, known);
	LOOP(tc, utf8_as_rfc_3629_has_it, utf8);
}

int
main(void)
{
	return check_run("charset", add);
}
