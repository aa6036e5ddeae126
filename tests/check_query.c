/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_client.h"
#include "query.h"

#define NOW 1795500000 /* 2026-11-24T06:00:00Z */
#define WORDS_MAX 4

static const struct {
	const char *word[WORDS_MAX];
	const char *want; /* behind UID SEARCH; NULL: an error */
} queries[] = {
	{ { NULL }, " ALL" },
	{ { "" }, " ALL" },
	{ { "hello" }, " TEXT hello" },
	{ { "two words" }, " TEXT \"two words\"" },
	{ { "from:alice", "is:unread" }, " FROM alice UNSEEN" },
	{ { "FROM:alice" }, " FROM alice" },
	{ { "to:bob" }, " OR TO bob CC bob" },
	{ { "cc:eve", "body:x", "subject:a:b" },
	    " CC eve BODY x SUBJECT a:b" },
	{ { "subject:\xc3\xa4" }, " CHARSET UTF-8 SUBJECT {2+}\r\n\xc3\xa4" },
	{ { "subject:a\"b" }, " SUBJECT \"a\\\"b\"" },
	{ { "subject:a\r\nb" }, " SUBJECT {4+}\r\na\r\nb" },
	{ { "is:read", "is:flagged", "is:unflagged" },
	    " SEEN FLAGGED UNFLAGGED" },
	{ { "is:answered", "is:unanswered", "is:draft", "is:deleted" },
	    " ANSWERED UNANSWERED DRAFT DELETED" },
	{ { "keyword:$Junk", "unkeyword:Work" },
	    " KEYWORD $Junk UNKEYWORD Work" },
	{ { "has:attachment" }, " HEADER Content-Type multipart/mixed" },
	{ { "after:2024-01-31", "before:2024-12-01" },
	    " SINCE 31-Jan-2024 BEFORE 1-Dec-2024" },
	{ { "after:7d", "before:2w" },
	    " SINCE 17-Nov-2026 BEFORE 10-Nov-2026" },
	{ { "after:1m", "after:1y" },
	    " SINCE 24-Oct-2026 SINCE 24-Nov-2025" },
	{ { "larger:500", "larger:10K", "smaller:5m" },
	    " LARGER 500 LARGER 10240 SMALLER 5242880" },
	{ { "http://x" }, " TEXT http://x" },
	{ { ":x" }, " TEXT :x" },
	{ { "NIL" }, " TEXT \"NIL\"" },
	{ { "from:" }, NULL },
	{ { "is:blue" }, NULL },
	{ { "has:hope" }, NULL },
	{ { "keyword:two words" }, NULL },
	{ { "after:yesterday" }, NULL },
	{ { "after:2024-13-01" }, NULL },
	{ { "after:2024-1-01" }, NULL },
	{ { "after:7" }, NULL },
	{ { "larger:big" }, NULL },
	{ { "larger:4G" }, NULL },
	{ { "larger:K" }, NULL },
	{ { "\xff" }, NULL },
};

static const struct {
	const char *word, *key;
} meant[] = {
	{ "frm:alice", "from" },
	{ "Fro:alice", "from" },
	{ "FRM:alice", "from" },
	{ "a-very-long-word-of-more-than-32-letters:x", NULL },
	{ "subj:plan", "subject" },
	{ "subjekt:plan", "subject" },
	{ "att:x", NULL },
	{ "re:plan", NULL },
	{ "http://x", NULL },
	{ "from:alice", NULL },
	{ "from", NULL },
	{ ":", NULL },
	{ "", NULL },
};

START_TEST(a_mistyped_key_is_known)
{
	ck_assert_pstr_eq(query_meant(span_str(meant[_i].word)), meant[_i].key);
}
END_TEST

static void
ignore(void *arg, struct imap_resp *r)
{
	(void)arg;
	(void)r;
}

/* The command as a server sees it, without its tag. */
static void
as_sent(const struct query *q, struct buf *out)
{
	struct imap_client_options o = { .secure = true };
	struct imap_client *c = imap_client_new(&o);
	struct span s;

	imap_client_input(c, SPAN_LIT("* PREAUTH [CAPABILITY LITERAL+] x\r\n"));
	imap_client_begin(c, 0, ignore, NULL);
	imap_client_add(c, "UID SEARCH");
	query_add(q, c);
	imap_client_end(c);
	while ((s = imap_client_output(c)).n > 0) {
		buf_add_span(out, s);
		imap_client_sent(c, s.n);
	}
	imap_client_free(c);
	buf_consume(out, strlen("a1 UID SEARCH"));
	out->len -= 2;
}

START_TEST(words_become_one_search)
{
	struct buf err = { 0 }, out = { 0 };
	struct query q;
	int n = 0, ret;

	setenv("TZ", "UTC", 1);
	while (n < WORDS_MAX && queries[_i].word[n] != NULL)
		n++;
	char *argv[WORDS_MAX];
	memcpy(argv, queries[_i].word, sizeof(argv));
	ret = query_parse(&q, n, argv, NOW, &err);
	if (queries[_i].want == NULL) {
		ck_assert_int_eq(ret, -1);
		/* It says which word it is about. */
		ck_assert(span_iprefix(buf_span(&err),
		    span_str(queries[_i].word[0])));
	} else {
		ck_assert_int_eq(ret, 0);
		as_sent(&q, &out);
		ck_buf_eq(&out, queries[_i].want);
	}
	query_clear(&q);
	buf_free(&err);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, words_become_one_search, 0,
	    sizeof(queries) / sizeof(queries[0]));
	tcase_add_loop_test(tc, a_mistyped_key_is_known, 0,
	    sizeof(meant) / sizeof(meant[0]));
}

int
main(void)
{
	return check_run("query", add);
}
