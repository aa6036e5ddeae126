/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mail_flags.h"
#include "maildir_name.h"

#define TAG "0123456789abcdef"

static const struct {
	const char *name;
	const char *unique; /* NULL: that is no message */
	unsigned flags;
	const char *letters;
	uint32_t uid;
} names[] = {
	{ "", NULL, 0, "", 0 },
	{ ".hidden", NULL, 0, "", 0 },
	{ "a/b", NULL, 0, "", 0 },
	{ ":2,S", NULL, 0, "", 0 },
	{ "1.a.host", "1.a.host", 0, "", 0 },
	{ "1.a.host:2,", "1.a.host", 0, "", 0 },
	{ "1.a.host:2,FSab", "1.a.host",
	    MAIL_FLAG_FLAGGED | MAIL_FLAG_SEEN | MAIL_KEYWORD(0) |
		MAIL_KEYWORD(1), "FSab", 0 },
	{ "1.a.host:1,S", "1.a.host", 0, "", 0 },
	{ "1.a.host:2", "1.a.host", 0, "", 0 },
	{ "1.7_" TAG ".mailctl:2,R", "1.7_" TAG ".mailctl", MAIL_FLAG_ANSWERED,
	    "R", 7 },
	{ "1.0_" TAG ".mailctl", "1.0_" TAG ".mailctl", 0, "", 0 },
	{ "1.7_" TAG "0.mailctl", "1.7_" TAG "0.mailctl", 0, "", 0 },
	{ "1.7_012345678xabcdef.mailctl", "1.7_012345678xabcdef.mailctl", 0,
	    "", 0 },
	{ "1.4294967296_" TAG ".mailctl", "1.4294967296_" TAG ".mailctl", 0,
	    "", 0 },
	{ "1.7_" TAG ".mailctl.x", "1.7_" TAG ".mailctl.x", 0, "", 0 },
};

START_TEST(name_is_read)
{
	struct maildir_name m;
	int ret = maildir_name_parse(&m, span_str(names[_i].name));

	ck_assert_int_eq(ret, names[_i].unique != NULL ? 0 : -1);
	if (names[_i].unique == NULL)
		return;
	ck_span_eq(m.unique, names[_i].unique);
	ck_assert_uint_eq(m.flags, names[_i].flags);
	ck_span_eq(m.letters, names[_i].letters);
	ck_assert_uint_eq(m.uid, names[_i].uid);
	if (m.uid > 0)
		ck_span_eq(m.tag, TAG);
}
END_TEST

START_TEST(name_of_a_message_comes_back)
{
	char tag[MAILDIR_TAG_LEN + 1], other[MAILDIR_TAG_LEN + 1];
	struct buf unique = { 0 }, name = { 0 };
	struct maildir_name m;

	maildir_tag(tag, "INBOX", 5);
	maildir_tag(other, "INBOX", 6);
	ck_assert_str_ne(tag, other);
	maildir_tag(other, "Inbox", 5);
	ck_assert_str_ne(tag, other);
	maildir_name_make(&unique, 12, 34, tag);
	maildir_name_format(&name, buf_span(&unique),
	    MAIL_FLAG_SEEN | MAIL_FLAG_DRAFT, MAIL_FLAGS_ALL,
	    SPAN_LIT("FXa:b/"));
	ck_assert_int_eq(maildir_name_parse(&m, buf_span(&name)), 0);
	ck_assert_uint_eq(m.uid, 34);
	ck_span_eq(m.tag, tag);
	/* Only flags that are asked for, and the letters of others. */
	ck_span_eq(m.letters, "DSXab");
	buf_free(&unique);
	buf_free(&name);
}
END_TEST

static const struct {
	const char *words, *want;
} flags[] = {
	{ "", "" },
	{ "()", "" },
	{ "(\\Seen)", "\\Seen" },
	{ "(work \\SEEN \\Recent WORK \\flagged $forwarded)",
	    "\\Flagged \\Seen $Forwarded work" },
	{ "\\Seen  \\Seen b a", "\\Seen a b" },
	/* What is no atom could end a command. */
	{ "a\r\nx (b) \"c\" {1} \\", "" },
};

START_TEST(flags_are_in_order)
{
	char *got = mail_flags_read(span_str(flags[_i].words));

	ck_assert_str_eq(got, flags[_i].want);
	free(got);
}
END_TEST

START_TEST(flags_are_bits_and_letters)
{
	struct buf out = { 0 };

	ck_assert_uint_eq(mail_flags_bits("\\Seen Work $Forwarded"),
	    MAIL_FLAG_SEEN | MAIL_FLAG_FORWARDED);
	mail_flags_letters(&out, MAIL_FLAGS_ALL);
	ck_buf_eq(&out, "DFPRST");
	ck_assert_uint_eq(mail_flags_from_letters(SPAN_LIT("TzSRPFD-A")),
	    MAIL_FLAGS_ALL | MAIL_KEYWORD(25));
	buf_clear(&out);
	mail_flags_format(&out, MAIL_FLAG_SEEN | MAIL_FLAG_FLAGGED);
	mail_flags_keywords(&out, "\\Seen Work $Forwarded $Junk");
	ck_buf_eq(&out, "\\Flagged \\Seen Work $Junk");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, name_is_read, 0,
	    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tc, name_of_a_message_comes_back);
	tcase_add_loop_test(tc, flags_are_in_order, 0,
	    sizeof(flags) / sizeof(flags[0]));
	tcase_add_test(tc, flags_are_bits_and_letters);
}

int
main(void)
{
	return check_run("maildir_name", add);
}
