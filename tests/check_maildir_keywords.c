/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "maildir_keywords.h"
#include "maildir_name.h"

static const struct {
	const char *text, *want;
} files[] = {
	{ "", "" },
	{ "0 Work\n1 $Junk\n", "0 Work\n1 $Junk\n" },
	{ "25 last\n3 third", "3 third\n25 last\n" },
	{ "0 Work\n0 Other\n", "0 Work\n" },
	{ "26 much\n-1 less\nx y\n0\n1 \n \n", "" },
	/* Flags have letters of their own; others could end a command. */
	{ "0 \\Seen\n1 $Forwarded\n2 a b\n3 a)\n4 a\r\n5 {1}\n", "" },
};

START_TEST(file_is_read)
{
	struct maildir_keywords k = { 0 };
	struct buf out = { 0 };

	buf_adds(&out, "");
	maildir_keywords_parse(&k, span_str(files[_i].text));
	maildir_keywords_format(&out, &k);
	ck_buf_eq(&out, files[_i].want);
	ck_assert(!k.changed);
	buf_free(&out);
	maildir_keywords_clear(&k);
}
END_TEST

static void
letters(struct maildir_keywords *k, const char *flags, const char *want)
{
	struct buf out = { 0 };

	buf_adds(&out, "");
	mail_flags_letters(&out, maildir_keywords_bits(k, flags));
	ck_buf_eq(&out, want);
	buf_free(&out);
}

START_TEST(keyword_keeps_its_letter)
{
	struct maildir_keywords k = { 0 };
	struct buf out = { 0 };

	maildir_keywords_parse(&k, SPAN_LIT("1 Work\n"));
	letters(&k, "\\Flagged \\Seen WORK $Forwarded", "FPSb");
	ck_assert(!k.changed);
	letters(&k, "New Work Newer", "abc");
	ck_assert(k.changed);
	letters(&k, "newer", "c");
	maildir_keywords_words(&out, &k,
	    mail_flags_from_letters(SPAN_LIT("Sabcz")));
	ck_buf_eq(&out, "\\Seen New Work Newer");
	ck_assert_uint_eq(maildir_keywords_known(&k),
	    mail_flags_from_letters(SPAN_LIT("DFPRSTabc")));
	buf_free(&out);
	maildir_keywords_clear(&k);
}
END_TEST

START_TEST(letters_come_to_an_end)
{
	struct maildir_keywords k = { 0 };
	char word[8];

	for (int i = 0; i < MAILDIR_KEYWORDS_MAX; i++) {
		snprintf(word, sizeof(word), "k%d", i);
		letters(&k, word, (char[]){ (char)('a' + i), '\0' });
	}
	letters(&k, "k26", "");
	letters(&k, "\\Seen k26 k25", "Sz");
	maildir_keywords_clear(&k);
}
END_TEST

/* The list was lost, and files have a and c: of what, nobody knows. */
START_TEST(letter_of_a_file_is_given_to_no_keyword)
{
	struct maildir_keywords k = { .used =
		MAIL_KEYWORD(0) | MAIL_KEYWORD(2) };
	struct buf name = { 0 };

	letters(&k, "Work Play", "bd");
	maildir_name_format(&name, SPAN_LIT("1.x"), MAIL_FLAG_SEEN,
	    maildir_keywords_known(&k), SPAN_LIT("FabcX"));
	ck_buf_eq(&name, "1.x:2,SacX");
	buf_free(&name);
	maildir_keywords_clear(&k);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, file_is_read, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tc, keyword_keeps_its_letter);
	tcase_add_test(tc, letters_come_to_an_end);
	tcase_add_test(tc, letter_of_a_file_is_given_to_no_keyword);
}

int
main(void)
{
	return check_run("maildir_keywords", add);
}
