/* SPDX-License-Identifier: ISC */
#include "bodystructure.h"
#include "check.h"
#include "imap_grammar.h"
#include "mime_input.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define MULTI(b) "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"
#define MSG	 "Content-Type: message/rfc822\r\n\r\n"
#define ASCII	 "(\"charset\" \"us-ascii\")"
#define NO_ENV	 "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"

static const struct {
	const char *in, *body, *extension;
} messages[] = {
	{ "\r\none\r\n",
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 5 1", "NIL" },
	{ "Content-Type: Text/HTML; Charset=\"UTF-8\"\r\n"
	  "Content-Transfer-Encoding: QUOTED-PRINTABLE\r\n\r\none",
	    "(\"text\" \"html\" (\"charset\" \"UTF-8\") NIL NIL "
	    "\"quoted-printable\" 3 1", "NIL" },
	{ "Content-Type: text/html\r\n\r\n",
	    "(\"text\" \"html\" NIL NIL NIL \"7bit\" 0 0", "NIL" },
	{ "Content-Type: text/plain; format=flowed\r\n\r\n",
	    "(\"text\" \"plain\" (\"format\" \"flowed\") NIL NIL \"7bit\" 0 0",
	    "NIL" },
	{ "Content-Type: garbage\r\n\r\n1\r\n",
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 3 1", "NIL" },
	{ "Content-Type: image/png; name=\"a \\\"b\\\".png\"\r\n"
	  "Content-ID: <a@b>\r\n"
	  "Content-Description: =?utf-8?q?=C3=A4?=\r\n\td\r\n"
	  "Content-Transfer-Encoding: base64\r\n"
	  "Content-MD5: Q2hlY2s=\r\n\r\nAAAA\r\n",
	    "(\"image\" \"png\" (\"name\" \"a \\\"b\\\".png\") \"<a@b>\" "
	    "\"=?utf-8?q?=C3=A4?=\td\" \"base64\" 6", "\"Q2hlY2s=\"" },
	{ "Content-Type: a/b\r\nContent-Transfer-Encoding: x-uue\r\n\r\n",
	    "(\"a\" \"b\" NIL NIL NIL \"x-uue\" 0", "NIL" },
	/* What the tree does not open is not announced as more. */
	{ "Content-Type: message/rfc822; name=a.eml\r\n"
	  "Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==\r\n",
	    "(\"application\" \"octet-stream\" (\"name\" \"a.eml\") NIL NIL "
	    "\"base64\" 18", "NIL" },
	{ "Content-Type: multipart/mixed; x=y\r\n\r\none\r\n",
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 5 1", "NIL" },
	{ "Content-Type: message/delivery-status\r\n\r\nA: b\r\n",
	    "(\"message\" \"delivery-status\" NIL NIL NIL \"7bit\" 6", "NIL" },
	{ "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\none\r\n",
	    "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 19 "
	    "(NIL \"x\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 5 1~) 3", "NIL" },
	{ "Content-Type: message/global\r\n\r\nSubject: \xc3\xa4\r\n",
	    "(\"message\" \"global\" NIL NIL NIL \"7bit\" 13 "
	    "(NIL {2}\r\n\xc3\xa4 NIL NIL NIL NIL NIL NIL NIL NIL) "
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 0 0~) 1", "NIL" },
};

/* want with ~ replaced by the extension data of a part that has none. */
static void
expand(struct buf *out, const char *want, bool extended)
{
	for (; *want != '\0'; want++) {
		if (*want != '~')
			buf_addc(out, *want);
		else if (extended)
			buf_adds(out, " NIL NIL NIL NIL");
	}
}

static struct buf
written(const char *in, bool extended)
{
	struct mime_parser *p = mime_input(span_str(in), 0);
	struct buf out = { 0 };
	struct span s;

	bodystructure_write(&out, p, extended);
	mime_parser_free(p);
	s = buf_span(&out);
	ck_assert_msg(g_body(&s, extended) && s.n == 0,
	    "not the grammar's at: %.*s", (int)s.n, s.p);
	return out;
}

START_TEST(single_part)
{
	for (int extended = 0; extended <= 1; extended++) {
		struct buf got = written(messages[_i].in, extended);
		struct buf want = { 0 };

		expand(&want, messages[_i].body, extended);
		if (extended)
			buf_addf(&want, " %s NIL NIL NIL",
			    messages[_i].extension);
		buf_addc(&want, ')');
		ck_buf_eq(&got, want.data);
		buf_free(&got);
		buf_free(&want);
	}
}
END_TEST

static const struct {
	const char *in, *body, *extended;
} multiparts[] = {
	{ MULTI("b") "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
	    "((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 3 1)"
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 3 1) \"mixed\")",
	    "((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 3 1 NIL NIL NIL "
	    "NIL)(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 3 1 NIL NIL "
	    "NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)" },
	/* A multipart without parts has an empty one. */
	{ MULTI("b") "--b--\r\n",
	    "((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 0 0) \"mixed\")",
	    "((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 0 0 NIL NIL NIL "
	    "NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)" },
	{ "Content-Type: Multipart/Digest; boundary=b\r\n"
	  "Content-Disposition: inline\r\nContent-Language: de , en-GB\r\n"
	  "Content-Location: http:\r\n //a/b\r\n\r\n"
	  "--b\r\n\r\n\r\n1\r\n--b--\r\n",
	    "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 3 " NO_ENV
	    " (\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 1) 2) "
	    "\"digest\")",
	    "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 3 " NO_ENV
	    " (\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 1 NIL NIL NIL "
	    "NIL) 2 NIL NIL NIL NIL) "
	    "\"digest\" (\"boundary\" \"b\") (\"inline\" NIL) "
	    "(\"de\" \"en-GB\") \"http://a/b\")" },
};

START_TEST(several_parts)
{
	struct buf body = written(multiparts[_i].in, false);
	struct buf extended = written(multiparts[_i].in, true);

	ck_buf_eq(&body, multiparts[_i].body);
	ck_buf_eq(&extended, multiparts[_i].extended);
	buf_free(&body);
	buf_free(&extended);
}
END_TEST

/* Extension data behind the MD5. */
static const struct {
	const char *in, *want;
} extensions[] = {
	{ "Content-Disposition: attachment; filename=\"a b\"; size=3\r\n",
	    "(\"attachment\" (\"filename\" \"a b\" \"size\" \"3\")) NIL NIL" },
	{ "Content-Disposition:\r\nContent-Language:\r\nContent-Location:\r\n",
	    "NIL NIL NIL" },
	{ "Content-Disposition: ; filename=a\r\n",
	    "(\"attachment\" (\"filename\" \"a\")) NIL NIL" },
	{ "Content-Language: ,de,,\r\n", "NIL (\"de\") NIL" },
	{ "Content-Location: \xe4\r\n", "NIL NIL {1}\r\n\xe4" },
	{ "Content-Disposition: inline\r\nContent-Disposition: attachment\r\n",
	    "(\"inline\" NIL) NIL NIL" },
};

START_TEST(extension_data)
{
	struct buf header = { 0 }, want = { 0 }, got;

	buf_addf(&header, "Content-Type: a/b\r\n%s\r\n", extensions[_i].in);
	buf_addf(&want, "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0 NIL %s)",
	    extensions[_i].want);
	got = written(header.data, true);
	ck_buf_eq(&got, want.data);
	buf_free(&got);
	buf_free(&header);
	buf_free(&want);
}
END_TEST

static const struct {
	const char *in, *want;
} params[] = {
	{ "x", "NIL" },
	{ "x; a=b; c=\"d e\"", "(\"a\" \"b\" \"c\" \"d e\")" },
	{ "x; a=\"\"", "(\"a\" \"\")" },
	{ "x; a=\xe4", "(\"a\" {1}\r\n\xe4)" },
	{ "x; f*0=ab; f*1=cd", "(\"f\" \"abcd\")" },
	{ "x; f*1=cd; a=b; f*0=ab", "(\"f\" \"abcd\" \"a\" \"b\")" },
	{ "x; f*=us-ascii''a%20b", "(\"f\" \"a b\")" },
	{ "x; f*=iso-8859-1''%E4%2Fb", "(\"f*\" \"utf-8''%C3%A4%2Fb\")" },
	{ "x; f*0*=utf-8''%C3; f*1*=%A4; f*2=b",
	    "(\"f*\" \"utf-8''%C3%A4b\")" },
	/* Those who send both forms mean each for some. */
	{ "x; f=a; f*=utf-8''a", "(\"f\" \"a\" \"f*\" \"utf-8''a\")" },
	{ "x; *0=a", "(\"*0\" \"a\")" },
};

START_TEST(parameters)
{
	struct param_list l = { 0 };
	struct buf out = { 0 };

	param_list_parse(&l, span_str(params[_i].in));
	bodystructure_params(&out, &l);
	ck_buf_eq(&out, params[_i].want);
	param_list_clear(&l);
	buf_free(&out);
}
END_TEST

/* What hostile mail repeats, to make the answer large. */
static const struct {
	const char *head, *part, *field;
	size_t fields;
} bombs[] = {
	{ MULTI("b"), "--b\r\n", "", 0 },
	{ MULTI("b"), "--b\r\n" MSG, "", 0 },
	{ MULTI("b"), "--b\r\n" MSG, "To: ,a,a,a,a,a,a,a,a,a,a,a,a\r\n", 50 },
	{ MULTI("b"), "--b\r\nContent-Type: a/b",
	    "; a*=utf-8'\xe4\xe4\xe4\xe4\xe4\xe4", 60 },
	{ MULTI("b"), "--b\r\nContent-Description: ", "\"\"\"\"", 100000 },
	{ "", MSG, "To: ,a,a,a,a,a,a,a,a,a,a,a,a\r\n", 5000 },
};

START_TEST(size_is_bounded)
{
	struct buf in = { .max = (size_t)64 << 20 }, out = { 0 };
	struct mime_parser *p;
	struct span s;

	buf_adds(&in, bombs[_i].head);
	for (int i = 0; i < MIME_PARTS_MAX && in.len < (size_t)8 << 20; i++) {
		buf_adds(&in, bombs[_i].part);
		for (size_t n = 0; n < bombs[_i].fields; n++)
			buf_adds(&in, bombs[_i].field);
		buf_adds(&in, "\r\n");
	}
	p = mime_input(buf_span(&in), 0);
	bodystructure_write(&out, p, true);
	ck_assert(!out.failed);
	ck_assert_uint_le(out.len, BODYSTRUCTURE_MAX);
	s = buf_span(&out);
	ck_assert(g_body(&s, true) && s.n == 0);
	mime_parser_free(p);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

static void
check_file(const char *name, struct span in)
{
	struct mime_parser *p = mime_input(in, 0);

	for (int extended = 0; extended <= 1; extended++) {
		struct buf out = { 0 };
		struct span s;

		bodystructure_write(&out, p, extended);
		s = buf_span(&out);
		ck_assert_msg(g_body(&s, extended) && s.n == 0,
		    "%s is not the grammar's at: %.*s", name, (int)s.n, s.p);
		buf_free(&out);
	}
	mime_parser_free(p);
}

START_TEST(real_mail_is_well_formed)
{
	ck_assert_int_gt(mime_corpus("mime", check_file), 10);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, single_part, 0, N(messages));
	tcase_add_loop_test(tc, several_parts, 0, N(multiparts));
	tcase_add_loop_test(tc, extension_data, 0, N(extensions));
	tcase_add_loop_test(tc, parameters, 0, N(params));
	tcase_add_loop_test(tc, size_is_bounded, 0, N(bombs));
	tcase_add_test(tc, real_mail_is_well_formed);
}

int
main(void)
{
	return check_run("bodystructure", add);
}
