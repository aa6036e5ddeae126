/* SPDX-License-Identifier: ISC */
#include "address.h"
#include "check.h"

#define FFFD "\xef\xbf\xbd"

/* An address is written name|route|mailbox|host, "-" for NULL; a group is
 * name{ … }. */
static const struct {
	const char *in;
	const char *want;
} lists[] = {
	{ "", "" },
	{ " ,, \r\n", "" },
	{ "(only a comment)", "" },
	/* RFC 5322 appendix A */
	{ "John Doe <jdoe@machine.example>",
	    "John Doe|-|jdoe|machine.example;" },
	{ "\"Joe Q. Public\" <john.q.public@example.com>",
	    "Joe Q. Public|-|john.q.public|example.com;" },
	{ "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
	    "Mary Smith|-|mary|x.test;-|-|jdoe|example.org;"
	    "Who?|-|one|y.test;" },
	{ "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
	    "-|-|boss|nil.test;"
	    "Giant; \"Big\" Box|-|sysservices|example.net;" },
	{ "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
	    "A Group{Ed Jones|-|c|a.test;-|-|joe|where.test;"
	    "John|-|jdoe|one.test;}" },
	{ "Undisclosed recipients:;", "Undisclosed recipients{}" },
	{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	    "Pete|-|pete|silly.test;" },
	{ "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public."
	  "example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> "
	  "(my dear friend); (the end of the group)",
	    "A Group{Chris Jones|-|c|public.example;-|-|joe|example.org;"
	    "John|-|jdoe|one.test;}" },
	{ "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
	    "Hidden recipients{}" },
	{ "Joe Q. Public <john.q.public@example.com>",
	    "Joe Q. Public|-|john.q.public|example.com;" },
	{ "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
	    "Mary Smith|@node.test|mary|example.net;-|-|jdoe|test.example;" },
	{ "<@a.test,@b.test:user@c.test>",
	    "-|@a.test,@b.test|user|c.test;" },
	{ "john . q . public @ example . com",
	    "-|-|john.q.public|example.com;" },
	/* names in comments */
	{ "joe@example.org (Joe Public)", "Joe Public|-|joe|example.org;" },
	{ "joe@example.org ( (nested \\( ) x )",
	    "(nested ( ) x|-|joe|example.org;" },
	{ "(Joe) <joe@example.org>", "Joe|-|joe|example.org;" },
	{ "<joe@example.org> (Joe)", "Joe|-|joe|example.org;" },
	{ "Name (c) <joe@example.org>", "Name|-|joe|example.org;" },
	{ "a@x.test (A), b@x.test", "A|-|a|x.test;-|-|b|x.test;" },
	/* quoting and literals */
	{ "\"\" <joe@example.org>", "-|-|joe|example.org;" },
	{ "\"joe public\"@example.org", "-|-|joe public|example.org;" },
	{ "<\"joe \\\"x\\\"@\"@example.org>", "-|-|joe \"x\"@|example.org;" },
	{ "joe@[192.0.2.1]", "-|-|joe|[192.0.2.1];" },
	{ "<joe@[IPv6:2001:db8::1]>", "-|-|joe|[IPv6:2001:db8::1];" },
	{ "\"Joe\" \"Public\" <joe@example.org>",
	    "Joe Public|-|joe|example.org;" },
	{ "\"Joe\"Public <joe@example.org>", "JoePublic|-|joe|example.org;" },
	{ "[list] Joe <joe@example.org>", "[list] Joe|-|joe|example.org;" },
	{ "=?utf-8?Q?J=C3=B6rg?= <j@example.org>",
	    "=?utf-8?Q?J=C3=B6rg?=|-|j|example.org;" },
	{ "\"=?utf-8?Q?a,b?=\" <j@example.org>",
	    "=?utf-8?Q?a,b?=|-|j|example.org;" },
	{ "J\xf6rg <j@example.org>", "J\xf6rg|-|j|example.org;" },
	{ "\x83" "e\x83X\x83g <j@example.org>",
	    "\x83" "e\x83X\x83g|-|j|example.org;" },
	/* broken, as mail is */
	{ "joe", "-|-|joe|;" },
	{ "joe public", "-|-|joe public|;" },
	{ "<joe>", "-|-|joe|;" },
	{ "Mail System <>", "Mail System|-||;" },
	{ "joe@example.org <joe@example.org>",
	    "joe@example.org|-|joe|example.org;" },
	{ "Joe Public joe@example.org", "Joe Public|-|joe|example.org;" },
	{ "joe@example.org Joe Public", "-|-|joe|example.org;" },
	{ "joe@example.org; jane@example.org",
	    "-|-|joe|example.org;-|-|jane|example.org;" },
	{ "<<joe@example.org>>", "-|-|joe|example.org;" },
	{ "<mailto:joe@example.org>", "-|-|mailto:joe|example.org;" },
	{ "<a@x.test> Bee <b@x.test>", "-|-|a|x.test;Bee|-|b|x.test;" },
	{ "A <a@x.test> (c) <b@x.test>", "A|-|a|x.test;-|-|b|x.test;" },
	{ "<a@x.test> b@x.test", "-|-|a|x.test;" },
	{ "A <a@x.test, B <b@x.test>", "A|-|a|x.test;B|-|b|x.test;" },
	{ "A <a@x.test", "A|-|a|x.test;" },
	{ "<@a.test>", "-|@a.test||;" },
	{ "<@a.test:>", "-|@a.test||;" },
	{ "a@b@c.test", "-|-|a|b@c.test;" },
	{ "<a@b@c.test>", "-|-|a|b@c.test;" },
	{ "@x.test", "-|-||x.test;" },
	{ "a@", "-|-|a|;" },
	{ "\"Joe <joe@example.org>, b@x.test",
	    "Joe|-|joe|example.org;-|-|b|x.test;" },
	{ "Joe \"the <joe@example.org>", "Joe the|-|joe|example.org;" },
	{ "Joe (the <joe@example.org>", "Joe the|-|joe|example.org;" },
	{ "joe@[192.0.2.1, b@x.test", "-|-|joe|[192.0.2.1;-|-|b|x.test;" },
	{ "Group: a@x.test, b@x.test", "Group{-|-|a|x.test;-|-|b|x.test;}" },
	{ "Group: a@x.test; b@x.test", "Group{-|-|a|x.test;}-|-|b|x.test;" },
	{ "A: B: c@x.test;", "A{B:|-|c|x.test;}" },
	{ "Group: <a@x.test; b@x.test", "Group{-|-|a|x.test;}-|-|b|x.test;" },
	{ ";;", "" },
	{ ">)\\", "-|-|\\|;" },
	{ "a\\,b <c@x.test>", "a,b|-|c|x.test;" },
	{ "Joe\r\n\t<joe\r\n @example.org>", "Joe|-|joe|example.org;" },
};

static void
show_string(struct buf *out, const char *s, char end)
{
	buf_adds(out, s != NULL ? s : "-");
	buf_addc(out, end);
}

static void
show(struct buf *out, const struct address_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct address *a = &l->addr[i];

		switch (a->kind) {
		case ADDRESS_GROUP_START:
			ck_assert(a->host == NULL);
			show_string(out, a->mailbox, '{');
			break;
		case ADDRESS_GROUP_END:
			buf_addc(out, '}');
			break;
		case ADDRESS_MAILBOX:
			show_string(out, a->name, '|');
			show_string(out, a->route, '|');
			show_string(out, a->mailbox, '|');
			show_string(out, a->host, ';');
			break;
		}
	}
}

START_TEST(list_gives_what_can_be_told)
{
	struct address_list l = { 0 };
	struct buf out = { 0 };

	ck_assert(address_list_parse(&l, span_str(lists[_i].in)));
	show(&out, &l);
	ck_buf_eq(&out, lists[_i].want);
	address_list_clear(&l);
	ck_assert_ptr_null(l.addr);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	const char *want;
} formats[] = {
	{ "joe@example.org", "joe@example.org" },
	{ "Joe Public <joe@example.org>", "Joe Public <joe@example.org>" },
	{ "Joe Q. Public <joe@example.org>",
	    "Joe Q. Public <joe@example.org>" },
	{ "\"Public, Joe\" <joe@example.org>",
	    "\"Public, Joe\" <joe@example.org>" },
	{ "=?utf-8?Q?J=C3=B6rg_=22M=22?= <j@example.org>",
	    "\"J\xc3\xb6rg \\\"M\\\"\" <j@example.org>" },
	{ "J\xf6rg <j\xf6@\xf6>", "J\xc3\xb6rg <j" FFFD "@" FFFD ">" },
	{ "\"joe public\"@[192.0.2.1]", "\"joe public\"@[192.0.2.1]" },
	{ "joe", "joe" },
	{ "Mail System <>", "Mail System <\"\">" },
	{ "A Group: joe@example.org;", "A Group:joe@example.org;" },
};

START_TEST(formatted_for_people)
{
	struct address_list l = { 0 };
	struct buf out = { 0 };

	address_list_parse(&l, span_str(formats[_i].in));
	for (size_t i = 0; i < l.len; i++)
		address_format(&out, &l.addr[i]);
	ck_buf_eq(&out, formats[_i].want);
	address_list_clear(&l);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *unit;
	size_t times;
	size_t len;
	bool all;
} longs[] = {
	{ "a@x.test,", ADDRESS_MAX, ADDRESS_MAX, true },
	{ "a@x.test,", ADDRESS_MAX + 1, ADDRESS_MAX, false },
	{ "g:;", ADDRESS_MAX / 2, ADDRESS_MAX, true },
	{ "g:;", ADDRESS_MAX, ADDRESS_MAX, false },
	{ "g:a@b;", ADDRESS_MAX, ADDRESS_MAX, false },
	/* Each of these costs a quadratic parser minutes. */
	{ "(", 1 << 20, 0, true },
	{ "\"\\", 1 << 19, 1, true },
	{ "[\\", 1 << 19, 1, true },
	{ "(a)", 1 << 18, 0, true },
	{ "a ", 1 << 19, 1, true },
	{ "@", 1 << 20, 1, true },
	{ "<", 1 << 20, 1, true },
	{ "a.", 1 << 19, 1, true },
};

START_TEST(long_list_is_cut_and_linear)
{
	struct address_list l = { 0 };
	struct buf in = { 0 };
	size_t open = 0;

	for (size_t i = 0; i < longs[_i].times; i++)
		buf_adds(&in, longs[_i].unit);
	ck_assert(address_list_parse(&l, buf_span(&in)) == longs[_i].all);
	ck_assert_uint_eq(l.len, longs[_i].len);
	for (size_t i = 0; i < l.len; i++) {
		open += l.addr[i].kind == ADDRESS_GROUP_START;
		open -= l.addr[i].kind == ADDRESS_GROUP_END;
	}
	ck_assert_uint_eq(open, 0);
	address_list_clear(&l);
	buf_free(&in);
}
END_TEST

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in;
	bool utf8;
	const char *local; /* NULL: refused */
	const char *domain;
} singles[] = {
	{ "joe@example.org", false, "joe", "example.org" },
	{ "a.b+c=d/e@x", false, "a.b+c=d/e", "x" },
	{ "\"joe public\"@example.org", false, "\"joe public\"",
	    "example.org" },
	{ "\"a\\\"@b\"@x.test", false, "\"a\\\"@b\"", "x.test" },
	{ "\"\"@x.test", false, "\"\"", "x.test" },
	{ "joe@[192.0.2.1]", false, "joe", "[192.0.2.1]" },
	{ "joe@[IPv6:2001:db8::1]", false, "joe", "[IPv6:2001:db8::1]" },
	{ "joe@xn--bcher-kva.example", false, "joe", "xn--bcher-kva.example" },
	{ "j\xc3\xb6rg@b\xc3\xbc" "cher.example", true, "j\xc3\xb6rg",
	    "b\xc3\xbc" "cher.example" },
	{ "j\xc3\xb6rg@example.org", false, NULL, NULL },
	{ "j\xf6rg@example.org", true, NULL, NULL },
	{ "\"j\xc3\xb6 rg\"@example.org", true, "\"j\xc3\xb6 rg\"",
	    "example.org" },
	{ A64 "@x.test", false, A64, "x.test" },
	{ A64 "a@x.test", false, NULL, NULL },
	{ "a@" A64 ".test", false, NULL, NULL },
	{ "", false, NULL, NULL },
	{ "joe", false, NULL, NULL },
	{ "joe@", false, NULL, NULL },
	{ "@x.test", false, NULL, NULL },
	{ ".joe@x.test", false, NULL, NULL },
	{ "joe.@x.test", false, NULL, NULL },
	{ "j..oe@x.test", false, NULL, NULL },
	{ "j oe@x.test", false, NULL, NULL },
	{ "joe @x.test", false, NULL, NULL },
	{ "joe@x@y.test", false, NULL, NULL },
	{ "joe@x..test", false, NULL, NULL },
	{ "joe@.test", false, NULL, NULL },
	{ "joe@x.test.", false, NULL, NULL },
	{ "joe@-x.test", false, NULL, NULL },
	{ "joe@x-.test", false, NULL, NULL },
	{ "joe@x_y.test", false, NULL, NULL },
	{ "joe@x.test ", false, NULL, NULL },
	{ "joe@[192.0.2]", false, NULL, NULL },
	{ "joe@[192.0.2.1", false, NULL, NULL },
	{ "joe@[2001:db8::1]", false, NULL, NULL },
	{ "joe@[IPv6:x]", false, NULL, NULL },
	{ "joe@[]", false, NULL, NULL },
	{ "\"joe@x.test", false, NULL, NULL },
	{ "\"joe\"x@x.test", false, NULL, NULL },
	{ "\"j\noe\"@x.test", false, NULL, NULL },
	{ "joe(c)@x.test", false, NULL, NULL },
	{ "<joe@x.test>", false, NULL, NULL },
};

START_TEST(single_address_is_strict)
{
	struct mailbox_addr a = { 0 };
	int ret = mailbox_addr_parse(span_str(singles[_i].in), singles[_i].utf8,
	    &a);

	ck_assert_int_eq(ret, singles[_i].local != NULL ? 0 : -1);
	ck_span_eq(a.local, ret == 0 ? singles[_i].local : "");
	ck_span_eq(a.domain, ret == 0 ? singles[_i].domain : "");
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, list_gives_what_can_be_told, lists);
	LOOP(tc, formatted_for_people, formats);
	LOOP(tc, long_list_is_cut_and_linear, longs);
	LOOP(tc, single_address_is_strict, singles);
}

int
main(void)
{
	return check_run("address", add);
}
