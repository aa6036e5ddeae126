/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "html.h"

static const struct {
	const char *in, *want;
} pages[] = {
	{ "", "" },
	{ "plain", "plain\n" },
	{ "a  b\n\tc", "a b c\n" },
	{ "<p>one</p><p>two</p>", "one\n\ntwo\n" },
	{ "one<br>two<BR/>three", "one\ntwo\nthree\n" },
	{ "<div>a</div><div>b</div>", "a\nb\n" },
	{ "<b>bold</b>ly", "boldly\n" },
	{ "a&amp;b &lt;c&gt; &quot;", "a&b <c> \"\n" },
	{ "&#228;&#xE4;&nbsp;x", "\xc3\xa4\xc3\xa4 x\n" },
	{ "&bogus; & &#; &#x110000; &#xd800; &#0;",
	    "&bogus; & &#; &#x110000; &#xd800; &#0;\n" },
	{ "<style>p { x }</style>a<script>if (a<b) </x></script>b", "ab\n" },
	{ "<script>never ends", "" },
	{ "a<!-- <p> -- > -->b<!-- open", "ab\n" },
	{ "a<b", "a\n" },
	{ "<", "" },
	{ "a > b", "a > b\n" },
	{ "<ul><li>x<li>y</ul>z", "- x\n- y\n\nz\n" },
	{ "<ol>\n<LI> x</li>\n</ol>", "- x\n" },
	{ "<title>for the tab</title><h1>a</h1>b", "a\n\nb\n" },
	{ "<table><tr><th>a<th>b<tr><td>c</td><td>d</td></tr></table>e",
	    "a b\nc d\ne\n" },
};

START_TEST(text_of_a_page)
{
	struct buf out = { 0 };

	html_to_text(&out, span_str(pages[_i].in));
	ck_buf_eq(&out, pages[_i].want);
	buf_free(&out);
}
END_TEST

START_TEST(nul_and_what_was_there_stay)
{
	struct buf out = { 0 };

	buf_adds(&out, "before ");
	html_to_text(&out, SPAN_LIT("<p>a\0<p>b"));
	ck_assert(span_eq(buf_span(&out), SPAN_LIT("before a\0\n\nb\n")));
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, text_of_a_page, 0,
	    sizeof(pages) / sizeof(pages[0]));
	tcase_add_test(tc, nul_and_what_was_there_stay);
}

int
main(void)
{
	return check_run("html", add);
}
