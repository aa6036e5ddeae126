/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_parse.h"

enum kind { TAG, ATOM, STRING, NSTRING, ASTRING, LISTMB, FLAG };

static bool (*const take[])(struct imap_cursor *, struct span *) = {
	[TAG] = imap_tag,
	[ATOM] = imap_atom,
	[STRING] = imap_string,
	[NSTRING] = imap_nstring,
	[ASTRING] = imap_astring,
	[LISTMB] = imap_list_mailbox,
	[FLAG] = imap_flag,
};

#define NIL "(nil)"

static const struct {
	enum kind kind;
	const char *in, *want, *rest; /* want NULL: not taken */
} elements[] = {
	{ TAG, "a1 NOOP", "a1", " NOOP" },
	{ TAG, "a]1 NOOP", "a]1", " NOOP" },
	{ TAG, "+ NOOP", NULL, "" },
	{ TAG, "a+ NOOP", "a", "+ NOOP" },
	{ TAG, "", NULL, "" },
	{ TAG, " a", NULL, "" },
	{ ATOM, "FETCH 1", "FETCH", " 1" },
	{ ATOM, "BODY[TEXT]", "BODY[TEXT", "]" },
	{ ATOM, "a+b(c", "a+b", "(c" },
	{ ATOM, "a\x7f", "a", "\x7f" },
	{ ATOM, "\x01", NULL, "" },
	{ ATOM, "\xc3\xa4", NULL, "" },
	{ ATOM, "a\\b", "a", "\\b" },
	{ ATOM, "*", NULL, "" },
	{ STRING, "\"\" x", "", " x" },
	{ STRING, "\"ab c\"", "ab c", "" },
	{ STRING, "\"a\\\"b\\\\c\"d", "a\"b\\c", "d" },
	{ STRING, "\"(){}%*\t\"", "(){}%*\t", "" },
	{ STRING, "\"a\\bc\"", NULL, "" },
	{ STRING, "\"abc", NULL, "" },
	{ STRING, "\"abc\\", NULL, "" },
	{ STRING, "\"abc\\\"", NULL, "" },
	{ STRING, "\"a\rb\"", NULL, "" },
	{ STRING, "\"a\nb\"", NULL, "" },
	{ STRING, "\"\xc3\xa4\"", NULL, "" },
	{ STRING, "{3}\r\na\"c x", "a\"c", " x" },
	{ STRING, "{3+}\r\n\r\n\\x", "\r\n\\", "x" },
	{ STRING, "{0}\r\n", "", "" },
	{ STRING, "{4}\r\nabc", NULL, "" },
	{ STRING, "{18446744073709551615}\r\nabc", NULL, "" },
	{ STRING, "{3}abc", NULL, "" },
	{ STRING, "~{3}\r\nabc", NULL, "" },
	{ STRING, "abc", NULL, "" },
	{ STRING, "NIL", NULL, "" },
	{ NSTRING, "NIL)", NIL, ")" },
	{ NSTRING, "nil", NIL, "" },
	{ NSTRING, "NILS", NULL, "" },
	{ NSTRING, "\"NIL\"", "NIL", "" },
	{ ASTRING, "INBOX", "INBOX", "" },
	{ ASTRING, "a]b%", "a]b", "%" },
	{ ASTRING, "NIL x", "NIL", " x" },
	{ ASTRING, "\"a b\"", "a b", "" },
	{ ASTRING, "{1+}\r\nx", "x", "" },
	{ ASTRING, "(", NULL, "" },
	{ LISTMB, "a/%/*]", "a/%/*]", "" },
	{ LISTMB, "\"a b*\"", "a b*", "" },
	{ LISTMB, "", NULL, "" },
	{ FLAG, "\\Seen)", "\\Seen", ")" },
	{ FLAG, "$Junk x", "$Junk", " x" },
	{ FLAG, "\\", NULL, "" },
	{ FLAG, "\\*", NULL, "" },
	{ FLAG, "\\\\Seen", NULL, "" },
};

static struct imap_cursor
cursor(struct span s, struct buf *scratch)
{
	return (struct imap_cursor){ .p = s.p, .end = s.p + s.n,
		.scratch = scratch };
}

START_TEST(element_is_taken_or_left)
{
	struct buf scratch = { 0 };
	struct span in = span_str(elements[_i].in), out;
	struct imap_cursor c = cursor(in, &scratch);
	const char *want = elements[_i].want;

	if (want == NULL) {
		ck_assert(!take[elements[_i].kind](&c, &out));
		ck_assert_ptr_eq(c.p, in.p);
	} else {
		ck_assert(take[elements[_i].kind](&c, &out));
		if (strcmp(want, NIL) == 0)
			ck_assert_ptr_null(out.p);
		else
			ck_span_eq(out, want);
		ck_assert_str_eq(c.p, elements[_i].rest);
	}
	buf_free(&scratch);
}
END_TEST

START_TEST(nul_stands_in_no_string)
{
	struct buf scratch = { 0 };
	struct imap_cursor c = cursor(SPAN_LIT("\"a\0b\""), &scratch);
	struct span out;

	ck_assert(!imap_string(&c, &out));
	c = cursor(SPAN_LIT("{3}\r\na\0b"), &scratch);
	ck_assert(!imap_string(&c, &out));
	c.nul = true;
	ck_assert(imap_string(&c, &out));
	ck_assert_uint_eq(out.n, 3);
	c = cursor(SPAN_LIT("a\0b"), &scratch);
	ck_assert(imap_astring(&c, &out));
	ck_span_eq(out, "a");
	buf_free(&scratch);
}
END_TEST

START_TEST(utf8_where_it_is_allowed)
{
	struct buf scratch = { 0 };
	struct imap_cursor c = cursor(SPAN_LIT("\"\xc3\xa4\\\"\""), &scratch);
	struct span out;

	c.utf8 = true;
	ck_assert(imap_string(&c, &out));
	ck_span_eq(out, "\xc3\xa4\"");
	c = cursor(SPAN_LIT("\"\xc3\""), &scratch);
	c.utf8 = true;
	ck_assert(imap_string(&c, &out));
	c = cursor(SPAN_LIT("\"\xc3\""), &scratch);
	c.utf8 = c.strict = true;
	ck_assert(!imap_string(&c, &out));
	buf_free(&scratch);
}
END_TEST

/* Every span stays good, however often a caller goes back. */
START_TEST(unescaped_strings_never_move)
{
	struct buf scratch = { 0 };
	struct imap_cursor c = cursor(SPAN_LIT("\"\\\\1\"\"\\\\2\"\"\\\\3\""),
	    &scratch), back;
	struct span first, out;

	back = c;
	ck_assert(imap_string(&c, &first));
	while (imap_string(&c, &out))
		;
	ck_assert(imap_end(&c));
	for (int i = 0; i < 1000; i++) {
		c = back;
		while (imap_string(&c, &out))
			;
	}
	ck_span_eq(first, "\\1");
	buf_free(&scratch);
}
END_TEST

START_TEST(numbers_keep_to_their_width)
{
	struct imap_cursor c = cursor(SPAN_LIT("4294967295 4294967296"), NULL);
	struct imap_cursor big = cursor(SPAN_LIT("9223372036854775808"), NULL);
	uint32_t n = 0;
	uint64_t n64 = 0;

	ck_assert(imap_number(&c, &n) && imap_sp(&c));
	ck_assert_uint_eq(n, UINT32_MAX);
	ck_assert(!imap_number(&c, &n));
	ck_assert(imap_number64(&c, &n64) && imap_end(&c));
	ck_assert_uint_eq(n64, (uint64_t)1 << 32);
	ck_assert(!imap_number64(&big, &n64));
	ck_assert(!imap_end(&big));
}
END_TEST

START_TEST(command_reads_in_sequence)
{
	struct buf scratch = { 0 };
	struct seqset set = { 0 };
	struct imap_cursor c =
	    cursor(SPAN_LIT("a1 uid FETCH 1:3,5 (FLAGS)"), &scratch);
	struct span tag;

	ck_assert(imap_tag(&c, &tag) && imap_sp(&c));
	ck_assert(!imap_word(&c, "UI") && imap_word(&c, "UID") && imap_sp(&c));
	ck_assert(imap_word(&c, "FETCH") && imap_sp(&c));
	ck_assert(imap_seqset(&c, &set) && imap_sp(&c));
	ck_assert_uint_eq(seqset_count(&set), 4);
	ck_assert(imap_char(&c, '(') && imap_word(&c, "FLAGS"));
	ck_assert(imap_peek(&c, ')') && imap_char(&c, ')') && imap_end(&c));
	ck_assert(!imap_char(&c, ')') && !imap_peek(&c, ')'));
	c = cursor(SPAN_LIT("1,,2"), &scratch);
	ck_assert(!imap_seqset(&c, &set));
	ck_assert(imap_peek(&c, '1'));
	seqset_clear(&set);
	buf_free(&scratch);
}
END_TEST

START_TEST(header_of_a_streamed_literal)
{
	struct imap_cursor c = cursor(SPAN_LIT("{10+}\r\n {7}\r\n"), NULL);
	uint64_t n;

	ck_assert(imap_literal_header(&c, &n));
	ck_assert_uint_eq(n, 10);
	ck_assert(imap_sp(&c) && imap_literal_header(&c, &n));
	ck_assert_uint_eq(n, 7);
	ck_assert(imap_end(&c));
	c = cursor(SPAN_LIT("{10+}"), NULL);
	ck_assert(!imap_literal_header(&c, &n));
	ck_assert(imap_peek(&c, '{'));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, element_is_taken_or_left, 0,
	    sizeof(elements) / sizeof(elements[0]));
	tcase_add_test(tc, nul_stands_in_no_string);
	tcase_add_test(tc, utf8_where_it_is_allowed);
	tcase_add_test(tc, unescaped_strings_never_move);
	tcase_add_test(tc, numbers_keep_to_their_width);
	tcase_add_test(tc, command_reads_in_sequence);
	tcase_add_test(tc, header_of_a_streamed_literal);
}

int
main(void)
{
	return check_run("imap_parse", add);
}
