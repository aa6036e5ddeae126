/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "envelope.h"
#include "imap_grammar.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define NO_LISTS "NIL NIL NIL NIL NIL NIL"
#define AB	 "((NIL NIL \"a\" \"b\"))"

static const struct {
	const char *in, *want;
} headers[] = {
	{ "", "(NIL NIL " NO_LISTS " NIL NIL)" },
	{ "\r\nSubject: body\r\n", "(NIL NIL " NO_LISTS " NIL NIL)" },
	{ "Date: Thu, 1 Jan 1998 00:00:00 +0000\r\nSubject: s\r\n"
	  "In-Reply-To: <a@b>\r\nMessage-ID: <c@d>\r\n\r\n",
	    "(\"Thu, 1 Jan 1998 00:00:00 +0000\" \"s\" " NO_LISTS
	    " \"<a@b>\" \"<c@d>\")" },
	/* Present but empty. */
	{ "Date:\r\nSubject: \r\nIn-Reply-To:\r\nMessage-ID:\r\nFrom:\r\n"
	  "To: ,\r\nCc: \r\n",
	    "(\"\" \"\" " NO_LISTS " \"\" \"\")" },
	/* Sender and Reply-To default to From. */
	{ "From: a@b\r\n",
	    "(NIL NIL " AB " " AB " " AB " NIL NIL NIL NIL NIL)" },
	{ "From: a@b\r\nSender:\r\nReply-To: ,\r\n",
	    "(NIL NIL " AB " " AB " " AB " NIL NIL NIL NIL NIL)" },
	{ "From: a@b\r\nSender: c@d\r\n",
	    "(NIL NIL " AB " ((NIL NIL \"c\" \"d\")) " AB
	    " NIL NIL NIL NIL NIL)" },
	{ "Sender: a@b\r\n",
	    "(NIL NIL NIL " AB " NIL NIL NIL NIL NIL NIL)" },
	{ "Bcc: a@b\r\nCC: a@b\r\ntO: a@b\r\n",
	    "(NIL NIL NIL NIL NIL " AB " " AB " " AB " NIL NIL)" },
	/* Raw, unfolded, quoted. */
	{ "Subject: =?utf-8?q?=C3=A4?=\r\n =?utf-8?q?=C3=A4?=\r\n",
	    "(NIL \"=?utf-8?q?=C3=A4?= =?utf-8?q?=C3=A4?=\" " NO_LISTS
	    " NIL NIL)" },
	{ "Subject: a \"b\" \\c\r\n",
	    "(NIL \"a \\\"b\\\" \\\\c\" " NO_LISTS " NIL NIL)" },
	{ "Subject: \xe4\r\n",
	    "(NIL {1}\r\n\xe4 " NO_LISTS " NIL NIL)" },
	{ "Subject: a\r\n\tb\nDate: c\n",
	    "(\"c\" \"a\tb\" " NO_LISTS " NIL NIL)" },
	{ "Subject: a\rb\001c\r\n",
	    "(NIL \"a b c\" " NO_LISTS " NIL NIL)" },
	/* Of two texts the first, of two lists both. */
	{ "Subject: a\r\nSubject: b\r\nTo: a@b\r\nTo: c@d\r\n",
	    "(NIL \"a\" NIL NIL NIL ((NIL NIL \"a\" \"b\")"
	    "(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL)" },
	/* Names, routes, groups. */
	{ "To: \"J. \\\"Q\\\" P\" <@x,@y:a@b>, Z <c@d>\r\n",
	    "(NIL NIL NIL NIL NIL ((\"J. \\\"Q\\\" P\" \"@x,@y\" \"a\" \"b\")"
	    "(\"Z\" NIL \"c\" \"d\")) NIL NIL NIL NIL)" },
	{ "To: g: a@b, c@d;, e@f\r\n",
	    "(NIL NIL NIL NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")"
	    "(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)(NIL NIL \"e\" \"f\")) "
	    "NIL NIL NIL NIL)" },
	{ "To: undisclosed-recipients:;\r\n",
	    "(NIL NIL NIL NIL NIL ((NIL NIL \"undisclosed-recipients\" NIL)"
	    "(NIL NIL NIL NIL)) NIL NIL NIL NIL)" },
	/* No host, but no group either. */
	{ "To: root\r\n",
	    "(NIL NIL NIL NIL NIL ((NIL NIL \"root\" \"\")) NIL NIL NIL NIL)" },
};

START_TEST(envelope)
{
	struct buf out = { 0 };
	struct span s;

	envelope_write(&out, span_str(headers[_i].in));
	ck_buf_eq(&out, headers[_i].want);
	s = buf_span(&out);
	ck_assert(g_envelope(&s) && s.n == 0);
	buf_free(&out);
}
END_TEST

START_TEST(nul_does_not_pass)
{
	struct buf out = { 0 };

	envelope_write(&out, SPAN_LIT("Subject: a\0b\xe4\r\nTo: a\0@b\r\n"));
	ck_assert_ptr_null(memchr(out.data, '\0', out.len));
	buf_free(&out);
}
END_TEST

static void
check_bounded(const struct buf *header)
{
	struct buf out = { 0 };
	struct span s;

	envelope_write(&out, buf_span(header));
	ck_assert(!out.failed);
	ck_assert_uint_le(out.len, ENVELOPE_MAX);
	s = buf_span(&out);
	ck_assert(g_envelope(&s) && s.n == 0);
	buf_free(&out);
}

/* What is repeated to fill a header of 1 MB. */
static const char *const fillings[] = {
	"From: a\r\nTo: a\r\nCc: a\r\nBcc: a\r\nSender: a\r\nReply-To: a\r\n",
	"From: \"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\" <a@b>\r\n",
	"To: ,a,\xe4,a,\xe4,a,\xe4\r\n",
	"Subject: \"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\r\n ",
	"To: g:;h:;i:;\r\n ",
};

START_TEST(size_is_bounded)
{
	struct buf header = { 0 };

	while (header.len < (size_t)1 << 20)
		buf_adds(&header, fillings[_i]);
	check_bounded(&header);
	buf_free(&header);
}
END_TEST

START_TEST(one_address_that_is_too_long)
{
	struct buf header = { 0 };

	buf_adds(&header, "From: a@b, ");
	while (header.len < (size_t)1 << 20)
		buf_addc(&header, 'x');
	buf_adds(&header, "\r\n");
	check_bounded(&header);
	buf_free(&header);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, envelope, 0, N(headers));
	tcase_add_test(tc, nul_does_not_pass);
	tcase_add_loop_test(tc, size_is_bounded, 0, N(fillings));
	tcase_add_test(tc, one_address_that_is_too_long);
}

int
main(void)
{
	return check_run("envelope", add);
}
