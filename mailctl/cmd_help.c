/* SPDX-License-Identifier: ISC */
#include "cmd.h"

/*
 * help: all commands, or the options of one.
 */
static void
print_all(FILE *f)
{
	fputs("usage: mailctl COMMAND [OPTION...] [OPERAND...]\n\n", f);
	for (size_t i = 0; cmd_table[i] != NULL; i++)
		fprintf(f, "  %-16s %s\n", cmd_table[i]->name,
		    cmd_table[i]->summary);
	fputs("\nmailctl help COMMAND shows its options; mailctl(1) says "
	      "more.\n", f);
}

static int
print_one(struct cmd *c, const char *name)
{
	char option[] = "--help";

	const struct cmd_entry *e = cmd_find(name);

	if (e == NULL)
		return cmd_usage(c, "\"%s\" is no command", name);
	c->entry = e;
	return e->exec(c, 1, (char *[]){ option, NULL });
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct buf name = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 2))
		return c->status;
	if (argc == 0) {
		print_all(stdout);
		return cmd_end(c, EX_OK);
	}
	buf_addf(&name, "%s%s%s", argv[0], argc > 1 ? " " : "",
	    argc > 1 ? argv[1] : "");
	ret = print_one(c, name.data);
	buf_free(&name);
	return ret;
}

const struct cmd_entry cmd_help = {
	.name = "help",
	.usage = "[COMMAND]",
	.summary = "list the commands, or show the options of one",
	.example = { "mailctl help", "mailctl help search" },
	.exec = exec,
};
