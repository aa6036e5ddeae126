/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "opt.h"

#define WORDS_MAX 8

/* What the words set, as text; or what is wrong with them. */
static const struct {
	const char *word[WORDS_MAX];
	const char *want;
} lines[] = {
	{ { "a", "b" }, "flag=0 name=- n=0 list= | a b" },
	{ { "a", "--flag", "b" }, "flag=1 name=- n=0 list= | a b" },
	{ { "--name", "x", "a" }, "flag=0 name=x n=0 list= | a" },
	{ { "--name=x=y", "a" }, "flag=0 name=x=y n=0 list= | a" },
	{ { "--name=", "a" }, "flag=0 name= n=0 list= | a" },
	{ { "-f", "-n", "7" }, "flag=1 name=- n=7 list= |" },
	{ { "-fn7" }, "flag=1 name=- n=7 list= |" },
	{ { "-l", "x", "--list=y", "-lz" }, "flag=0 name=- n=0 list=xyz |" },
	{ { "-", "--", "-f", "--" }, "flag=0 name=- n=0 list= | - -f --" },
	{ { "--name", "--flag" }, "flag=0 name=--flag n=0 list= |" },
	{ { "-o", "x", "a" }, "flag=0 name=- n=0 list= | a" },
	{ { "--nope" }, "unknown option --nope; did you mean --name?" },
	{ { "--nam", "x" }, "unknown option --nam; did you mean --name?" },
	{ { "--verbose" }, "unknown option --verbose" },
	{ { "-fx" }, "unknown option -x" },
	{ { "--name" }, "--name needs NAME" },
	{ { "-n" }, "-n needs N" },
	{ { "-nx" }, "\"x\" is no number" },
	{ { "--flag=1" }, "--flag takes no value" },
	{ { "--", "--nope" }, "flag=0 name=- n=0 list= | --nope" },
};

START_TEST(words_become_options_and_operands)
{
	struct opt_list list = { 0 };
	bool flag = false;
	const char *name = NULL;
	uint32_t n = 0;
	const struct opt one[] = {
		{ 'f', "flag", OPT_FLAG, &flag, NULL, "" },
		{ 0, "name", OPT_STRING, &name, "NAME", "" },
		{ 0 },
	};
	const struct opt two[] = {
		{ 'n', NULL, OPT_NUMBER, &n, "N", "" },
		{ 'l', "list", OPT_LIST, &list, "X", "" },
		{ 'o', NULL, OPT_IGNORE, NULL, "X", NULL },
		{ 0 },
	};
	const struct opt *const tables[] = { one, two, NULL };
	struct buf out = { 0 };
	char *argv[WORDS_MAX] = { NULL };
	int argc = 0;

	for (; argc < WORDS_MAX && lines[_i].word[argc] != NULL; argc++)
		argv[argc] = xstrdup(lines[_i].word[argc]);
	char *all[WORDS_MAX];
	memcpy(all, argv, sizeof(all));
	if (opt_parse(tables, &argc, argv, &out) == 0) {
		buf_addf(&out, "flag=%d name=%s n=%u list=", flag,
		    name != NULL ? name : "-", n);
		for (size_t i = 0; i < list.len; i++)
			buf_adds(&out, list.value[i]);
		buf_adds(&out, " |");
		for (int i = 0; i < argc; i++)
			buf_addf(&out, " %s", argv[i]);
	}
	ck_buf_eq(&out, lines[_i].want);
	for (size_t i = 0; i < WORDS_MAX; i++)
		free(all[i]);
	opt_list_free(&list);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, words_become_options_and_operands, 0,
	    sizeof(lines) / sizeof(lines[0]));
}

int
main(void)
{
	return check_run("opt", add);
}
