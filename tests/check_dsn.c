/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "dsn.h"

#include "mime.h"

static const struct dsn_rcpt rcpts[] = {
	{ .action = DSN_FAILED,
	    .address = "b@example.com",
	    .orcpt = "rfc822;B+2BX@example.com",
	    .code = 550,
	    .enhanced = "5.1.1",
	    .text = "who is \x1b that? \xff",
	    .host = "mx.example.com",
	    .last = 1764000000 },
	{ .action = DSN_DELAYED,
	    .address = "c@example.com",
	    .orcpt = "",
	    .code = 451,
	    .enhanced = "4.4.1",
	    .text = "no connection",
	    .host = "",
	    .last = 1764000000,
	    .until = 1764400000 },
	{ .action = DSN_DELIVERED,
	    .address = "\xc3\xa4@example.org",
	    .orcpt = "utf-8;\xc3\xa4@example.org",
	    .enhanced = "",
	    .text = "",
	    .host = "" },
};

static void
write_it(struct buf *out, size_t first, size_t n, bool global, bool full)
{
	struct dsn d = { .hostname = "mail.example.org", .future = "",
		.to = "a@example.org",
		.unique = "1.2.3",
		.envid = "e+2B1",
		.arrival = 1763990000,
		.global = global,
		.full = full,
		.rcpt = rcpts + first,
		.nrcpt = n };

	dsn_write(out, &d);
	buf_adds(out, "Subject: x\r\n\r\n");
	dsn_write_end(out, &d);
}

static void
has(const struct buf *b, const char *text)
{
	ck_assert_msg(
	    strstr(b->data, text) != NULL, "no \"%s\" in\n%s", text, b->data);
}

START_TEST(what_failed_is_told_to_people_and_machines)
{
	struct buf out = { 0 };

	write_it(&out, 0, 2, false, false);
	has(&out, "\r\nSubject: Undelivered mail\r\n");
	has(&out, "\r\n  <b@example.com>\r\n    mx.example.com said: 550 "
		  "5.1.1 who is ? that? ?\r\n");
	has(&out, "\r\nOriginal-Envelope-Id: e+1\r\n"
		  "Reporting-MTA: dns; mail.example.org\r\n");
	has(&out, "\r\n\r\nOriginal-Recipient: rfc822; B+X@example.com\r\n"
		  "Final-Recipient: rfc822; b@example.com\r\n"
		  "Action: failed\r\nStatus: 5.1.1\r\n"
		  "Remote-MTA: dns; mx.example.com\r\n"
		  "Diagnostic-Code: smtp; 550 5.1.1 who is ? that? ?\r\n");
	has(&out, "Action: delayed\r\nStatus: 4.4.1\r\nLast-Attempt-Date: ");
	has(&out, "\r\nWill-Retry-Until: ");
	has(&out, "\r\nContent-Type: text/rfc822-headers\r\n");
	for (size_t i = 0; i < out.len; i++)
		ck_assert((unsigned char)out.data[i] < 0x7f);
	buf_free(&out);
}
END_TEST

START_TEST(utf8_is_told_in_the_form_for_it)
{
	struct buf out = { 0 };

	write_it(&out, 2, 1, true, true);
	has(&out, "report-type=global-delivery-status");
	has(&out, "\r\nContent-Type: message/global-delivery-status\r\n");
	has(&out, "\r\nOriginal-Recipient: utf-8; \xc3\xa4@example.org\r\n"
		  "Final-Recipient: utf-8; \xc3\xa4@example.org\r\n"
		  "Action: delivered\r\nStatus: 2.0.0\r\n");
	has(&out, "\r\nContent-Type: message/global\r\n");
	buf_free(&out);
}
END_TEST

START_TEST(it_is_a_multipart_of_three)
{
	struct mime_parser *p = mime_parser_new();
	const struct mime_tree *t;
	struct buf out = { 0 };

	write_it(&out, 0, 1, false, false);
	mime_parser_feed(p, buf_span(&out));
	mime_parser_finish(p);
	t = mime_parser_tree(p);
	ck_assert_uint_eq(t->len, 4);
	mime_parser_free(p);
	buf_free(&out);
}
END_TEST

START_TEST(no_line_is_too_long)
{
	static char text[2001];
	struct dsn_rcpt r = rcpts[0];
	struct dsn d = { .hostname = "h", .future = "",
		.to = "a@b",
		.unique = "1",
		.envid = "",
		.rcpt = &r,
		.nrcpt = 1 };
	struct buf out = { 0 };
	struct span rest, line;

	memset(text, 'x', sizeof(text) - 1);
	r.text = text;
	dsn_write(&out, &d);
	rest = buf_span(&out);
	while (span_split(&rest, '\n', &line))
		ck_assert_uint_le(line.n, 998);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, what_failed_is_told_to_people_and_machines);
	tcase_add_test(tc, utf8_is_told_in_the_form_for_it);
	tcase_add_test(tc, it_is_a_multipart_of_three);
	tcase_add_test(tc, no_line_is_too_long);
}

int
main(void)
{
	return check_run("dsn", add);
}
