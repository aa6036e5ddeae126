/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "param.h"

/* A field is written value then {name|value} for each parameter. */
static const struct {
	const char *in;
	const char *want;
} fields[] = {
	{ "", "" },
	{ " text/plain\r\n", "text/plain" },
	{ "Text / Plain", "Text/Plain" },
	{ "text/plain; charset=us-ascii", "text/plain{charset|us-ascii}" },
	{ "text/plain; charset=us-ascii (Plain text)",
	    "text/plain{charset|us-ascii}" },
	{ "text/plain (x); (y) CharSet (z) = (a) \"us-ascii\" (b)",
	    "text/plain{charset|us-ascii}" },
	{ "multipart/mixed;\r\n\tboundary=\"gc0p4Jq0M:08jU534c0p\"",
	    "multipart/mixed{boundary|gc0p4Jq0M:08jU534c0p}" },
	{ "attachment; filename=\"a;b\\\"c\\\\.txt\"; size=12",
	    "attachment{filename|a;b\"c\\.txt}{size|12}" },
	{ "attachment; filename=\"C:\\My\\file.txt\"",
	    "attachment{filename|C:\\My\\file.txt}" },
	{ "attachment; filename=my file (1).txt ; x=y",
	    "attachment{filename|my file (1).txt}{x|y}" },
	{ "attachment; filename*0*=UTF-8''a%20b; FILENAME*1=c",
	    "attachment{filename*0*|UTF-8''a%20b}{filename*1|c}" },
	{ "text/plain; name=caf\xe9; x=\"\xc3\xa9\"",
	    "text/plain{name|caf\xe9}{x|\xc3\xa9}" },
	/* broken */
	{ "text/plain charset=us-ascii", "text/plain{charset|us-ascii}" },
	{ "text/plain;;; charset=us-ascii;", "text/plain{charset|us-ascii}" },
	{ "text/plain; charset", "text/plain" },
	{ "text/plain; charset=", "text/plain{charset|}" },
	{ "text/plain; charset=\"\"", "text/plain{charset|}" },
	{ "text/plain; =x; a=b", "text/plain{a|b}" },
	{ "text/plain; a b; c=d", "text/plain{c|d}" },
	{ "text/plain; x=\"a\" y=b", "text/plain{x|a}{y|b}" },
	{ "text/plain; x=\"a\"b; y=c", "text/plain{x|a}{y|c}" },
	{ "text/plain; boundary=\"abc; x=y", "text/plain{boundary|abc}{x|y}" },
	{ "text/plain; (x; charset=a", "text/plain{charset|a}" },
	{ "text/plain; x=a(b; y=c", "text/plain{x|a(b}{y|c}" },
	{ "; charset=a", "{charset|a}" },
	{ "text", "text" },
	{ "text/plain; a=1; a=2", "text/plain{a|1}{a|2}" },
	{ "text/plain; x=a=b", "text/plain{x|a=b}" },
	{ "text/plain; x=a\r\n b", "text/plain{x|a b}" },
};

START_TEST(field_gives_value_and_parameters)
{
	struct param_list l = { 0 };
	struct buf out = { 0 };

	param_list_parse(&l, span_str(fields[_i].in));
	buf_adds(&out, l.value);
	for (size_t i = 0; i < l.len; i++)
		buf_addf(&out, "{%s|%s}", l.param[i].name, l.param[i].value);
	ck_buf_eq(&out, fields[_i].want);
	param_list_clear(&l);
	ck_assert_ptr_null(l.value);
	buf_free(&out);
}
END_TEST

START_TEST(first_of_a_name_is_found)
{
	struct param_list l = { 0 };

	param_list_parse(&l, SPAN_LIT("text/plain; a=1; B=2; a=3"));
	ck_assert_str_eq(param_get(&l, "A"), "1");
	ck_assert_str_eq(param_get(&l, "b"), "2");
	ck_assert_ptr_null(param_get(&l, "c"));
	param_list_clear(&l);
	ck_assert_ptr_null(param_get(&l, "a"));
}
END_TEST

static const struct {
	const char *in;
	const char *want; /* of "name"; NULL: there is none */
} decodes[] = {
	{ "a; name=x", "x" },
	{ "a; NAME=\"caf\xc3\xa9\"", "caf\xc3\xa9" },
	{ "a; name=caf\xe9", "caf\xc3\xa9" },
	{ "a; name=\"=?iso-8859-1?Q?caf=E9?=\"", "caf\xc3\xa9" },
	/* RFC 2231 sections 3 and 4 */
	{ "a; name*0=\"ftp://\"; name*1=\"cs.utk.edu/pub\"",
	    "ftp://cs.utk.edu/pub" },
	{ "a; name*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
	    "This is ***fun***" },
	{ "a; name*0*=us-ascii'en'This%20is%20even%20more%20;"
	  "name*1*=%2A%2A%2Afun%2A%2A%2A%20; name*2=\"isn't it!\"",
	    "This is even more ***fun*** isn't it!" },
	{ "a; name*1=b; name*0=a; name*2=c; name*4=e", "abc" },
	{ "a; name*=iso-8859-1''caf%E9; name=cafe", "caf\xc3\xa9" },
	{ "a; name=cafe; name*0=x", "x" },
	{ "a; name*0*=utf-8''%E2%82; name*1*=%AC", "\xe2\x82\xac" },
	/* broken */
	{ "a; name*=caf%C3%A9", "caf\xc3\xa9" },
	{ "a; name*='caf%C3%A9", "'caf\xc3\xa9" },
	{ "a; name*=utf-8'caf%C3%A9", "utf-8'caf\xc3\xa9" },
	{ "a; name*=utf-8''", "" },
	{ "a; name*=x''100%; ", "100%" },
	{ "a; name*=utf-8''a%0D%0Ab%00", "a  b " },
	{ "a; name*0=\"=?utf-8?Q?caf\"; name*1=\"=C3=A9?=\"",
	    "caf\xc3\xa9" },
	{ "a; name*0=utf-8''a; name*1*=%C3%A9", "utf-8''a\xc3\xa9" },
	{ "a; name*1=b", NULL },
	{ "a; name*00x=b; names=c; nam=d", NULL },
	{ "a; name*4294967296=b", NULL },
	{ "a", NULL },
};

START_TEST(value_decoded_to_utf8)
{
	struct param_list l = { 0 };
	struct buf out = { 0 };
	bool found;

	param_list_parse(&l, span_str(decodes[_i].in));
	found = param_decode(&l, "name", &out);
	ck_assert(found == (decodes[_i].want != NULL));
	ck_buf_eq(&out, found ? decodes[_i].want : "");
	param_list_clear(&l);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *unit;
	size_t times;
	size_t len;
} longs[] = {
	{ ";a=b", 1 << 18, PARAM_MAX },
	{ "(", 1 << 20, 0 },
	{ ";\"(", 1 << 19, 0 },
	{ ";a=\"\\", PARAM_MAX, PARAM_MAX / 2 },
	{ " (a)", 1 << 18, 0 },
	{ ";", 1 << 20, 0 },
	{ "=", 1 << 20, 0 },
};

START_TEST(long_field_is_cut_and_linear)
{
	struct param_list l = { 0 };
	struct buf in = { 0 };

	for (size_t i = 0; i < longs[_i].times; i++)
		buf_adds(&in, longs[_i].unit);
	param_list_parse(&l, buf_span(&in));
	ck_assert_uint_eq(l.len, longs[_i].len);
	param_list_clear(&l);
	buf_free(&in);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, field_gives_value_and_parameters, fields);
	tcase_add_test(tc, first_of_a_name_is_found);
	LOOP(tc, value_decoded_to_utf8, decodes);
	LOOP(tc, long_field_is_cut_and_linear, longs);
}

int
main(void)
{
	return check_run("param", add);
}
