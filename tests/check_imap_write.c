/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_write.h"

enum kind { STRING, NSTRING, ASTRING };

static void (*const write_as[])(struct buf *, struct span) = {
	[STRING] = imap_write_string,
	[NSTRING] = imap_write_nstring,
	[ASTRING] = imap_write_astring,
};

static const struct {
	enum kind kind;
	const char *in, *want;
} strings[] = {
	{ STRING, "", "\"\"" },
	{ STRING, "abc", "\"abc\"" },
	{ STRING, "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ STRING, "a\tb", "\"a\tb\"" },
	{ STRING, "a\r\nb", "{4}\r\na\r\nb" },
	{ STRING, "a\nb", "{3}\r\na\nb" },
	{ STRING, "\xc3\xa4", "{2}\r\n\xc3\xa4" },
	{ NSTRING, NULL, "NIL" },
	{ NSTRING, "", "\"\"" },
	{ NSTRING, "NIL", "\"NIL\"" },
	{ ASTRING, "INBOX", "INBOX" },
	{ ASTRING, "a/b+c:d", "a/b+c:d" },
	{ ASTRING, "nil", "\"nil\"" },
	{ ASTRING, "NILS", "NILS" },
	{ ASTRING, "", "\"\"" },
	{ ASTRING, "a b", "\"a b\"" },
	{ ASTRING, "a]", "\"a]\"" },
	{ ASTRING, "50%", "\"50%\"" },
	{ ASTRING, "(x)", "\"(x)\"" },
	{ ASTRING, "{3}", "\"{3}\"" },
	{ ASTRING, "\x7f", "\"\x7f\"" },
};

START_TEST(string_in_its_shortest_form)
{
	struct span in = { NULL, 0 };
	struct buf out = { 0 };

	if (strings[_i].in != NULL)
		in = span_str(strings[_i].in);
	write_as[strings[_i].kind](&out, in);
	ck_buf_eq(&out, strings[_i].want);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name;
	bool utf8;
	const char *want;
} mailboxes[] = {
	{ "INBOX", false, "INBOX" },
	{ "Sent Items", false, "\"Sent Items\"" },
	{ "Entw\xc3\xbcrfe", false, "Entw&APw-rfe" },
	{ "Entw\xc3\xbcrfe", true, "\"Entw\xc3\xbcrfe\"" },
	{ "R&D", false, "R&-D" },
	{ "R&D", true, "R&D" },
	{ "nil", false, "\"nil\"" },
	{ "a\"b", true, "\"a\\\"b\"" },
	{ "a\r\nb", false, "a&AA0ACg-b" },
	{ "a\r\nb", true, "{4}\r\na\r\nb" },
	{ "\xff", false, "{1}\r\n\xff" },
};

START_TEST(mailbox_in_its_encoding)
{
	struct buf out = { 0 };

	imap_write_mailbox(&out, span_str(mailboxes[_i].name),
	    mailboxes[_i].utf8);
	ck_buf_eq(&out, mailboxes[_i].want);
	buf_free(&out);
}
END_TEST

START_TEST(nul_never_goes_out)
{
	struct buf out = { 0 };

	imap_write_string(&out, SPAN_LIT("a\0b"));
	imap_write_astring(&out, SPAN_LIT("\0"));
	imap_write_string(&out, SPAN_LIT("\0\n"));
	ck_buf_eq(&out, "\"a?b\"\"?\"{2}\r\n?\n");
	buf_free(&out);
}
END_TEST

START_TEST(over_the_limit_is_marked)
{
	struct buf out;

	buf_init(&out, 8);
	imap_write_string(&out, SPAN_LIT("a\r\nlonger"));
	ck_assert(out.failed);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, string_in_its_shortest_form, 0,
	    sizeof(strings) / sizeof(strings[0]));
	tcase_add_loop_test(tc, mailbox_in_its_encoding, 0,
	    sizeof(mailboxes) / sizeof(mailboxes[0]));
	tcase_add_test(tc, nul_never_goes_out);
	tcase_add_test(tc, over_the_limit_is_marked);
}

int
main(void)
{
	return check_run("imap_write", add);
}
