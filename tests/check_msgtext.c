/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mime_input.h"
#include "msgtext.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define MULTI(b) "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"
#define TYPE(t)	 "Content-Type: " t "\r\n"
#define CODED(e) "Content-Transfer-Encoding: " e "\r\n"

/* Texts are the folded ones. */
static const struct {
	const char *in, *headers, *body;
} messages[] = {
	{ "", "", "\n" },
	{ "Subject: Hi\r\n\r\nThere\r\n", "SUBJECT: HI\n", "THERE\r\n\n" },
	{ "A: b\n\nc", "A: B\n", "C\n" },
	/* Headers: encoded words, folds, 8-bit, and what is none. */
	{ "Subject: =?utf-8?q?=C3=A4?=\r\n =?utf-8?q?b?= c\r\n d\r\n\r\n",
	    "SUBJECT: A\xcc\x88" "B C D\n", "\n" },
	{ "Subject: \xe4\xc3\r\nno colon\r\nX: \xc3\xa4\r\n\r\n",
	    "SUBJECT: A\xcc\x88" "A\xcc\x83\nNO COLON\nX: A\xcc\x88\n", "\n" },
	/* Transfer encodings and charsets. */
	{ TYPE("text/html; charset=iso-8859-1") CODED("quoted-printable")
	    "\r\n<b>=E4=\r\nb</b>",
	    "CONTENT-TYPE: TEXT/HTML; CHARSET=ISO-8859-1\n"
	    "CONTENT-TRANSFER-ENCODING: QUOTED-PRINTABLE\n",
	    "<B>A\xcc\x88" "B</B>\n" },
	{ CODED("base64") "\r\nw6Ri\r\nYw==\r\n",
	    "CONTENT-TRANSFER-ENCODING: BASE64\n", "A\xcc\x88" "BC\n" },
	{ CODED("x-unknown") "\r\nw6Ri", "CONTENT-TRANSFER-ENCODING: "
	    "X-UNKNOWN\n", "W6RI\n" },
	{ TYPE("text/plain; charset=utf-16") CODED("base64") "\r\n/v8AYQDk\r\n",
	    "CONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-16\n"
	    "CONTENT-TRANSFER-ENCODING: BASE64\n", "AA\xcc\x88\n" },
	/* What is no text is not read. */
	{ TYPE("image/png") "\r\nx", "CONTENT-TYPE: IMAGE/PNG\n", "" },
	{ TYPE("message/delivery-status") "\r\na: b\r\n",
	    "CONTENT-TYPE: MESSAGE/DELIVERY-STATUS\n", "A: B\r\n\n" },
	{ TYPE("message/rfc822") CODED("base64") "\r\nQTogYg==\r\n",
	    "CONTENT-TYPE: MESSAGE/RFC822\nCONTENT-TRANSFER-ENCODING: BASE64\n",
	    "A: B\n" },
	{ TYPE("multipart/mixed") "\r\nx", "CONTENT-TYPE: MULTIPART/MIXED\n",
	    "X\n" },
	/* Part headers and messages inside are body. */
	{ MULTI("b") "pre\r\n--b\r\nP: 1\r\n\r\none\r\n--b\r\n"
	    TYPE("image/png; name=q") "\r\nx\r\n--b\r\n" TYPE("message/rfc822")
	    "\r\nSubject: s\r\n\r\ntwo\r\n--b--\r\nepi\r\n",
	    "CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=B\n",
	    "P: 1\nONE\nCONTENT-TYPE: IMAGE/PNG; NAME=Q\n"
	    "CONTENT-TYPE: MESSAGE/RFC822\nSUBJECT: S\nTWO\n" },
	/* File names that RFC 2231 hides. */
	{ MULTI("b") "--b\r\n"
	    "Content-Type: a/b; name*0*=utf-8''%C3%A4; name*1=b\r\n"
	    "Content-Disposition: inline; filename*=us-ascii''a%20b\r\n"
	    "X: name*=us-ascii''a\r\n--b--",
	    "CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=B\n",
	    "CONTENT-TYPE: A/B; NAME*0*=UTF-8''%C3%A4; NAME*1=B\n"
	    "A\xcc\x88" "B\n"
	    "CONTENT-DISPOSITION: INLINE; FILENAME*=US-ASCII''A%20B\nA B\n"
	    "X: NAME*=US-ASCII''A\n" },
};

static int
gather(void *arg, struct span folded)
{
	buf_add_span(arg, folded);
	return 0;
}

/* The text of in, read in runs of that many bytes. */
static struct buf
walked(struct span in, size_t chunk, unsigned what)
{
	struct mime_parser *p = mime_input(in, 0);
	struct mime_memory m = { .s = in, .chunk = chunk };
	struct msgsrc src = mime_memory_src(&m);
	struct buf out = { 0 };

	ck_assert_int_eq(msgtext_walk(mime_parser_tree(p), &src, what, gather,
			     &out), 0);
	mime_parser_free(p);
	free(m.run);
	return out;
}

START_TEST(folded_text)
{
	struct span in = span_str(messages[_i].in);

	for (size_t chunk = 1; chunk < 8; chunk++) {
		struct buf headers = walked(in, chunk, MSGTEXT_HEADERS);
		struct buf body = walked(in, chunk, MSGTEXT_BODY);
		struct buf both = walked(in, chunk,
		    MSGTEXT_HEADERS | MSGTEXT_BODY);

		ck_buf_eq(&headers, messages[_i].headers);
		ck_buf_eq(&body, messages[_i].body);
		buf_add_span(&headers, buf_span(&body));
		ck_assert(span_eq(buf_span(&headers), buf_span(&both)));
		buf_free(&headers);
		buf_free(&body);
		buf_free(&both);
	}
}
END_TEST

static void
check_file(const char *name, struct span in)
{
	unsigned all = MSGTEXT_HEADERS | MSGTEXT_BODY;
	struct buf want = walked(in, SIZE_MAX, all);

	for (size_t chunk = 1; chunk <= 1000; chunk *= 10) {
		struct buf got = walked(in, chunk, all);

		ck_assert_msg(span_eq(buf_span(&got), buf_span(&want)),
		    "%s differs in runs of %zu", name, chunk);
		buf_free(&got);
	}
	buf_free(&want);
}

START_TEST(runs_do_not_matter_to_real_mail)
{
	ck_assert_int_gt(mime_corpus("msgtext", check_file), 5);
	ck_assert_int_gt(mime_corpus("mime", check_file), 10);
}
END_TEST

/* Pieces are whole characters, and not large, however long the text. */
static int
check_piece(void *arg, struct span folded)
{
	size_t *total = arg;

	ck_assert_uint_le(folded.n, 1 << 17);
	ck_assert_uint_gt(folded.n, 0);
	ck_assert_int_ne((unsigned char)folded.p[0] & 0xc0, 0x80);
	*total += folded.n;
	return 0;
}

static const struct {
	const char *header, *text;
	size_t n; /* bytes in the walk for one text */
} long_texts[] = {
	{ "", "an ascii line\r\n", 15 },
	{ "", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10 },
	{ CODED("base64"), "w6TigqzwnZaB", 7 },
	{ CODED("quoted-printable"), "=C3=A4=\r\n", 3 },
	{ TYPE("text/plain; charset=iso-8859-1"), "\xe4", 3 },
	{ "X: ", "y\r\nX: ", 5 },
	{ "X: ", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n ", 41 },
};

START_TEST(long_text_comes_in_pieces)
{
	bool body = long_texts[_i].header[0] != 'X';
	struct buf in = { 0 };
	struct mime_parser *p;
	struct mime_memory m = { .chunk = 65520 };
	struct msgsrc src;
	size_t total = 0, n = 0;

	buf_adds(&in, long_texts[_i].header);
	if (body)
		buf_adds(&in, "\r\n");
	for (; in.len < 900000; n++)
		buf_adds(&in, long_texts[_i].text);
	m.s = buf_span(&in);
	src = mime_memory_src(&m);
	p = mime_input(m.s, 0);
	ck_assert_int_eq(msgtext_walk(mime_parser_tree(p), &src,
			     body ? MSGTEXT_BODY : MSGTEXT_HEADERS,
			     check_piece, &total), 0);
	ck_assert_uint_le(total, n * long_texts[_i].n + 8);
	ck_assert_uint_ge(total + 8, n * long_texts[_i].n);
	mime_parser_free(p);
	free(m.run);
	buf_free(&in);
}
END_TEST

static int
stop(void *arg, struct span folded)
{
	(void)folded;
	return --*(int *)arg == 0 ? 7 : 0;
}

START_TEST(stops_when_told_to)
{
	struct span in = SPAN_LIT(MULTI("b") "--b\r\n\r\n1\r\n--b\r\n\r\n2");
	struct mime_parser *p = mime_input(in, 0);
	struct mime_memory m = { .s = in, .chunk = 9 };
	struct msgsrc src = mime_memory_src(&m);
	int calls = _i + 1;

	ck_assert_int_eq(msgtext_walk(mime_parser_tree(p), &src,
			     MSGTEXT_HEADERS | MSGTEXT_BODY, stop, &calls), 7);
	ck_assert_int_eq(calls, 0);
	mime_parser_free(p);
	free(m.run);
}
END_TEST

/* The source fails at that call. */
struct broken {
	struct mime_memory memory;
	int calls;
};

static int
broken_at(void *arg, uint64_t off, struct span *out)
{
	struct broken *b = arg;

	return b->calls-- > 0 ? mime_memory_at(&b->memory, off, out) : -1;
}

START_TEST(unreadable_bytes_are_told)
{
	struct span in = SPAN_LIT("Subject: 1234567890\r\n\r\n1234567890");
	struct mime_parser *p = mime_input(in, 0);
	const struct mime_tree *t = mime_parser_tree(p);
	struct broken b = { { .s = in, .chunk = 4 }, _i };
	struct msgsrc src = { broken_at, &b, in.n };
	struct buf out = { 0 };

	ck_assert_int_eq(msgtext_walk(t, &src, MSGTEXT_BODY, gather, &out), -1);
	b.calls = _i;
	ck_assert_int_eq(msgtext_part(&out, t, 0, &src, 99), -1);
	b.calls = _i > 2 ? 2 : _i;
	ck_assert_int_eq(msgtext_decode_part(&out, t, 0, &src), -1);
	mime_parser_free(p);
	free(b.memory.run);
	buf_free(&out);
}
END_TEST

/* A tree that is not of these bytes. */
START_TEST(a_tree_beyond_the_source_is_told)
{
	struct mime_parser *p = mime_input(SPAN_LIT("A: b\r\n\r\nlong"), 0);
	struct mime_memory m = { .s = SPAN_LIT("A: b\r\n\r\nl"), .chunk = 4 };
	struct msgsrc src = mime_memory_src(&m);
	struct buf out = { 0 };

	ck_assert_int_eq(msgtext_walk(mime_parser_tree(p), &src, MSGTEXT_BODY,
			     gather, &out), -1);
	mime_parser_free(p);
	free(m.run);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	size_t max;
	const char *text, *bytes;
} parts[] = {
	{ "\r\nHello\r\n", 99, "Hello\r\n", "Hello\r\n" },
	{ "\r\nHello\r\n", 4, "Hell", "Hello\r\n" },
	{ "\r\nHello\r\n", 0, "", "Hello\r\n" },
	{ "", 99, "", "" },
	{ TYPE("text/plain; charset=iso-8859-1") CODED("quoted-printable")
	    "\r\na=E4=E4", 99, "a\xc3\xa4\xc3\xa4", "a\xe4\xe4" },
	{ TYPE("text/plain; charset=iso-8859-1") CODED("quoted-printable")
	    "\r\na=E4=E4", 4, "a\xc3\xa4", "a\xe4\xe4" },
	{ CODED("base64") "\r\nw6Ri\r\nYw==\r\n", 99, "\xc3\xa4" "bc",
	    "\xc3\xa4" "bc" },
	{ CODED("base64") "\r\nw6Ri\r\nYw==\r\n", 1, "", "\xc3\xa4" "bc" },
	{ CODED("quoted-printable") "\r\na=\r\nb  ", 99, "ab", "ab" },
};

START_TEST(one_part)
{
	struct span in = span_str(parts[_i].in);
	struct mime_parser *p = mime_input(in, 0);

	for (size_t chunk = 1; chunk < 8; chunk++) {
		struct mime_memory m = { .s = in, .chunk = chunk };
		struct msgsrc src = mime_memory_src(&m);
		struct buf text = { 0 }, bytes = { 0 };

		ck_assert_int_eq(msgtext_part(&text, mime_parser_tree(p), 0,
				     &src, parts[_i].max), 0);
		ck_buf_eq(&text, parts[_i].text);
		ck_assert_int_eq(msgtext_decode_part(&bytes,
				     mime_parser_tree(p), 0, &src), 0);
		ck_buf_eq(&bytes, parts[_i].bytes);
		free(m.run);
		buf_free(&text);
		buf_free(&bytes);
	}
	mime_parser_free(p);
}
END_TEST

#define GRUESSE "GRU\xcc\x88\xc3\x9f" "E"
#define SUED	"SU\xcc\x88" "DEN"

/* Through walk and matcher, as SEARCH does. */
static const struct {
	const char *needle;
	unsigned what;
	int found;
} searches[] = {
	{ GRUESSE " AUS DEM " SUED, MSGTEXT_HEADERS, 1 },
	{ GRUESSE " AUS DEM " SUED, MSGTEXT_BODY, 0 },
	{ "SCHO\xcc\x88NE " GRUESSE ", UND", MSGTEXT_BODY, 1 },
	{ "IN ZWEI STU\xcc\x88" "CKE GETEILT", MSGTEXT_BODY, 1 },
	{ "<HTML><BODY>SCHO\xcc\x88NE", MSGTEXT_BODY, 1 },
	{ "CHARSET=\"UTF-8\"", MSGTEXT_BODY, 1 },
	{ "CHARSET=\"UTF-8\"", MSGTEXT_HEADERS, 0 },
	{ "MULTI-PART MESSAGE", MSGTEXT_BODY, 0 },
	{ "MIME-VERSION: 1.0CONTENT", MSGTEXT_HEADERS, 0 },
};

static int found;

static void
search_file(const char *name, struct span in)
{
	struct mime_parser *p = mime_input(in, 0);
	struct mime_memory m = { .s = in, .chunk = 10 };
	struct msgsrc src = mime_memory_src(&m);
	struct msgtext_match *match =
	    msgtext_match_new(span_str(searches[found].needle));

	if (strcmp(name, "alternative.eml") == 0)
		ck_assert_int_eq(msgtext_walk(mime_parser_tree(p), &src,
				     searches[found].what, msgtext_match_feed,
				     match), searches[found].found);
	msgtext_match_free(match);
	mime_parser_free(p);
	free(m.run);
}

START_TEST(search)
{
	found = _i;
	ck_assert_int_gt(mime_corpus("msgtext", search_file), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, folded_text, 0, N(messages));
	tcase_add_test(tc, runs_do_not_matter_to_real_mail);
	tcase_add_loop_test(tc, long_text_comes_in_pieces, 0, N(long_texts));
	tcase_add_loop_test(tc, stops_when_told_to, 0, 4);
	tcase_add_loop_test(tc, unreadable_bytes_are_told, 0, 8);
	tcase_add_test(tc, a_tree_beyond_the_source_is_told);
	tcase_add_loop_test(tc, one_part, 0, N(parts));
	tcase_add_loop_test(tc, search, 0, N(searches));
}

int
main(void)
{
	return check_run("msgtext", add);
}
