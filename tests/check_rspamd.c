/* SPDX-License-Identifier: ISC */
#include "rspamd.h"

#include "check.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *json;
	int ret;
	enum rspamd_action action;
	const char *text, *subject; /* "": none */
	size_t nedits;
} answers[] = {
	{ "{\"action\":\"no action\"}", 0, RSPAMD_NO_ACTION, "", "", 0 },
	{ "{\"action\":\"reject\",\"messages\":{\"smtp_message\":\"a\\nb\"}}", 0,
	    RSPAMD_REJECT, "a b", "", 0 },
	{ "{\"action\":\"soft reject\",\"messages\":{\"smtp_message\":7}}", 0,
	    RSPAMD_SOFT_REJECT, "", "", 0 },
	{ "{\"action\":\"discard\",\"messages\":[]}", 0, RSPAMD_QUARANTINE, "",
	    "", 0 },
	{ "{\"action\":\"rewrite subject\",\"subject\":\"\\u00fc\\r\"}", 0,
	    RSPAMD_REWRITE_SUBJECT, "", "\xc3\xbc ", 0 },
	{ "{\"action\":\"of tomorrow\"}", 0, RSPAMD_NO_ACTION, "", "", 0 },
	{ "{\"action\":\"add header\",\"milter\":{\"add_headers\":{\"A\":\"1\","
	  "\"B\":{\"value\":\"2\"},\"C\":[\"3\",{\"value\":\"4\"}],"
	  "\"D\":5,\"E\":{},\"F\":{\"value\":\"\"},\"G:\":\"x\",\"\":\"x\","
	  "\"H\\n\":\"x\"},\"remove_headers\":{\"I\":0,\"J\":\"1\","
	  "\"K\":1e9,\"L\":99999}}}", 0, RSPAMD_ADD_HEADER, "", "", 5 },
	{ "{\"action\":\"reject\",\"milter\":7}", 0, RSPAMD_REJECT, "", "", 0 },
	{ "{\"action\":7}", -1, RSPAMD_NO_ACTION, "", "", 0 },
	{ "{}", -1, RSPAMD_NO_ACTION, "", "", 0 },
	{ "[]", -1, RSPAMD_NO_ACTION, "", "", 0 },
	{ "", -1, RSPAMD_NO_ACTION, "", "", 0 },
	{ "{\"action\":\"reject\"", -1, RSPAMD_NO_ACTION, "", "", 0 },
	{ "{\"action\":\"reject\"}}", -1, RSPAMD_NO_ACTION, "", "", 0 },
};

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void
same(struct span json, size_t i)
{
	struct rspamd_verdict v;

	ck_assert_int_eq(rspamd_parse(&v, json), answers[i].ret);
	ck_assert_int_eq(v.action, answers[i].action);
	ck_assert_str_eq(or_empty(v.text), answers[i].text);
	ck_assert_str_eq(or_empty(v.subject), answers[i].subject);
	ck_assert_uint_eq(v.nedits, answers[i].nedits);
	rspamd_clear(&v);
}

/* Also when outbound has made it shorter. */
START_TEST(answers_are_read)
{
	struct span json = span_str(answers[_i].json);
	struct buf brief = { 0 };

	same(json, (size_t)_i);
	ck_assert_int_eq(rspamd_shrink(&brief, json), answers[_i].ret);
	if (answers[_i].ret == 0)
		same(buf_span(&brief), (size_t)_i);
	buf_free(&brief);
}
END_TEST

START_TEST(large_answers_are_short_or_none)
{
	struct buf json = { 0 }, brief = { 0 };

	buf_adds(&json, "{\"action\":\"reject\",\"symbols\":\"");
	for (int i = 0; i < 200000; i++)
		buf_addc(&json, 'x');
	buf_adds(&json, "\"}");
	ck_assert_int_eq(rspamd_shrink(&brief, buf_span(&json)), 0);
	ck_assert_uint_lt(brief.len, 100);
	buf_clear(&json);
	buf_clear(&brief);
	buf_adds(&json, "{\"action\":\"reject\",\"subject\":\"");
	for (int i = 0; i < 200000; i++)
		buf_addc(&json, 'x');
	buf_adds(&json, "\"}");
	ck_assert_int_eq(rspamd_shrink(&brief, buf_span(&json)), -1);
	for (int i = 0; i < 1000000; i++)
		buf_addc(&json, ' ');
	ck_assert_int_eq(rspamd_shrink(&brief, buf_span(&json)), -1);
	buf_free(&json);
	buf_free(&brief);
}
END_TEST

#define HEADER "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nX-Spam: No\r\n"         \
	       "A:\r\n 4\r\n\r\n"

static const struct {
	const char *json; /* behind "action": " */
	const char *added, *header;
} edits[] = {
	{ "no action\"", "",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "add header\"", "X-Spam: Yes\r\n",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "add header\",\"milter\":{\"add_headers\":{\"x-spam\":\"5\"}}",
	    "x-spam: 5\r\n",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "rewrite subject\",\"subject\":\"new\"", "",
	    "A: 1\r\nSubject: new\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "rewrite subject\"", "",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "no action\",\"milter\":{\"remove_headers\":{\"a\":0}}", "",
	    "Subject: old\r\nB: 2\r\n\r\n" },
	{ "no action\",\"milter\":{\"remove_headers\":{\"A\":2}}", "",
	    "A: 1\r\nSubject: old\r\nB: 2\r\nA:\r\n 4\r\n\r\n" },
	{ "no action\",\"milter\":{\"remove_headers\":{\"A\":-1,\"B\":-2}}", "",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\n\r\n" },
	{ "no action\",\"milter\":{\"add_headers\":{\"C\":"
	  "\" a\\n\\tb\\r\\n c\\nd\\u0001e \"}}",
	    "C: a\r\n\tb\r\n c\r\n\td e\r\n",
	    "A: 1\r\nSubject: old\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\n\r\n" },
	{ "rewrite subject\",\"subject\":\"n\",\"milter\":{\"remove_headers\":"
	  "{\"Subject\":1}}", "",
	    "A: 1\r\nB: 2\r\na: 3\r\nA:\r\n 4\r\nSubject: n\r\n\r\n" },
};

START_TEST(headers_are_edited)
{
	struct buf json = { 0 }, added = { 0 }, header = { 0 };
	struct rspamd_verdict v;

	buf_addf(&json, "{\"action\":\"%s}", edits[_i].json);
	ck_assert_int_eq(rspamd_parse(&v, buf_span(&json)), 0);
	rspamd_add(&added, &v);
	rspamd_edit(&header, SPAN_LIT(HEADER), &v);
	ck_assert_str_eq(or_empty(added.data), edits[_i].added);
	ck_assert_str_eq(header.data, edits[_i].header);
	rspamd_clear(&v);
	buf_free(&json);
	buf_free(&added);
	buf_free(&header);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, answers_are_read, 0, LEN(answers));
	tcase_add_test(tc, large_answers_are_short_or_none);
	tcase_add_loop_test(tc, headers_are_edited, 0, LEN(edits));
}

int
main(void)
{
	return check_run("rspamd", add);
}
