/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "charset.h"
#include "mime_input.h"
#include "preview.h"

#define MULTI "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define HTML  "Content-Type: text/html\r\n\r\n"

static const struct {
	const char *in, *want;
} messages[] = {
	{ "", "" },
	{ "Subject: s\r\n\r\nOne  two\r\n\tthree\r\n", "One two three" },
	{ "A: b\n\nbare\nLF", "bare LF" },
	{ "A: b\r\n\r\n> quoted\r\nown\r\n-- \r\nsignature", "own" },
	{ "Content-Type: image/png\r\n\r\nx", "" },
	{ "Content-Type: text/plain\r\nContent-Disposition: ATTACHMENT\r\n"
	  "\r\nx",
	    "" },
	/* The first plain text goes before HTML, an attachment counts not. */
	{ MULTI "--b\r\n" HTML "<p>rich\r\n--b\r\n\r\nplain\r\n--b--",
	    "plain" },
	{ MULTI "--b\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\n"
		"\r\nyes\r\n--b--",
	    "yes" },
	{ "Content-Transfer-Encoding: base64\r\n\r\nw6Ri\r\nYw==", "\xc3\xa4"
								   "bc" },
	/* HTML */
	{ HTML "<style>p { x }</style><p>a</p><p>b<b>c</b></p>", "a bc" },
	{ HTML "<SCRIPT>if (a </b) x</script >t", "t" },
	{ HTML "a<!-- > -->b&lt;&#65;&#x42;&nbsp;&bogus;&", "a b<AB &bogus;&" },
	{ HTML "&#0;&#xd800;&#99999999;&#;", "&#0;&#xd800;&#99999999;&#;" },
	{ HTML "<!-- never closed", "" },
	{ HTML "<style>never closed", "" },
	{ HTML "tag <b", "tag" },
};

/* Of the message, and of every beginning of it. */
static void
make(struct buf *out, const struct mime_tree *t, struct span in)
{
	struct mime_memory m = { .s = in, .chunk = 5 };
	struct msgsrc src = mime_memory_src(&m);

	preview_make(out, t, &src);
	free(m.run);
}

START_TEST(preview_is_made)
{
	struct span in = span_str(messages[_i].in);
	struct mime_parser *p = mime_input(in, 0);
	const struct mime_tree *t = mime_parser_tree(p);
	struct buf out = { 0 };

	make(&out, t, in);
	ck_buf_eq(&out, messages[_i].want);
	for (size_t n = 0; n < in.n; n++) {
		buf_clear(&out);
		make(&out, t, span_sub(in, 0, n));
		ck_assert(utf8_valid(buf_span(&out)));
	}
	buf_free(&out);
	mime_parser_free(p);
}
END_TEST

static const struct {
	const char *in, *want;
	size_t max;
} cuts[] = {
	{ "abc def", "abc", 3 },
	{ "abc def", "abc", 4 },
	{ "abc def", "abc d", 5 },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x",
	    "\xc3\xa4\xe2\x82\xac"
	    "\xf0\x9f\x98\x80",
	    3 },
	{ "a\xc2\xa0\xe2\x80\x8b\x01"
	  "b",
	    "a b", 9 },
	{ "a", "", 0 },
};

START_TEST(characters_are_counted)
{
	struct span in = span_str(cuts[_i].in);
	struct buf out = { 0 };

	preview_plain(&out, in, cuts[_i].max);
	ck_buf_eq(&out, cuts[_i].want);
	buf_clear(&out);
	preview_html(&out, in, cuts[_i].max);
	ck_buf_eq(&out, cuts[_i].want);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(
	    tc, preview_is_made, 0, sizeof(messages) / sizeof(messages[0]));
	tcase_add_loop_test(
	    tc, characters_are_counted, 0, sizeof(cuts) / sizeof(cuts[0]));
}

int
main(void)
{
	return check_run("preview", add);
}
