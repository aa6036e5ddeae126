/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "words.h"

static const struct {
	const char *in;
	const char *want; /* the words, a | behind each; NULL: -1 */
} lines[] = {
	{ "", "" },
	{ " \t\r", "" },
	{ "list", "list|" },
	{ "  list -n\t5 \r", "list|-n|5|" },
	{ "a 'b c' d", "a|b c|d|" },
	{ "a \"b 'c\" d", "a|b 'c|d|" },
	{ "a'b'\"c\"d", "abcd|" },
	{ "'' \"\"", "||" },
	{ "a\\ b \\' \\# \\\\", "a b|'|#|\\|" },
	{ "\"\\\" \\\\ \\n\"", "\" \\ \\n|" },
	{ "'a\\'", "a\\|" },
	{ "a #b", "a|" },
	{ "# all of it", "" },
	{ "a#b", "a#b|" },
	{ "a\\", "a\\|" },
	{ "$HOME `id` *", "$HOME|`id`|*|" },
	{ "'a", NULL },
	{ "a \"b\\\"", NULL },
};

START_TEST(line_is_split_as_by_a_shell)
{
	struct buf out = { 0 }, err = { 0 };
	const char *want = lines[_i].want;
	struct words w;
	int ret;

	ret = words_split(&w, span_str(lines[_i].in), &err);
	ck_assert_int_eq(ret, want != NULL ? 0 : -1);
	ck_assert_int_eq(err.len > 0, want == NULL);
	for (int i = 0; i < w.n; i++)
		buf_addf(&out, "%s|", w.word[i]);
	ck_assert_str_eq(out.len > 0 ? out.data : "", want ? want : "");
	ck_assert(w.n == 0 || w.word[w.n] == NULL);
	words_clear(&w);
	buf_free(&out);
	buf_free(&err);
}
END_TEST

START_TEST(nul_is_no_word)
{
	struct buf err = { 0 };
	struct words w;

	ck_assert_int_eq(words_split(&w, SPAN_LIT("a b\0c"), &err), -1);
	ck_assert_int_eq(w.n, 0);
	buf_free(&err);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, line_is_split_as_by_a_shell, 0,
	    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tc, nul_is_no_word);
}

int
main(void)
{
	return check_run("words", add);
}
