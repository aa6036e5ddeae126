/* SPDX-License-Identifier: ISC */
#include "answering.h"
#include "check.h"

#define MESSAGE                                                                \
	"From: =?utf-8?q?J=C3=B6?= <jo@x>\r\nTo: me@x, \"Eve, E\" <eve@x>\r\n"  \
	"Cc: al@x\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nDate: a day\r\n"        \
	"Message-ID: <3@x>\r\nReferences: <1@x>\r\n <2@x> bad <a b>\r\n"       \
	"\r\nhi\r\n> old\r\n"

#define QUOTED "On a day, J\xc3\xb6 <jo@x> wrote:\n> hi\n>> old\n"

static const struct {
	const char *message;
	bool all;
	const char *to, *cc, *subject, *in_reply_to, *references, *text;
} replies[] = {
	{ MESSAGE, false, "\"J\xc3\xb6\" <jo@x>", "", "Re: caf\xc3\xa9",
	    "<3@x>", "<1@x> <2@x> <3@x>", QUOTED },
	{ MESSAGE, true, "\"J\xc3\xb6\" <jo@x>", "\"Eve, E\" <eve@x>, al@x",
	    "Re: caf\xc3\xa9", "<3@x>", "<1@x> <2@x> <3@x>", QUOTED },
	{ "From: a@x\r\nReply-To: b@x, c@x\r\nSubject: RE: x\r\n\r\n", false,
	    "b@x, c@x", "", "RE: x", "", "", "On a day, a@x wrote:\n" },
	{ "From: a@x\r\nIn-Reply-To: <1@x>\r\nMessage-ID: <2@x>\r\n\r\n", false,
	    "a@x", "", "Re: ", "<2@x>", "<1@x> <2@x>",
	    "On a day, a@x wrote:\n" },
	{ "From: undisclosed:;\r\n\r\nx", true, "", "", "Re: ", "", "",
	    "On a day, undisclosed:; wrote:\n> x\n" },
	{ "", false, "", "", "Re: ", "", "", "On a day, somebody wrote:\n" },
};

START_TEST(reply_takes_over_what_it_answers)
{
	struct answering a = { 0 };
	bool ok = answering_reply(&a, span_str(replies[_i].message),
	    replies[_i].all, "ME@x");

	ck_assert_int_eq(ok, replies[_i].to[0] != '\0');
	ck_buf_eq(&a.to, replies[_i].to);
	ck_buf_eq(&a.cc, replies[_i].cc);
	ck_buf_eq(&a.subject, replies[_i].subject);
	ck_buf_eq(&a.in_reply_to, replies[_i].in_reply_to);
	ck_buf_eq(&a.references, replies[_i].references);
	ck_buf_eq(&a.text, replies[_i].text);
	answering_clear(&a);
}
END_TEST

START_TEST(references_keep_the_newest)
{
	struct answering a = { 0 };
	struct buf message = { 0 }, last = { 0 };
	struct span rest, id;
	size_t n = 0;

	buf_adds(&message, "From: a@x\r\nMessage-ID: <99@x>\r\nReferences:");
	for (int i = 0; i < 50; i++)
		buf_addf(&message, "\r\n <%d@x>", i);
	buf_adds(&message, "\r\n\r\n");
	answering_reply(&a, buf_span(&message), false, NULL);
	for (rest = buf_span(&a.references); span_split(&rest, ' ', &id); n++) {
		buf_clear(&last);
		buf_add_span(&last, id);
		if (n == 0)
			ck_buf_eq(&last, "<30@x>");
	}
	ck_assert_uint_eq(n, 21);
	ck_buf_eq(&last, "<99@x>");
	answering_clear(&a);
	buf_free(&message);
	buf_free(&last);
}
END_TEST

START_TEST(forwarded_message_has_its_header_and_text)
{
	struct answering a = { 0 };

	answering_forward(&a, SPAN_LIT(MESSAGE));
	ck_buf_eq(&a.subject, "Fwd: caf\xc3\xa9");
	ck_buf_eq(&a.references, "<3@x>");
	ck_buf_eq(&a.in_reply_to, "");
	ck_buf_eq(&a.text, "-------- Forwarded message --------\n"
	    "From: J\xc3\xb6 <jo@x>\nTo: me@x, \"Eve, E\" <eve@x>\n"
	    "Cc: al@x\nDate: a day\nSubject: caf\xc3\xa9\n\nhi\n> old\n");
	answering_clear(&a);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, reply_takes_over_what_it_answers, 0,
	    sizeof(replies) / sizeof(replies[0]));
	tcase_add_test(tc, references_keep_the_newest);
	tcase_add_test(tc, forwarded_message_has_its_header_and_text);
}

int
main(void)
{
	return check_run("answering", add);
}
