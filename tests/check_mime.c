/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mime_input.h"

#define MULTI(b) "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"
#define MSG	 "Content-Type: message/rfc822\r\n\r\n"

/*
 * The tree as text: a leaf is its lines and (body), a message its lines and
 * [child], a multipart {children}.  In a body, CRLF is | and LF is /.
 */
static const struct {
	const char *in, *want;
} messages[] = {
	{ "", "0()" },
	{ "\r\n", "0()" },
	{ "Subject: x", "0()" },
	{ "Subject: x\r\n", "0()" },
	{ "Subject: x\r\n\r\n", "0()" },
	{ "Subject: x\r\n\r\none\r\ntwo\r\n", "2(one|two|)" },
	{ "Subject: x\n\none\ntwo", "2(one/two)" },
	{ "a\r\n \r\nb\r\n\r\nbody\r\n", "1(body|)" },
	{ "\r\nbody: \r\n\r\n", "2(body: ||)" },
	{ "no colon\nat all\n\nbody", "1(body)" },

	/* The line end before a delimiter belongs to it. */
	{ MULTI("b") "--b\r\n\r\none\r\ntwo\r\n--b--\r\n", "{2(one|two)}" },
	{ MULTI("b") "--b\r\n\r\none\r\n\r\n--b--\r\n", "{1(one|)}" },
	{ MULTI("b") "--b\r\n\r\n\r\n\r\n--b--", "{1(|)}" },
	{ MULTI("b") "--b\r\n\r\n\r\n--b--\r\n", "{0()}" },
	{ MULTI("b") "--b\r\n\r\n--b--\r\n", "{0()}" },
	{ MULTI("b") "--b\r\n--b\r\n--b--", "{0()0()}" },
	{ MULTI("b") "--b\n\none\n--b\r\n\r\ntwo\r\n--b--\n",
	    "{1(one)1(two)}" },
	/* A part that is only a header. */
	{ MULTI("b") "--b\r\nSubject: x\r\n--b\r\n\r\n1\r\n--b--",
	    "{0()1(1)}" },
	{ MULTI("b") "--b\r\n" MSG "Subject: x\r\n--b--", "{1[0()]}" },
	{ MULTI("b") "--b\r\n" MSG "Subject: x\r\n\r\n--b--", "{2[0()]}" },
	{ MULTI("b") "--b\r\n" MSG "Subject: x\r\n\r\n\r\n--b--", "{2[0()]}" },
	{ MULTI("b") "--b\r\n" MSG "--b--", "{0[0()]}" },
	{ MULTI("b") "--b\r\nContent-Type: message/rfc822\r\n--b--",
	    "{0[0()]}" },
	{ "Content-Type: message/rfc822", "0[0()]" },

	/* Preamble and epilogue are no parts. */
	{ MULTI("b") "pre\r\n--b\r\n\r\n1\r\n--b--\r\nepi\r\n--b\r\n\r\n"
	    "2\r\n", "{1(1)}" },
	/* The end is missing, at one level or at all. */
	{ MULTI("b") "--b\r\n\r\none\r\n", "{1(one|)}" },
	{ MULTI("b") "--b\r\n" MULTI("c") "--c\r\n\r\n1\r\n--b\r\n\r\n2\r\n"
	    "--b--\r\n", "{{1(1)}1(2)}" },
	{ MULTI("b") "--b\r\n" MULTI("c") "--c\r\n\r\n1\r\n--c--\r\n",
	    "{{1(1)}}" },
	{ MULTI("b") "--b", "{0()}" },
	{ MULTI("b") "--b\r\n\r\nx\r\n--b-", "{2(x|--b-)}" },
	/* Empty, and what only says it is a multipart. */
	{ MULTI("b") "--b--\r\n", "{}" },
	{ MULTI("b") "text\r\n", "1(text|)" },
	{ MULTI("b"), "0()" },
	{ "Content-Type: multipart/mixed\r\n\r\n--\r\nx", "2(--|x)" },
	{ MULTI("\"\"") "--\r\n\r\nx\r\n----\r\n", "4(--||x|----|)" },
	{ MULTI("\"  \"") "--\r\nx\r\n", "2(--|x|)" },

	/* Delimiter lines are compared as a whole, but for space behind. */
	{ MULTI("b") "--b \t \r\n\r\n1\r\n--b--  \r\n", "{1(1)}" },
	{ MULTI("\"b \"") "--b\r\n\r\n1\r\n--b --\r\n--b--\r\n",
	    "{2(1|--b --)}" },
	{ MULTI("b") "--b\r\n\r\n--bb\r\n --b\r\n-b\r\n--b x\r\n--b--x\r\n"
	    "--b--\r\n", "{5(--bb| --b|-b|--b x|--b--x)}" },
	{ MULTI("a") "--a\r\n" MULTI("ab") "--ab\r\n\r\n1\r\n--abc\r\n"
	    "--ab--\r\n--a\r\n\r\n2\r\n--a--\r\n",
	    "{{2(1|--abc)}1(2)}" },
	{ MULTI("ab") "--ab\r\n" MULTI("a") "--a\r\n\r\n1\r\n--a--\r\n"
	    "--ab\r\n\r\n2\r\n--ab--\r\n", "{{1(1)}1(2)}" },
	{ MULTI("b--") "--b--\r\n\r\n1\r\n--b----\r\n", "{1(1)}" },
	{ MULTI("b") "--B\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n", "{1(2)}" },
	/* Of two with the same boundary the inner one is meant. */
	{ MULTI("b") "--b\r\n" MULTI("b") "--b\r\n\r\n1\r\n--b--\r\n"
	    "--b\r\n\r\n2\r\n--b--\r\n", "{{1(1)}1(2)}" },
	/* Not in the message's own header, yet in that of a part. */
	{ "Content-Type: multipart/mixed;\r\n boundary=b\r\n--b\r\n\r\n"
	    "--b\r\n\r\n1", "{1(1)}" },
	{ MULTI("'()+_,-./:=?") "x", "1(x)" },
	{ MULTI("\"'()+_,-./:=? x\"") "--'()+_,-./:=? x\r\n\r\n1",
	    "{1(1)}" },

	{ MSG "Subject: x\r\n\r\none\r\n", "3[1(one|)]" },
	{ MSG "Subject: x\r\n\r\none", "3[1(one)]" },
	{ MSG MULTI("b") "--b\r\n\r\n1\r\n--b--", "6[{1(1)}]" },
	{ "Content-Type: message/global\r\n\r\n" MSG "\r\n1\r\n",
	    "4[2[1(1|)]]" },
	{ "Content-Type: message/delivery-status\r\n\r\nA: b\r\n", "1(A: b|)" },
	{ "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: BASE64"
	    "\r\n\r\nU3ViamVjdDogeA==\r\n", "1(U3ViamVjdDogeA==|)" },
	{ "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n"
	    "\r\n\r\n1\r\n", "2[1(1|)]" },
	{ "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"
	    "A: b\r\n\r\n1\r\n--b\r\nContent-Type: text/plain\r\n\r\n2\r\n"
	    "--b--\r\n",
	    "{3[1(1)]1(2)}" },
	/* What is encoded, they say, is read all the same. */
	{ "Content-Transfer-Encoding: base64\r\n" MULTI("b") "--b\r\n\r\n1",
	    "{1(1)}" },
	{ "Content-Type: garbage\r\n\r\n1", "1(1)" },
	{ "Content-Type: text/plain\r\n" MULTI("b") "--b\r\n\r\n1",
	    "3(--b||1)" },
};

static void
show_body(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool crlf = s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';

		if (!crlf && s.p[i] != '\n')
			buf_addc(out, s.p[i]);
		else if (s.p[i] == '\n')
			buf_addc(out, i > 0 && s.p[i - 1] == '\r' ? '|' : '/');
	}
}

static void
show(struct buf *out, const struct mime_tree *t, uint32_t i, struct span s)
{
	const struct mime_part *p = &t->part[i];
	static const char *const brackets[] = {
		[MIME_LEAF] = "()",
		[MIME_MULTIPART] = "{}",
		[MIME_MESSAGE] = "[]",
	};

	if (p->kind != MIME_MULTIPART)
		buf_addf(out, "%d", (int)p->lines);
	buf_addc(out, brackets[p->kind][0]);
	if (p->kind == MIME_LEAF)
		show_body(out, span_sub(s, p->body_off, p->body_len));
	for (i = p->first_child; i != MIME_NONE; i = t->part[i].next)
		show(out, t, i, s);
	buf_addc(out, brackets[p->kind][1]);
}

START_TEST(structure)
{
	struct span in = span_str(messages[_i].in);
	struct mime_parser *p = mime_input(in, 0);
	struct buf got = { 0 };

	show(&got, mime_parser_tree(p), 0, in);
	ck_buf_eq(&got, messages[_i].want);
	buf_free(&got);
	mime_parser_free(p);
}
END_TEST

/* Fed in any chunks, the tree and the headers are the same; and so is the tree
 * that was packed. */
static void
check_chunks(struct span in)
{
	struct mime_parser *want = mime_input(in, 0);
	const struct mime_tree *tree = mime_parser_tree(want);
	struct mime_tree unpacked = { 0 };
	struct buf packed = { 0 };

	for (size_t chunk = 1; chunk <= 7; chunk += 2) {
		struct mime_parser *p = mime_input(in, chunk);

		ck_assert(mime_tree_eq(mime_parser_tree(p), tree));
		for (uint32_t i = 0; i < tree->len; i++)
			ck_assert(span_eq(mime_parser_header(p, i),
			    mime_parser_header(want, i)));
		mime_parser_free(p);
	}
	mime_tree_pack(&packed, tree);
	ck_assert_int_eq(mime_tree_unpack(&unpacked, buf_span(&packed)), 0);
	ck_assert(mime_tree_eq(&unpacked, tree));
	mime_tree_clear(&unpacked);
	buf_free(&packed);
	mime_parser_free(want);
}

START_TEST(chunks_do_not_matter)
{
	check_chunks(span_str(messages[_i].in));
}
END_TEST

static void
check_file(const char *name, struct span in)
{
	(void)name;
	check_chunks(in);
}

START_TEST(chunks_do_not_matter_to_real_mail)
{
	ck_assert_int_gt(mime_corpus("mime", check_file), 10);
}
END_TEST

static const char nested[] =
    "A: 1\r\n" MULTI("b")
    "--b\r\nB: 2\r\n\r\none\r\n"
    "--b\r\n" MSG "C: 3\r\n" MULTI("c")
    "--c\r\nD: 4\r\n\r\ntwo\r\n--c--\r\n"
    "--b--\r\n";

START_TEST(offsets_and_headers)
{
	struct span in = span_str(nested);
	struct mime_parser *p = mime_input(in, 0);
	const struct mime_tree *t = mime_parser_tree(p);
	static const char *const header[] = {
		"A: 1\r\n" MULTI("b"), "B: 2\r\n\r\n", MSG,
		"C: 3\r\n" MULTI("c"), "D: 4\r\n\r\n",
	};

	ck_assert_uint_eq(t->len, 5);
	for (uint32_t i = 0; i < 5; i++) {
		const struct mime_part *part = &t->part[i];

		ck_span_eq(mime_parser_header(p, i), header[i]);
		ck_span_eq(span_sub(in, part->header_off, part->header_len),
		    header[i]);
		ck_assert_uint_eq(part->body_off,
		    part->header_off + part->header_len);
	}
	ck_assert_uint_eq(t->part[4].parent, 3);
	ck_assert_uint_eq(t->part[2].parent, 0);
	ck_assert_uint_eq(t->part[0].parent, MIME_NONE);
	ck_span_eq(span_sub(in, t->part[3].body_off, t->part[3].body_len),
	    "--c\r\nD: 4\r\n\r\ntwo\r\n--c--");
	mime_parser_free(p);
}
END_TEST

static const struct {
	const char *in;
	uint32_t nums[4];
	size_t n;
	uint32_t want;
} sections[] = {
	{ nested, { 0 }, 0, 0 },
	{ nested, { 1 }, 1, 1 },
	{ nested, { 2 }, 1, 2 },
	{ nested, { 3 }, 1, MIME_NONE },
	{ nested, { 0 }, 1, MIME_NONE },
	{ nested, { UINT32_MAX }, 1, MIME_NONE },
	{ nested, { 1, 1 }, 2, MIME_NONE },
	{ nested, { 2, 1 }, 2, 4 },
	{ nested, { 2, 2 }, 2, MIME_NONE },
	{ nested, { 2, 1, 1 }, 3, MIME_NONE },
	{ "\r\nplain", { 1 }, 1, 0 },
	{ "\r\nplain", { 2 }, 1, MIME_NONE },
	{ "\r\nplain", { 1, 1 }, 2, MIME_NONE },
	{ MSG "\r\nplain", { 1 }, 1, 0 },
	{ MSG "\r\nplain", { 1, 1 }, 2, 1 },
	{ MSG "\r\nplain", { 1, 2 }, 2, MIME_NONE },
	{ MSG "\r\nplain", { 1, 1, 1 }, 3, MIME_NONE },
	{ MSG MSG "\r\nplain", { 1, 1, 1 }, 3, 2 },
	{ MULTI("b") "--b--\r\n", { 1 }, 1, MIME_NONE },
};

START_TEST(section_numbers)
{
	struct mime_parser *p = mime_input(span_str(sections[_i].in), 0);

	ck_assert_uint_eq(mime_find(mime_parser_tree(p), sections[_i].nums,
			      sections[_i].n), sections[_i].want);
	mime_parser_free(p);
}
END_TEST

static const struct {
	const char *in, *want;
} types[] = {
	{ "", "text/plain" },
	{ "Content-Type: TEXT/Html; Charset=\"utf-8\"\r\n",
	    "text/html charset=utf-8" },
	{ "content-type:image/png", "image/png" },
	{ "Content-Type: text\r\n", "text/plain" },
	{ "Content-Type: /html; a=b\r\n", "text/plain" },
	{ "Content-Type: text/\r\n", "text/plain" },
	{ "Content-Type: a/b/c\r\n", "text/plain" },
	{ "Content-Type: a/\xc3\xa4\r\n", "text/plain" },
	{ "Content-Type:\r\n", "text/plain" },
	{ "Content-Type: ; charset=utf-8\r\n", "text/plain" },
	{ "Content-Type: \"text/html\"\r\n", "text/plain" },
};

START_TEST(content_type)
{
	struct param_list l = { 0 };
	struct buf got = { 0 };

	mime_content_type(span_str(types[_i].in), &l);
	buf_adds(&got, l.value);
	for (size_t i = 0; i < l.len; i++)
		buf_addf(&got, " %s=%s", l.param[i].name, l.param[i].value);
	ck_buf_eq(&got, types[_i].want);
	param_list_clear(&l);
	buf_free(&got);
}
END_TEST

static const struct {
	const char *in, *name;
	enum mime_encoding want;
} encodings[] = {
	{ "", "7bit", MIME_ENC_IDENTITY },
	{ "Content-Transfer-Encoding:\r\n", "7bit", MIME_ENC_IDENTITY },
	{ "Content-Transfer-Encoding: 8Bit\r\n", "8bit", MIME_ENC_IDENTITY },
	{ "Content-Transfer-Encoding: binary\r\n", "binary",
	    MIME_ENC_IDENTITY },
	{ "CONTENT-TRANSFER-ENCODING: Base64 (c)\r\n", "base64",
	    MIME_ENC_BASE64 },
	{ "Content-Transfer-Encoding: Quoted-Printable;x\r\n",
	    "quoted-printable", MIME_ENC_QP },
	{ "Content-Transfer-Encoding: x-uuencode\r\n", "x-uuencode",
	    MIME_ENC_UNKNOWN },
};

START_TEST(transfer_encoding)
{
	struct param_list l = { 0 };

	ck_assert_int_eq(mime_transfer_encoding(span_str(encodings[_i].in), &l),
	    encodings[_i].want);
	ck_assert_str_eq(l.value, encodings[_i].name);
	param_list_clear(&l);
}
END_TEST

static size_t
tree_depth(const struct mime_tree *t)
{
	size_t depth = 0;

	for (uint32_t i = 0; t->part[i].first_child != MIME_NONE;) {
		i = t->part[i].first_child;
		depth++;
	}
	return depth;
}

START_TEST(depth_is_capped)
{
	struct buf in = { 0 };
	struct mime_parser *p;
	const struct mime_tree *t;

	for (int i = 0; i < 200; i++) {
		if (_i == 0)
			buf_addf(&in, MULTI("%d") "--%d\r\n", i, i);
		else
			buf_adds(&in, MSG);
	}
	buf_adds(&in, "\r\ndeep\r\n");
	p = mime_input(buf_span(&in), 0);
	t = mime_parser_tree(p);
	ck_assert_uint_eq(t->len, MIME_DEPTH_MAX + 1);
	ck_assert_uint_eq(tree_depth(t), MIME_DEPTH_MAX);
	ck_assert_int_eq(t->part[MIME_DEPTH_MAX].kind, MIME_LEAF);
	ck_assert_uint_eq(t->part[MIME_DEPTH_MAX].body_off +
		t->part[MIME_DEPTH_MAX].body_len, in.len);
	mime_parser_free(p);
	check_chunks(buf_span(&in));
	buf_free(&in);
}
END_TEST

START_TEST(the_last_part_takes_all_the_rest)
{
	struct buf in = { 0 };
	struct mime_parser *p;
	const struct mime_part *last;

	buf_adds(&in, MULTI("b"));
	for (int i = 0; i < MIME_PARTS_MAX + 10; i++)
		buf_adds(&in, "--b\r\n\r\n");
	buf_adds(&in, "--b--\r\nend");
	p = mime_input(buf_span(&in), 0);
	ck_assert_uint_eq(mime_parser_tree(p)->len, MIME_PARTS_MAX);
	last = &mime_parser_tree(p)->part[MIME_PARTS_MAX - 1];
	ck_assert_uint_eq(last->body_off + last->body_len, in.len);
	ck_assert_uint_eq(last->body_len,
	    11 * strlen("--b\r\n\r\n") + strlen("--b--\r\nend"));
	mime_parser_free(p);
	check_chunks(buf_span(&in));
	buf_free(&in);
}
END_TEST

START_TEST(kept_headers_are_capped)
{
	struct buf in = { .max = (size_t)64 << 20 };
	struct mime_parser *p;
	size_t kept = 0;

	buf_adds(&in, MULTI("b"));
	for (int i = 0; i < 6; i++) {
		buf_adds(&in, "--b\r\nX: ");
		for (size_t n = 0; n < MIME_HEADER_MAX / 10; n++)
			buf_adds(&in, "0123456789\r\n ");
		buf_adds(&in, "\r\n\r\nbody\r\n");
	}
	p = mime_input(buf_span(&in), 65536);
	ck_assert_uint_eq(mime_parser_tree(p)->len, 7);
	for (uint32_t i = 0; i < 7; i++) {
		ck_assert_uint_le(mime_parser_header(p, i).n, MIME_HEADER_MAX);
		kept += mime_parser_header(p, i).n;
	}
	ck_assert_uint_eq(mime_parser_header(p, 1).n, MIME_HEADER_MAX);
	ck_assert_uint_eq(kept, (size_t)4 << 20);
	ck_assert_uint_eq(mime_parser_tree(p)->part[6].body_len, 6);
	mime_parser_free(p);
	buf_free(&in);
}
END_TEST

static const struct {
	size_t boundary;
	bool used;
} boundaries[] = {
	{ 1, true }, { 70, true }, { 1000, true }, { 1001, false },
};

START_TEST(length_of_boundary)
{
	size_t n = boundaries[_i].boundary;
	struct buf b = { 0 }, in = { 0 };
	struct mime_parser *p;

	while (b.len < n)
		buf_addc(&b, 'b');
	buf_addf(&in, MULTI("%s") "--%s%2000s\r\n\r\n1\r\n--%s--%2000s\r\n",
	    b.data, b.data, "", b.data, "");
	p = mime_input(buf_span(&in), 0);
	ck_assert_uint_eq(mime_parser_tree(p)->len,
	    boundaries[_i].used ? 2 : 1);
	mime_parser_free(p);
	check_chunks(buf_span(&in));
	buf_free(&in);
	buf_free(&b);
}
END_TEST

/* As when a client goes away in the middle. */
START_TEST(freed_before_the_end)
{
	struct mime_parser *p = mime_parser_new();

	mime_parser_feed(p, span_sub(span_str(nested), 0, 120));
	mime_parser_free(p);
	mime_parser_free(NULL);
}
END_TEST

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, structure, 0, N(messages));
	tcase_add_loop_test(tc, chunks_do_not_matter, 0, N(messages));
	tcase_add_test(tc, chunks_do_not_matter_to_real_mail);
	tcase_add_test(tc, offsets_and_headers);
	tcase_add_loop_test(tc, section_numbers, 0, N(sections));
	tcase_add_loop_test(tc, content_type, 0, N(types));
	tcase_add_loop_test(tc, transfer_encoding, 0, N(encodings));
	tcase_add_loop_test(tc, depth_is_capped, 0, 2);
	tcase_add_test(tc, the_last_part_takes_all_the_rest);
	tcase_add_test(tc, kept_headers_are_capped);
	tcase_add_test(tc, freed_before_the_end);
	tcase_add_loop_test(tc, length_of_boundary, 0, N(boundaries));
}

int
main(void)
{
	return check_run("mime", add);
}
