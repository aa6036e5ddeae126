/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "submission.h"

#define ID   "Message-ID: <1.f.1@mx.example>\r\n"
#define DATE "Date: Thu, 1 Jan 1970 00:00:01 +0000\r\n"

static const struct {
	const char *in, *out;
} fixes[] = {
	{ "Date: x\r\nMessage-ID: <y>\r\nSubject: z\r\n\r\n",
	    "Date: x\r\nMessage-ID: <y>\r\nSubject: z\r\n\r\n" },
	{ "Subject: z\r\n\r\n", ID DATE "Subject: z\r\n\r\n" },
	{ "dAtE : x\r\nSubject: z\r\n\r\n",
	    ID "dAtE : x\r\nSubject: z\r\n\r\n" },
	{ "\r\n", ID DATE "\r\n" },
	{ "", ID DATE },
	{ "Subject: no end\r\n", ID DATE "Subject: no end\r\n" },
	{ "Date: x\r\nMessage-ID: <y>\r\nBcc: a@x,\r\n b@x\r\nTo: c@x\r\n\r\n",
	    "Date: x\r\nMessage-ID: <y>\r\nTo: c@x\r\n\r\n" },
	{ "BCC : a@x\r\nDate: x\r\nMessage-ID: <y>\r\nResent-Bcc: a@x\r\n"
	  "bcc:\r\nBccx: kept\r\n\r\n",
	    "Date: x\r\nMessage-ID: <y>\r\nBccx: kept\r\n\r\n" },
	/* Odd white space, order and 8-bit stay: signatures hold. */
	{ "Date:x\r\nmessage-id:\r\n\t<y>\r\nSubject:  \xc3\xa4\t \r\n  z \r\n"
	  "no colon here\r\nX:\r\n\r\n",
	    "Date:x\r\nmessage-id:\r\n\t<y>\r\nSubject:  \xc3\xa4\t \r\n  z \r\n"
	    "no colon here\r\nX:\r\n\r\n" },
	{ "hello\r\nworld: x\r\n", ID DATE "\r\nhello\r\nworld: x\r\n" },
	{ "hello\r\n\r\n", ID DATE "\r\nhello\r\n\r\n" },
	/* However it is written, nobody sees it. */
	{ ID "Date: x\r\nBcc\r\n : a@x\r\nBcc \t \r\n\t:\r\n a@x\r\n \r\n b@x\r\n"
	  "RESENT-BCC\t: a@x\r\nX: kept\r\n\r\n",
	    ID "Date: x\r\nX: kept\r\n\r\n" },
	{ ID "bCC:a@x\r\nDate: x\r\nBcc:", ID "Date: x\r\n" },
	{ ID "Date: x\r\nX: y\r\n Bcc: of X\r\n\r\nBcc: body\r\n",
	    ID "Date: x\r\nX: y\r\n Bcc: of X\r\n\r\nBcc: body\r\n" },
	{ "broken\r\nBcc: a@x\r\n" ID "Date: x\r\n\r\n",
	    "broken\r\n" ID "Date: x\r\n\r\n" },
	{ " folded\r\nResent-Bcc: a@x\r\n" ID "Date: x\r\n\r\n",
	    " folded\r\n" ID "Date: x\r\n\r\n" },
	{ "From a@x Thu Jan 1 00:00:00\r\nBcc: a@x\r\nDate: x\r\n\r\n",
	    ID "From a@x Thu Jan 1 00:00:00\r\nDate: x\r\n\r\n" },
};

START_TEST(header_is_mended_and_else_kept)
{
	const struct submission s = { .hostname = "mx.example", .id = "1.f.1",
		.date = { .sec = 1 } };
	struct buf out = { 0 };

	submission_fix(&out, span_str(fixes[_i].in), &s);
	ck_buf_eq(&out, fixes[_i].out);
	buf_free(&out);
}
END_TEST

START_TEST(the_senders_copy_keeps_bcc)
{
	const char *in = "Bcc: a@x\r\nDate: x\r\nResent-Bcc: b@x\r\n\r\n";
	const struct submission s = { .hostname = "mx.example", .id = "1.f.1",
		.bcc = true };
	struct buf out = { 0 };

	submission_fix(&out, span_str(in), &s);
	ck_buf_eq(&out, ID "Bcc: a@x\r\nDate: x\r\nResent-Bcc: b@x\r\n\r\n");
	ck_assert(submission_has_bcc(span_str(in)));
	ck_assert(!submission_has_bcc(SPAN_LIT("To: a@x\r\nBccx: y\r\n")));
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in, *who;
	bool ret;
} authors[] = {
	{ "From: a@x.example\r\n\r\n", "From=a@x.example\n", true },
	{ "from : \"b@y\" <a@x.example>, (c@z) d@x.example\r\n\r\n",
	    "From=a@x.example\nFrom=d@x.example\n", true },
	{ "From: a@x.example\r\nFROM: b@x.example\r\nSender: c@x.example\r\n\r\n",
	    "From=a@x.example\nFrom=b@x.example\nSender=c@x.example\n", true },
	{ "From: x@y.example\r\nSender: z@y.example\r\n"
	  "Resent-From: a@x.example\r\nResent-Sender: b@x.example\r\n\r\n",
	    "Resent-From=a@x.example\nResent-Sender=b@x.example\n", true },
	{ "From: a@x.example\r\nResent-Sender: b@x.example\r\n\r\n",
	    "From=a@x.example\nResent-Sender=b@x.example\n", true },
	{ "From\r\n : a@x.example\r\n\r\n", "From=a@x.example\n", true },
	/* It has been resent before, by others. */
	{ "Received: x\r\nResent-To: t@y.example\r\n"
	  "Resent-From: a@x.example\r\nResent-Date: x\r\n"
	  "Resent-Sender: b@x.example\r\nReceived: x\r\n"
	  "Resent-From: c@y.example\r\nResent-Sender: d@y.example\r\n"
	  "From: e@y.example\r\n\r\n",
	    "Resent-From=a@x.example\nResent-Sender=b@x.example\n", true },
	/* A block without its author ends nothing. */
	{ "Resent-Sender: b@x.example\r\nX: y\r\nResent-From: a@x.example\r\n"
	  "Resent-From: c@x.example\r\n\r\n",
	    "Resent-Sender=b@x.example\nResent-From=a@x.example\n"
	    "Resent-From=c@x.example\n", true },
	{ "From: friends: a@x.example, b@x.example;\r\n\r\n",
	    "From=a@x.example\nFrom=b@x.example\n", true },
	{ "From: root\r\n\r\n", "From=root@\n", true },
	{ "From:\r\n a@x.example,\r\n\tb@x.example\r\n",
	    "From=a@x.example\nFrom=b@x.example\n", true },
	{ "Subject: x\r\n\r\nFrom: a@x.example\r\n", "", true },
	{ "no colon\r\nFrom: a@x.example\r\n\r\n", "From=a@x.example\n", true },
	{ "From: stop@x.example, b@x.example\r\nSender: c@x.example\r\n\r\n",
	    "From=stop@x.example\n", false },
};

static bool
collect(void *arg, const char *field, struct span address)
{
	struct buf *b = arg;

	buf_addf(b, "%s=%.*s\n", field, (int)address.n, address.p);
	return !span_eq(address, SPAN_LIT("stop@x.example"));
}

START_TEST(every_author_is_named)
{
	struct buf who = { 0 };

	ck_assert_int_eq(submission_authors(span_str(authors[_i].in), collect,
			     &who), authors[_i].ret);
	ck_buf_eq(&who, authors[_i].who);
	buf_free(&who);
}
END_TEST

START_TEST(endless_list_of_authors_is_no_list)
{
	struct buf header = { 0 }, who = { 0 };

	buf_adds(&header, "From: a@x.example");
	for (int i = 0; i < 3000; i++)
		buf_adds(&header, ", a@x.example");
	buf_adds(&header, "\r\n\r\n");
	ck_assert(!submission_authors(buf_span(&header), collect, &who));
	ck_assert_uint_gt(who.len, 6);
	ck_assert_str_eq(who.data + who.len - 6, "From=\n");
	buf_free(&header);
	buf_free(&who);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, header_is_mended_and_else_kept, 0,
	    sizeof(fixes) / sizeof(fixes[0]));
	tcase_add_test(tc, the_senders_copy_keeps_bcc);
	tcase_add_loop_test(tc, every_author_is_named, 0,
	    sizeof(authors) / sizeof(authors[0]));
	tcase_add_test(tc, endless_list_of_authors_is_no_list);
}

int
main(void)
{
	return check_run("submission", add);
}
