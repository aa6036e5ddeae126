/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "compose.h"

static const char *const to[] = { "Bob <bob@example.org>, eve@example.org" };
static const char *const cc[] = { "\"J\xc3\xb6rg\" <j@example.org>" };
static const char *const bcc[] = { "secret@example.org" };

static struct compose
plain(void)
{
	return (struct compose){
		.from = "Myself <me@example.org>",
		.to = to, .nto = 1,
		.subject = "Hello",
		.body = SPAN_LIT("one\ntwo\r\nthree"),
		.date = { 1795500000, 60 },
		.unique = "0123",
	};
}

static void
made(const struct compose *m, const char *want)
{
	struct buf out = { 0 }, err = { 0 };

	ck_assert_msg(compose_message(&out, m, &err) == 0, "%s", err.data);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

#define HEADER                                                                 \
	"From: \"Myself\" <me@example.org>\r\n"                                \
	"To: \"Bob\" <bob@example.org>,\r\n eve@example.org\r\n"
#define REST                                                                   \
	"Date: Tue, 24 Nov 2026 07:00:00 +0100\r\n"                            \
	"Message-ID: <0123@example.org>\r\nMIME-Version: 1.0\r\n"
#define PLAIN                                                                  \
	"Content-Type: text/plain; charset=utf-8\r\n"                          \
	"Content-Transfer-Encoding: 7bit\r\n\r\none\r\ntwo\r\nthree\r\n"

START_TEST(plain_message)
{
	struct compose m = plain();

	made(&m, HEADER "Subject: Hello\r\n" REST PLAIN);
}
END_TEST

START_TEST(words_of_all_languages)
{
	struct compose m = plain();

	m.cc = cc;
	m.ncc = 1;
	m.bcc = bcc;
	m.nbcc = 1;
	m.subject = "Gr\xc3\xbc\xc3\x9f";
	m.body = SPAN_LIT("\xc3\xa4 = 1\n");
	made(&m, HEADER "Cc: =?UTF-8?B?SsO2cmc=?= <j@example.org>\r\n"
	    "Bcc: secret@example.org\r\n"
	    "Subject: =?UTF-8?B?R3LDvMOf?=\r\n" REST
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "=C3=A4 =3D 1\r\n");
}
END_TEST

START_TEST(attachments_behind_the_text)
{
	const struct compose_attachment a[] = {
		{ "a b.png", SPAN_LIT("\0\1\2") },
		{ "\xc3\xa4\".x", SPAN_LIT("") },
	};
	struct compose m = plain();

	m.attachment = a;
	m.nattachments = 2;
	made(&m, HEADER "Subject: Hello\r\n" REST
	    "Content-Type: multipart/mixed; boundary=\"0123\"\r\n\r\n"
	    "--0123\r\n" PLAIN
	    "\r\n--0123\r\nContent-Type: image/png\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename=\"a b.png\"\r\n\r\n"
	    "AAEC\r\n"
	    "\r\n--0123\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n"
	    " filename*=UTF-8''%C3%A4%22.x\r\n\r\n\r\n"
	    "\r\n--0123--\r\n");
}
END_TEST

static const struct {
	const char *from, *to, *subject, *err;
} bad[] = {
	{ "me@x", "bob@x", "a\nBcc: all@x", "Subject" },
	{ "me@x", "bob@x", "\xff", "Subject" },
	{ "me@x", "bob@x\r\nBcc: all@x", "s", "address" },
	{ "me@x", "bob", "s", "bob" },
	{ "me@x", "", "s", "address" },
	{ "nobody", "bob@x", "s", "nobody" },
};

START_TEST(bad_parts_are_refused)
{
	struct compose m = plain();
	struct buf out = { 0 }, err = { 0 };

	m.from = bad[_i].from;
	m.to = &bad[_i].to;
	m.subject = bad[_i].subject;
	ck_assert_int_eq(compose_message(&out, &m, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.data, bad[_i].err));
	buf_free(&out);
	buf_free(&err);
}
END_TEST

START_TEST(long_lines_and_controls_are_encoded)
{
	struct compose m = plain();
	struct buf body = { 0 }, out = { 0 }, err = { 0 };

	for (int i = 0; i < 999; i++)
		buf_addc(&body, 'x');
	m.body = buf_span(&body);
	ck_assert_int_eq(compose_message(&out, &m, &err), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "quoted-printable"));
	buf_clear(&out);
	m.body = SPAN_LIT("a\0b");
	ck_assert_int_eq(compose_message(&out, &m, &err), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "a=00b"));
	buf_free(&body);
	buf_free(&out);
}
END_TEST

START_TEST(recipients_of_a_header)
{
	struct compose_rcpts l = { 0 };
	struct buf err = { 0 }, all = { 0 };

	ck_assert_int_eq(compose_header_rcpts(&l,
	    SPAN_LIT("To: bob@x, Eve <eve@x>\r\nbcc: s@x\r\n"
	    "Cc: g: c@x;\r\nFrom: a@x\r\n\r\nTo: no@x\r\n"), &err), 0);
	for (size_t i = 0; i < l.len; i++)
		buf_addf(&all, "%s ", l.address[i]);
	ck_buf_eq(&all, "bob@x eve@x s@x c@x ");
	ck_assert_int_eq(compose_add_rcpts(&l, SPAN_LIT("root"), &err), -1);
	l.domain = "host.x";
	ck_assert_int_eq(compose_add_rcpts(&l, SPAN_LIT("root"), &err), 0);
	ck_assert_str_eq(l.address[l.len - 1], "root@host.x");
	compose_rcpts_clear(&l);
	buf_free(&all);
	buf_free(&err);
}
END_TEST

START_TEST(bcc_goes_and_all_else_stays)
{
	struct buf out = { 0 };

	compose_without(&out,
	    SPAN_LIT("A: b\r\nBCC: x@y,\r\n z@y\r\nC: d\r\n\r\nBcc: t\r\n"),
	    "Bcc");
	ck_buf_eq(&out, "A: b\r\nC: d\r\n\r\nBcc: t\r\n");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, plain_message);
	tcase_add_test(tc, words_of_all_languages);
	tcase_add_test(tc, attachments_behind_the_text);
	tcase_add_loop_test(tc, bad_parts_are_refused, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, long_lines_and_controls_are_encoded);
	tcase_add_test(tc, recipients_of_a_header);
	tcase_add_test(tc, bcc_goes_and_all_else_stays);
}

int
main(void)
{
	return check_run("compose", add);
}
