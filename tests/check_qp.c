/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "qp.h"

#define WSP64 "                                \t\t\t\t\t\t\t\t" \
	      "                        "

static const struct {
	struct span in;
	const char *want;
} streams[] = {
	{ SPAN_LIT(""), "" },
	{ SPAN_LIT("plain text\r\n"), "plain text\r\n" },
	{ SPAN_LIT("a\nb\n"), "a\nb\n" },
	{ SPAN_LIT("=41=42"), "AB" },
	{ SPAN_LIT("caf=C3=A9=c3=a9"), "caf\xc3\xa9\xc3\xa9" },
	{ SPAN_LIT("a=\r\nb"), "ab" },
	{ SPAN_LIT("a=\nb"), "ab" },
	{ SPAN_LIT("a= \t\r\nb"), "ab" },
	{ SPAN_LIT("a \t\r\nb"), "a\r\nb" },
	{ SPAN_LIT("a \t\nb  "), "a\nb" },
	{ SPAN_LIT("a =\r\n b"), "a  b" },
	{ SPAN_LIT("a=20\r\nb"), "a \r\nb" },
	{ SPAN_LIT("a  b\tc"), "a  b\tc" },
	{ SPAN_LIT("=\r\n"), "" },
	{ SPAN_LIT("=0D=0A"), "\r\n" },
	/* broken */
	{ SPAN_LIT("a=XYb"), "a=XYb" },
	{ SPAN_LIT("a=4"), "a=4" },
	{ SPAN_LIT("a=4\r\nb"), "a=4\r\nb" },
	{ SPAN_LIT("a=4=41"), "a=4A" },
	{ SPAN_LIT("a==41"), "a=A" },
	{ SPAN_LIT("a="), "a" },
	{ SPAN_LIT("a=\r"), "a" },
	{ SPAN_LIT("a=  b"), "a=  b" },
	{ SPAN_LIT("a=  \r\r\nb"), "a=  \r\r\nb" },
	{ SPAN_LIT("a=  =41"), "a=  A" },
	{ SPAN_LIT("a\rb"), "a\rb" },
	{ SPAN_LIT("a \rb"), "a \rb" },
	{ SPAN_LIT("a \r=41"), "a \rA" },
	{ SPAN_LIT("a \r \r\nb"), "a \r\r\nb" },
	{ SPAN_LIT("a \r"), "a\r" },
	{ SPAN_LIT("\xff\x80=zz"), "\xff\x80=zz" },
};

START_TEST(stream_is_tolerant_in_any_pieces)
{
	struct span s = streams[_i].in;

	for (size_t step = 1; step <= s.n + 1; step++) {
		struct qp_stream st = { 0 };
		struct buf out = { 0 };

		for (size_t i = 0; i < s.n; i += step)
			qp_stream(&st, &out, span_sub(s, i, step));
		qp_stream_end(&st, &out);
		ck_assert_uint_eq(st.nheld, 0);
		ck_buf_eq(&out, streams[_i].want);
		buf_free(&out);
	}
}
END_TEST

START_TEST(endless_white_space_is_let_through)
{
	struct qp_stream st = { 0 };
	struct buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 100; i++)
		buf_adds(&in, WSP64);
	qp_stream(&st, &out, buf_span(&in));
	qp_stream(&st, &out, SPAN_LIT("x"));
	ck_assert_uint_eq(out.len, in.len + 1);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

#define A70 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in;
	const char *want;
} encodes[] = {
	{ "", "" },
	{ "a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd" },
	{ "a=b", "a=3Db" },
	{ "a \nb\t\r\n c ", "a=20\r\nb=09\r\n c=20" },
	{ "caf\xc3\xa9\x7f\x01", "caf=C3=A9=7F=01" },
	{ A70 "aaaaa", A70 "aaaaa" },
	{ A70 "aaaaaa", A70 "aaaaa=\r\na" },
	{ A70 "aaa\xff", A70 "aaa=\r\n=FF" },
	{ A70 "aa\xff", A70 "aa=FF" },
};

START_TEST(encodes_in_short_lines)
{
	struct buf out = { 0 };

	qp_encode(&out, span_str(encodes[_i].in));
	ck_buf_eq(&out, encodes[_i].want);
	buf_free(&out);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, stream_is_tolerant_in_any_pieces, streams);
	tcase_add_test(tc, endless_white_space_is_let_through);
	LOOP(tc, encodes_in_short_lines, encodes);
}

int
main(void)
{
	return check_run("qp", add);
}
