/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "smtp_cmd.h"

#define B(s) { (s), sizeof(s) - 1 }

static const struct {
	struct span in;
	size_t max;
	ssize_t ret;
	const char *line;
} lines[] = {
	{ B("NOOP\r\nQUIT"), 100, 6, "NOOP" },
	{ B("\r\n"), 100, 2, "" },
	{ B(""), 100, 0, "" },
	{ B("NOOP"), 100, 0, "" },
	{ B("NOOP\r"), 100, 0, "" },
	{ B("NOOP\r\n"), 6, 6, "NOOP" },
	{ B("NOOP\r\n"), 5, -1, "" },
	{ B("NOOP\r"), 5, -1, "" },
	{ B("NOOPNOOP"), 6, -1, "" },
	{ B("NO\nOP\r\n"), 100, -1, "" },
	{ B("NO\rOP\r\n"), 100, -1, "" },
	{ B("NO\r\rOP\r\n"), 100, -1, "" },
	{ B("NO\0OP\r\n"), 100, -1, "" },
	{ B("\n"), 100, -1, "" },
};

START_TEST(line_ends_with_crlf_only)
{
	struct span line = SPAN_LIT("x");
	ssize_t n = 0;

	ck_assert_int_eq(smtp_line(lines[_i].in, lines[_i].max, &line),
	    lines[_i].ret);
	ck_span_eq(line, lines[_i].line);
	for (size_t i = 0; i <= lines[_i].in.n && n == 0; i++)
		n = smtp_line(span_sub(lines[_i].in, 0, i), lines[_i].max,
		    &line);
	ck_assert_int_eq(n, lines[_i].ret);
	ck_span_eq(line, lines[_i].line);
}
END_TEST

static const struct {
	const char *in;
	size_t skip;
	bool found;
} skips[] = {
	{ "abc\r\nNOOP\r\n", 5, true },
	{ "a\nb\rc\r\nNOOP\r\n", 7, true },
	{ "\n\r\n", 3, true },
	{ "abc", 3, false },
	{ "abc\r", 3, false },
	{ "abc\n", 4, false },
	{ "", 0, false },
};

START_TEST(bad_line_is_skipped_to_its_crlf)
{
	bool found;

	ck_assert_uint_eq(smtp_line_skip(span_str(skips[_i].in), &found),
	    skips[_i].skip);
	ck_assert_int_eq(found, skips[_i].found);
}
END_TEST

static const struct {
	const char *in;
	enum smtp_cmd_result ret;
	enum smtp_verb verb;
	const char *arg;
} words[] = {
	{ "EHLO mx.example", SMTP_CMD_OK, SMTP_EHLO, "mx.example" },
	{ "ehlo  [192.0.2.1] ", SMTP_CMD_OK, SMTP_EHLO, "[192.0.2.1]" },
	{ "LHLO x", SMTP_CMD_OK, SMTP_LHLO, "x" },
	{ "EHLO", SMTP_CMD_SYNTAX, SMTP_EHLO, "" },
	{ "HELO ", SMTP_CMD_SYNTAX, SMTP_HELO, "" },
	{ "Noop", SMTP_CMD_OK, SMTP_NOOP, "" },
	{ "NOOP what ever", SMTP_CMD_OK, SMTP_NOOP, "what ever" },
	{ "DATA", SMTP_CMD_OK, SMTP_DATA, "" },
	{ "DATA ", SMTP_CMD_OK, SMTP_DATA, "" },
	{ "DATA now", SMTP_CMD_SYNTAX, SMTP_DATA, "now" },
	{ "STARTTLS x", SMTP_CMD_SYNTAX, SMTP_STARTTLS, "x" },
	{ "AUTH PLAIN AGEAYg==", SMTP_CMD_OK, SMTP_AUTH, "PLAIN AGEAYg==" },
	{ "BDAT 10 LAST", SMTP_CMD_OK, SMTP_BDAT, "10 LAST" },
	{ "BDAT 0", SMTP_CMD_OK, SMTP_BDAT, "0" },
	{ "BDAT", SMTP_CMD_SYNTAX, SMTP_BDAT, "" },
	{ "BDAT LAST", SMTP_CMD_SYNTAX, SMTP_BDAT, "LAST" },
	{ "BDAT -1 LAST", SMTP_CMD_SYNTAX, SMTP_BDAT, "-1 LAST" },
	{ "BDAT 1 LASTING", SMTP_CMD_SYNTAX, SMTP_BDAT, "1 LASTING" },
	{ "BDAT 9223372036854775808", SMTP_CMD_SYNTAX, SMTP_BDAT,
	    "9223372036854775808" },
	{ "VRFY joe", SMTP_CMD_OK, SMTP_VRFY, "joe" },
	{ "DATAX", SMTP_CMD_SYNTAX, SMTP_UNKNOWN, "" },
	{ " DATA", SMTP_CMD_SYNTAX, SMTP_UNKNOWN, "DATA" },
	{ "", SMTP_CMD_SYNTAX, SMTP_UNKNOWN, "" },
	{ "GET / HTTP/1.0", SMTP_CMD_SYNTAX, SMTP_UNKNOWN, "/ HTTP/1.0" },
};

START_TEST(verb_and_argument)
{
	struct smtp_cmd cmd;
	const char *why;

	ck_assert_int_eq(smtp_cmd_parse(span_str(words[_i].in), &cmd, &why),
	    words[_i].ret);
	ck_assert_int_eq(cmd.verb, words[_i].verb);
	ck_span_eq(cmd.arg, words[_i].arg);
}
END_TEST

static const struct {
	const char *in;
	uint64_t chunk;
	bool last;
} chunks[] = {
	{ "BDAT 0 LAST", 0, true },
	{ "bdat 1", 1, false },
	{ "BDAT 9223372036854775807  last ", INT64_MAX, true },
};

START_TEST(chunk_says_its_size)
{
	struct smtp_cmd cmd;
	const char *why;

	ck_assert_int_eq(smtp_cmd_parse(span_str(chunks[_i].in), &cmd, &why),
	    SMTP_CMD_OK);
	ck_assert_uint_eq(cmd.chunk, chunks[_i].chunk);
	ck_assert_int_eq(cmd.last, chunks[_i].last);
}
END_TEST

static const struct {
	const char *in;
	enum smtp_cmd_result ret;
	const char *path, *local, *domain;
	size_t nparam;
} paths[] = {
	{ "MAIL FROM:<a@b.example>", SMTP_CMD_OK, "a@b.example", "a",
	    "b.example", 0 },
	{ "mail from: <a@b.example> size=5  BODY=8BITMIME SMTPUTF8",
	    SMTP_CMD_OK, "a@b.example", "a", "b.example", 3 },
	{ "MAIL FROM:<>", SMTP_CMD_OK, "", "", "", 0 },
	{ "RCPT TO:<>", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<PostMaster>", SMTP_CMD_OK, "PostMaster", "PostMaster", "",
	    0 },
	{ "MAIL FROM:<postmaster>", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<@x.example,@y.example:a@b.example>", SMTP_CMD_OK,
	    "a@b.example", "a", "b.example", 0 },
	{ "RCPT TO:<@x example:a@b.example>", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<@x.example>", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<\"a > b\"@b.example> NOTIFY=NEVER", SMTP_CMD_OK,
	    "\"a > b\"@b.example", "\"a > b\"", "b.example", 1 },
	{ "RCPT TO:<\"a\\\"> b\"@b.example>", SMTP_CMD_OK,
	    "\"a\\\"> b\"@b.example", "\"a\\\"> b\"", "b.example", 0 },
	{ "RCPT TO:<a@[192.0.2.1]>", SMTP_CMD_OK, "a@[192.0.2.1]", "a",
	    "[192.0.2.1]", 0 },
	{ "RCPT TO:<\xc3\xa4@b.example>", SMTP_CMD_OK, "\xc3\xa4@b.example",
	    "\xc3\xa4", "b.example", 0 },
	{ "RCPT TO:a@b.example", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<a@b.example", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT TO:<a@b.example>x", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT FROM:<a@b.example>", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "RCPT", SMTP_CMD_SYNTAX, "", "", "", 0 },
	{ "MAIL FROM:<a@b.example> SIZE=", SMTP_CMD_PARAMS, "a@b.example", "a",
	    "b.example", 0 },
	{ "MAIL FROM:<a@b.example> -X", SMTP_CMD_PARAMS, "a@b.example", "a",
	    "b.example", 0 },
	{ "MAIL FROM:<a@b.example> SIZE=1 size=2", SMTP_CMD_PARAMS,
	    "a@b.example", "a", "b.example", 1 },
	{ "MAIL FROM:<a@b.example> A B C D E F G H I J K L M N O P",
	    SMTP_CMD_OK, "a@b.example", "a", "b.example", 16 },
	{ "MAIL FROM:<a@b.example> A B C D E F G H I J K L M N O P Q",
	    SMTP_CMD_PARAMS, "a@b.example", "a", "b.example", 16 },
};

START_TEST(path_and_parameters)
{
	struct smtp_cmd cmd;
	const char *why;
	enum smtp_cmd_result r;

	r = smtp_cmd_parse(span_str(paths[_i].in), &cmd, &why);
	ck_assert_int_eq(r, paths[_i].ret);
	ck_assert_uint_eq(cmd.nparam, paths[_i].nparam);
	ck_span_eq(cmd.addr.local, paths[_i].local);
	ck_span_eq(cmd.addr.domain, paths[_i].domain);
	if (r == SMTP_CMD_OK) {
		ck_span_eq(cmd.path, paths[_i].path);
		ck_assert_int_eq(cmd.null_path, paths[_i].path[0] == '\0');
	}
}
END_TEST

START_TEST(parameters_are_found_in_any_case)
{
	struct smtp_cmd cmd;
	const char *why;

	ck_assert_int_eq(smtp_cmd_parse(SPAN_LIT("MAIL FROM:<a@b.example> "
	    "Size=10 SMTPUTF8"), &cmd, &why), SMTP_CMD_OK);
	ck_span_eq(smtp_cmd_param(&cmd, "SIZE")->value, "10");
	ck_assert_ptr_null(smtp_cmd_param(&cmd, "SMTPUTF8")->value.p);
	ck_assert_ptr_null(smtp_cmd_param(&cmd, "BODY"));
	ck_assert(smtp_cmd_ascii(&cmd));
	smtp_cmd_parse(SPAN_LIT("RCPT TO:<\xc3\xa4@b.example>"), &cmd, &why);
	ck_assert(!smtp_cmd_ascii(&cmd));
}
END_TEST

static const struct {
	const char *in;
	int ret;
	const char *want;
} xtexts[] = {
	{ "a@b.example", 0, "a@b.example" },
	{ "a+2Bb+3Dc", 0, "a+b=c" },
	{ "", 0, "" },
	{ "a+2b", -1, "" },
	{ "a+2", -1, "" },
	{ "a=b", -1, "" },
	{ "a b", -1, "" },
};

START_TEST(xtext)
{
	struct buf out = { 0 };

	ck_assert_int_eq(smtp_xtext_decode(&out, span_str(xtexts[_i].in)),
	    xtexts[_i].ret);
	ck_buf_eq(&out, xtexts[_i].want);
	buf_free(&out);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, line_ends_with_crlf_only, lines);
	LOOP(tc, bad_line_is_skipped_to_its_crlf, skips);
	LOOP(tc, verb_and_argument, words);
	LOOP(tc, chunk_says_its_size, chunks);
	LOOP(tc, path_and_parameters, paths);
	tcase_add_test(tc, parameters_are_found_in_any_case);
	LOOP(tc, xtext, xtexts);
}

int
main(void)
{
	return check_run("smtp_cmd", add);
}
