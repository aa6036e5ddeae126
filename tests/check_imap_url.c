/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_url.h"

static const struct {
	const char *in, *mailbox;
	uint32_t uidvalidity, uid;
	const char *section;
	uint64_t off, len;
} good[] = {
	{ "/Drafts/;UID=3002", "Drafts", 0, 3002, "", 0, 0 },
	{ "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME", "Drafts",
	    385759045, 20, "1.MIME", 0, 0 },
	{ "/a/b/;uid=1", "a/b", 0, 1, "", 0, 0 },
	{ "/a%2Fb%20%C3%A4/;UID=4294967295", "a/b \xc3\xa4", 0, 4294967295, "",
	    0, 0 },
	{ "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(To%20Cc)", "INBOX", 0, 1,
	    "HEADER.FIELDS (To Cc)", 0, 0 },
	{ "/INBOX/;UID=1/;PARTIAL=0.1024", "INBOX", 0, 1, "", 0, 1024 },
	{ "/INBOX/;UID=1/;PARTIAL=5", "INBOX", 0, 1, "", 5, 0 },
	{ "/INBOX;UIDVALIDITY=1/;UID=1/;SECTION=TEXT/;PARTIAL=5.6", "INBOX", 1,
	    1, "TEXT", 5, 6 },
	{ "/INBOX/;UID=1/;SECTION=a/b", "INBOX", 0, 1, "a/b", 0, 0 },
	{ "/a%3Bb/;UID=7", "a;b", 0, 7, "", 0, 0 },
	{ "/a/;UID=1/;PARTIAL=9223372036854775807.9223372036854775807", "a", 0,
	    1, "", INT64_MAX, INT64_MAX },
};

START_TEST(takes_what_names_a_message)
{
	struct imap_url u;

	ck_assert_int_eq(imap_url_parse(&u, span_str(good[_i].in)), 0);
	ck_assert(span_eq(buf_span(&u.mailbox), span_str(good[_i].mailbox)));
	ck_assert_uint_eq(u.uidvalidity, good[_i].uidvalidity);
	ck_assert_uint_eq(u.uid, good[_i].uid);
	ck_assert(span_eq(buf_span(&u.section), span_str(good[_i].section)));
	ck_assert_uint_eq(u.off, good[_i].off);
	ck_assert_uint_eq(u.len, good[_i].len);
	imap_url_clear(&u);
}
END_TEST

static const char *const bad[] = {
	"",
	"/",
	"/INBOX",
	"/INBOX/",
	"/;UID=1",
	"//;UID=1",
	"//server/INBOX/;UID=1",
	"imap://server/INBOX/;UID=1",
	"INBOX/;UID=1",
	";UID=1",
	"/INBOX;UID=1",
	"/INBOX/;UID=",
	"/INBOX/;UID=0",
	"/INBOX/;UID=-1",
	"/INBOX/;UID=4294967296",
	"/INBOX/;UID=1/",
	"/INBOX/;UID=1;",
	"/INBOX/;UID=1:2",
	"/INBOX;UIDVALIDITY=0/;UID=1",
	"/INBOX;UIDVALIDITY=1;UID=1",
	"/;UIDVALIDITY=1/;UID=1",
	"/INBOX/;UIDVALIDITY=1",
	"/INBOX/;UID=1/;SECTION=",
	"/INBOX/;UID=1/;SECTION=/;PARTIAL=1.2",
	"/INBOX/;UID=1/;SECTION=TEXT;PARTIAL=1.2",
	"/INBOX/;UID=1/;SECTION=1/;SECTION=2",
	"/INBOX/;UID=1/;PARTIAL=1.2/;SECTION=1",
	"/INBOX/;UID=1/;PARTIAL=1.2/;PARTIAL=1.2",
	"/INBOX/;UID=1/;PARTIAL=",
	"/INBOX/;UID=1/;PARTIAL=1.",
	"/INBOX/;UID=1/;PARTIAL=1.0",
	"/INBOX/;UID=1/;PARTIAL=.1",
	"/INBOX/;UID=1/;PARTIAL=9223372036854775808",
	"/INBOX/;UID=1;URLAUTH=anonymous",
	"/INBOX?ALL",
	"/IN BOX/;UID=1",
	"/IN%00BOX/;UID=1",
	"/IN%4/;UID=1",
	"/IN%/;UID=1",
	"/IN%GGBOX/;UID=1",
	"/\xc3\xa4/;UID=1",
};

START_TEST(refuses_what_does_not)
{
	struct imap_url u;

	ck_assert_int_eq(imap_url_parse(&u, span_str(bad[_i])), -1);
	ck_assert_ptr_null(u.mailbox.data);
	ck_assert_ptr_null(u.section.data);
}
END_TEST

START_TEST(has_a_longest_length)
{
	struct buf s = { 0 };
	struct imap_url u;

	buf_adds(&s, "/INBOX/;UID=1/;SECTION=");
	while (s.len < IMAP_URL_MAX)
		buf_addc(&s, 'x');
	ck_assert_int_eq(imap_url_parse(&u, buf_span(&s)), 0);
	imap_url_clear(&u);
	buf_addc(&s, 'x');
	ck_assert_int_eq(imap_url_parse(&u, buf_span(&s)), -1);
	buf_free(&s);
}
END_TEST

START_TEST(quotes_what_a_response_code_cannot_hold)
{
	struct buf out = { 0 };

	imap_url_quote(&out, SPAN_LIT("/a]b\r\n \xff%20;UID=1"));
	ck_assert_str_eq(out.data, "/a%5Db%0D%0A%20%FF%20;UID=1");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, takes_what_names_a_message, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, refuses_what_does_not, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, has_a_longest_length);
	tcase_add_test(tc, quotes_what_a_response_code_cannot_hold);
}

int
main(void)
{
	return check_run("imap_url", add);
}
