/* SPDX-License-Identifier: ISC */
#include "check.h"

#include "scfg.h"

/* All words in <>, blocks in {}: what was read, on one line. */
static void
dump(struct buf *out, const struct scfg_block *b)
{
	for (size_t i = 0; i < b->len; i++) {
		const struct scfg_directive *d = &b->directive[i];

		for (size_t w = 0; w < d->nwords; w++)
			buf_addf(out, "<%s>", d->word[w].s);
		if (d->has_block) {
			buf_addc(out, '{');
			dump(out, &d->block);
			buf_addc(out, '}');
		}
		buf_addc(out, ';');
	}
}

static const struct {
	const char *in, *want;
} good[] = {
	{ "", "" },
	{ "\n\n# only a comment\n \t\n", "" },
	{ "hostname mail.example.org", "<hostname><mail.example.org>;" },
	{ "\ta  b\tc \r\nd\r\n", "<a><b><c>;<d>;" },
	{ "a \"b c\" 'd \"e\\' \"\" ''", "<a><b c><d \"e\\><><>;" },
	{ "a \"\\\"\\\\\\x\" b\\ c\\#\\{", "<a><\"\\x><b c#{>;" },
	{ "a b # c { d\n", "<a><b>;" },
	{ "a b#c d", "<a><b#c><d>;" },
	{ "a b; c d;; e", "<a><b>;<c><d>;<e>;" },
	{ "tls {\n\tcert /c\n\tkey /k\n}\nx", "<tls>{<cert></c>;<key></k>;};<x>;" },
	{ "l { a 1; b 2 }", "<l>{<a><1>;<b><2>;};" },
	{ "l {}\nm { # no\n}", "<l>{};<m>{};" },
	{ "l {a 1}; m", "<l>{<a><1>;};<m>;" },
	{ "a { b { c; } }", "<a>{<b>{<c>;};};" },
	{ "a:{b}", "<a:>{<b>;};" },
	{ "1{2{3{4{5{6{7{8{9}}}}}}}}",
	    "<1>{<2>{<3>{<4>{<5>{<6>{<7>{<8>{<9>;};};};};};};};};" },
	{ "\xc3\xa4 \xc3\xb6", "<\xc3\xa4><\xc3\xb6>;" },
};

START_TEST(reads)
{
	struct scfg_source src = { .name = "f",
		.text = span_str(good[_i].in) };
	struct buf out = { 0 }, errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_block b = { 0 };

	scfg_parse(&b, &src, &e);
	ck_buf_eq(&errors, "");
	dump(&out, &b);
	ck_buf_eq(&out, good[_i].want);
	scfg_clear(&b);
	buf_free(&out);
	buf_free(&errors);
}
END_TEST

#define TEXT(s) s, sizeof(s) - 1
static const struct {
	const char *in;
	size_t n;
	const char *want;
} wrong[] = {
	{ TEXT("a \"b\nc"), "f:1:3: error: this quote is not closed\n"
		"\ta \"b\n"
		"\t  ^\n" },
	{ TEXT("a 'b'c d"), "f:1:6: error: text right behind a quoted word\n"
		"\ta 'b'c d\n"
		"\t     ^\n" },
	{ TEXT("ok\n\t\xc3\xa4 b\"c\""),
	    "f:2:6: error: a quote inside a word; quote the whole word\n"
		"\t\t\xc3\xa4 b\"c\"\n"
		"\t\t   ^\n" },
	{ TEXT("a \\\nb"), "f:1:3: error: nothing follows the backslash\n"
		"\ta \\\n"
		"\t  ^\n" },
	{ TEXT("a\0b"), "f:1:2: error: control character 0x00\n"
		"\ta?b\n"
		"\t ^\n" },
	{ TEXT("a \"\033\""), "f:1:4: error: control character 0x1b\n"
		"\ta \"?\"\n"
		"\t   ^\n" },
	{ TEXT("a }\r\nb"), "f:1:3: error: no block is open here\n"
		"\ta }\n"
		"\t  ^\n" },
	{ TEXT("a\rb"), "f:1:2: error: control character 0x0d\n"
		"\ta?b\n"
		"\t ^\n" },
	{ TEXT("a {\n\tb {\n\t}\n"), "f:1:3: error: this block is not closed\n"
		"\ta {\n"
		"\t  ^\n" },
	{ TEXT("a {\n\tb {\n"), "f:2:4: error: this block is not closed\n"
		"\t\tb {\n"
		"\t\t  ^\n" },
	{ TEXT("a }"), "f:1:3: error: no block is open here\n"
		"\ta }\n"
		"\t  ^\n" },
	{ TEXT("{ a }"), "f:1:1: error: this block has no name\n"
		"\t{ a }\n"
		"\t^\n" },
	{ TEXT("a { b } c"),
	    "f:1:9: error: a new line or \";\" must follow \"}\"\n"
		"\ta { b } c\n"
		"\t        ^\n" },
	{ TEXT("1{2{3{4{5{6{7{8{9{}}}}}}}}}"),
	    "f:1:18: error: blocks are nested more than 8 deep\n"
		"\t1{2{3{4{5{6{7{8{9{}}}}}}}}}\n"
		"\t                 ^\n" },
	{ TEXT("\"\n}\nfine\n'x"), "f:1:1: error: this quote is not closed\n"
		"\t\"\n"
		"\t^\n"
		"f:2:1: error: no block is open here\n"
		"\t}\n"
		"\t^\n"
		"f:4:1: error: this quote is not closed\n"
		"\t'x\n"
		"\t^\n" },
};

START_TEST(names_what_is_wrong)
{
	struct scfg_source src = { .name = "f",
		.text = span_of(wrong[_i].in, wrong[_i].n) };
	struct buf errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_block b = { 0 };

	scfg_parse(&b, &src, &e);
	ck_buf_eq(&errors, wrong[_i].want);
	ck_assert_uint_gt(e.count, 0);
	scfg_clear(&b);
	buf_free(&errors);
}
END_TEST

START_TEST(error_tells_the_include_chain)
{
	struct scfg_source top = { .name = "top",
		.text = SPAN_LIT("a\n include mid\n") };
	struct scfg_source mid = { .name = "mid", .includer = &top,
		.included_at = 3, .text = SPAN_LIT("include low\n") };
	struct scfg_source low = { .name = "low", .includer = &mid,
		.included_at = 0, .text = SPAN_LIT("}") };
	struct buf errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_block b = { 0 };

	scfg_parse(&b, &low, &e);
	ck_buf_eq(&errors, "low:1:1: error: no block is open here\n"
		"\t}\n"
		"\t^\n"
		"\tincluded from mid:1:1\n"
		"\tincluded from top:2:2\n");
	scfg_clear(&b);
	buf_free(&errors);
}
END_TEST

START_TEST(errors_end_at_a_limit)
{
	struct buf text = { 0 }, errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_source src = { .name = "f" };
	struct scfg_block b = { 0 };
	size_t lines = 0;

	for (int i = 0; i < 1000; i++)
		buf_adds(&text, "}\n");
	src.text = buf_span(&text);
	scfg_parse(&b, &src, &e);
	ck_assert_uint_eq(e.count, 1000);
	for (size_t i = 0; i < errors.len; i++)
		lines += errors.data[i] == '\n';
	ck_assert_uint_eq(lines, 3 * SCFG_ERRORS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(errors.data, "\nand more errors\n"));
	scfg_clear(&b);
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

static const char *const quotable[] = { "", "a", "#", "a#b", "a b", "\"", "'",
	"\\", "a\\\"b", "{", "}", ";", "/etc/x", "+" };

START_TEST(quoted_word_reads_back)
{
	struct buf text = { 0 }, errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_source src = { .name = "f" };
	struct scfg_block b = { 0 };

	scfg_quote(&text, quotable[_i]);
	src.text = buf_span(&text);
	scfg_parse(&b, &src, &e);
	ck_assert_uint_eq(e.count, 0);
	ck_assert_uint_eq(b.len, 1);
	ck_assert_uint_eq(b.directive[0].nwords, 1);
	ck_assert_str_eq(b.directive[0].word[0].s, quotable[_i]);
	scfg_clear(&b);
	buf_free(&text);
}
END_TEST

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, reads, 0, LEN(good));
	tcase_add_loop_test(tc, names_what_is_wrong, 0, LEN(wrong));
	tcase_add_test(tc, error_tells_the_include_chain);
	tcase_add_test(tc, errors_end_at_a_limit);
	tcase_add_loop_test(tc, quoted_word_reads_back, 0, LEN(quotable));
}

int
main(void)
{
	return check_run("scfg", add);
}
