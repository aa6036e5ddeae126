/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_pattern.h"

static const struct {
	const char *pattern, *name;
	bool match;
} table[] = {
	{ "*", "Archive", true },
	{ "*", "Archive/2026/05", true },
	{ "%", "Archive", true },
	{ "%", "Archive/2026", false },
	{ "%/%", "Archive/2026", true },
	{ "%/%", "Archive/2026/05", false },
	{ "Archive/%", "Archive/2026", true },
	{ "Archive/%", "Archive", false },
	{ "Archive*", "Archive", true },
	{ "Archive*", "Archives/2026", true },
	{ "Archive%", "Archives/2026", false },
	{ "*2026", "Archive/2026", true },
	{ "*2026", "Archive/2026/05", false },
	{ "a*b%c", "a/x/b/y/bzc", true },
	{ "a*b%c", "a/x/b/y/b/c", false },
	{ "%*%", "a/b/c", true },
	{ "%%", "a/b", false },
	{ "**", "", true },
	{ "%", "", true },
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "a", "A", false },
	{ "a.c", "abc", false },
	{ "\xc3\xa4%", "\xc3\xa4\xc3\xb6", true },
	/* INBOX is INBOX in any case, and so is what stands before its "/". */
	{ "inbox", "INBOX", true },
	{ "iNb*", "INBOX", true },
	{ "i%", "INBOX", true },
	{ "inbox/%", "INBOX/a", true },
	{ "inbox/A", "INBOX/a", false },
	{ "inbox", "INBOXES", false },
	{ "inboxes", "INBOXES", false },
	{ "a/inbox", "a/INBOX", false },
};

START_TEST(matches_as_rfc3501_says)
{
	struct imap_pattern p;

	ck_assert_int_eq(imap_pattern_init(&p, span_str(table[_i].pattern),
			     '/'), 0);
	ck_assert_int_eq(imap_pattern_match(&p, span_str(table[_i].name)),
	    table[_i].match);
}
END_TEST

/* What a name may match in the worst way is tried once, not 2^n times. */
START_TEST(many_wildcards_do_not_explode)
{
	struct imap_pattern p;
	struct buf pattern = { 0 }, name = { 0 };

	for (int i = 0; i < 100; i++)
		buf_adds(&pattern, "*a%a");
	buf_addc(&pattern, 'b');
	for (int i = 0; i < 400; i++)
		buf_addc(&name, 'a');
	ck_assert_int_eq(imap_pattern_init(&p, buf_span(&pattern), '/'), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert(!imap_pattern_match(&p, buf_span(&name)));
	buf_free(&pattern);
	buf_free(&name);
}
END_TEST

START_TEST(too_long_matches_nothing)
{
	struct imap_pattern p;
	struct buf s = { 0 };

	for (int i = 0; i < IMAP_PATTERN_MAX; i++)
		buf_addc(&s, 'x');
	ck_assert_int_eq(imap_pattern_init(&p, buf_span(&s), '/'), 0);
	ck_assert(imap_pattern_match(&p, buf_span(&s)));
	buf_addc(&s, 'x');
	ck_assert_int_eq(imap_pattern_init(&p, buf_span(&s), '/'), -1);
	ck_assert(!imap_pattern_match(&p, buf_span(&s)));
	buf_free(&s);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, matches_as_rfc3501_says, 0,
	    sizeof(table) / sizeof(table[0]));
	tcase_add_test(tc, many_wildcards_do_not_explode);
	tcase_add_test(tc, too_long_matches_nothing);
}

int
main(void)
{
	return check_run("imap_pattern", add);
}
