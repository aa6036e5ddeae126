/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "header.h"

static const struct {
	const char *in;
	const char *want; /* each field as <name|value>, then what is left */
} walks[] = {
	{ "", "" },
	{ "\r\nbody", "\r\nbody" },
	{ "\nbody", "\nbody" },
	{ "A: 1\r\nB:2\r\n\r\nbody", "<A| 1\r\n><B|2\r\n>\r\nbody" },
	{ "A: 1\nB: 2\n\nbody", "<A| 1\n><B| 2\n>\nbody" },
	{ "A: 1\r\n 2\r\n\t3\r\nB: x\r\n",
	    "<A| 1\r\n 2\r\n\t3\r\n><B| x\r\n>" },
	{ "A: 1\r\n \r\nB: 2\r\n", "<A| 1\r\n \r\n><B| 2\r\n>" },
	{ "Subject \t: x\r\n", "<Subject| x\r\n>" },
	{ "no colon\r\nA: 1", "<|no colon\r\n><A| 1>" },
	{ "From a@b Mon Jan  5 12:00:00 2004\nA: 1\n",
	    "<|From a@b Mon Jan  5 12:00:00 2004\n><A| 1\n>" },
	{ " leading: fold\nA: 1\n", "<| leading: fold\n><A| 1\n>" },
	{ ": x\n", "<| x\n>" },
	{ "A:\r\n", "<A|\r\n>" },
	{ "A: cr\ronly\r\n", "<A| cr\ronly\r\n>" },
	{ "A", "<|A>" },
	{ "A:", "<A|>" },
	{ "\xc3\xa4: \xe4\n", "<\xc3\xa4| \xe4\n>" },
};

START_TEST(fields_come_as_they_stand)
{
	struct span rest = span_str(walks[_i].in);
	struct buf got = { 0 };
	struct header_field f;

	while (header_next(&rest, &f)) {
		buf_addc(&got, '<');
		buf_add_span(&got, f.name);
		buf_addc(&got, '|');
		buf_add_span(&got, f.value);
		buf_addc(&got, '>');
		ck_assert(f.value.p + f.value.n == f.line.p + f.line.n);
	}
	buf_add_span(&got, rest);
	ck_buf_eq(&got, walks[_i].want);
	buf_free(&got);
}
END_TEST

START_TEST(first_of_a_name_whatever_its_case)
{
	struct span h = SPAN_LIT("Received: 1\r\nTo: a\r\nto: b\r\n\r\nCc: c\r\n");
	struct header_field f;

	ck_assert(header_find(h, "TO", &f));
	ck_span_eq(f.value, " a\r\n");
	ck_span_eq(f.line, "To: a\r\n");
	ck_assert(!header_find(h, "Cc", &f));
	ck_assert(!header_find(h, "T", &f));
}
END_TEST

static const struct {
	const char *in;
	size_t want;
} lengths[] = {
	{ "", 0 },
	{ "\r\n", 2 },
	{ "\n", 1 },
	{ "A: 1\r\n", 0 },
	{ "A: 1\r\n\r", 0 },
	{ "A: 1\r\n\r\nbody", 8 },
	{ "A: 1\n\nbody", 6 },
	{ "A: 1\r\n\nbody", 7 },
	{ "A: 1\r\n \r\nB: 1\r\n\r\n", 17 },
};

START_TEST(block_ends_with_its_empty_line)
{
	ck_assert_uint_eq(header_length(span_str(lengths[_i].in)),
	    lengths[_i].want);
}
END_TEST

static const struct {
	struct span in;
	const char *want;
} unfolds[] = {
	{ SPAN_LIT(""), "" },
	{ SPAN_LIT("\r\n"), "" },
	{ SPAN_LIT(" a b \r\n"), "a b" },
	{ SPAN_LIT(" a\r\n b\r\n"), "a b" },
	{ SPAN_LIT(" a\n\tb\n"), "a\tb" },
	{ SPAN_LIT(" a\r\n \r\n  b\r\n"), "a   b" },
	{ SPAN_LIT("\r\n a"), "a" },
	{ SPAN_LIT("a\r\nb\nc"), "a b c" },
	{ SPAN_LIT("a\rb\0c\x1b[0m\x7f!"), "a b c [0m !" },
	{ SPAN_LIT("a\r\r\n b\r\r\n"), "a  b" },
	{ SPAN_LIT("\0a\0"), "a" },
	{ SPAN_LIT("\xe4\xff\x80"), "\xe4\xff\x80" },
};

START_TEST(unfolded_to_one_line)
{
	struct buf out = { 0 };

	buf_adds(&out, "=");
	header_unfold(&out, unfolds[_i].in);
	buf_consume(&out, 1);
	ck_buf_eq(&out, unfolds[_i].want);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	const char *want;
} decodes[] = {
	{ " =?utf-8?Q?J=C3=B6rg?=\r\n =?utf-8?Q?_M?= x\r\n",
	    "J\xc3\xb6rg M x" },
	{ " raw \xc3\xa4\r\n", "raw \xc3\xa4" },
	{ " raw \xe4 \x80\r\n", "raw \xc3\xa4 \xe2\x82\xac" },
	{ "\xe4 =?utf-8?Q?=C3=A4?=", "\xc3\xa4 \xc3\xa4" },
	{ "=?iso-8859-1?Q?caf\xe9?= \xe4", "caf\xc3\xa9 \xc3\xa4" },
};

START_TEST(decoded_to_utf8)
{
	struct buf out = { 0 };

	header_decode(&out, span_str(decodes[_i].in));
	ck_buf_eq(&out, decodes[_i].want);
	buf_free(&out);
}
END_TEST

static const char *const longs[] = {
	"\n ", "\r", "\r\n\t", " ", "a:", "a\n", "\xe4", "=?utf-8?Q?=E4?=\r\n ",
};

START_TEST(long_header_is_linear)
{
	struct buf in = { 0 }, out = { 0 };
	struct header_field f;
	struct span rest;

	buf_adds(&in, "a:");
	while (in.len < 1 << 20)
		buf_adds(&in, longs[_i]);
	rest = buf_span(&in);
	while (header_next(&rest, &f))
		header_decode(&out, f.value);
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_uint_eq(header_length(buf_span(&in)), 0);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, fields_come_as_they_stand, 0,
	    sizeof(walks) / sizeof(walks[0]));
	tcase_add_test(tc, first_of_a_name_whatever_its_case);
	tcase_add_loop_test(tc, block_ends_with_its_empty_line, 0,
	    sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_loop_test(tc, unfolded_to_one_line, 0,
	    sizeof(unfolds) / sizeof(unfolds[0]));
	tcase_add_loop_test(tc, long_header_is_linear, 0,
	    sizeof(longs) / sizeof(longs[0]));
	tcase_add_loop_test(tc, decoded_to_utf8, 0,
	    sizeof(decodes) / sizeof(decodes[0]));
}

int
main(void)
{
	return check_run("header", add);
}
