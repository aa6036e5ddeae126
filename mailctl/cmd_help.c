/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "cmd.h"

/*
 * help: all commands, the options of one, or a page of the manual.
 */
static const struct {
	const char *topic, *section, *page;
} topics[] = {
	{ "manual", "1", "mailctl" },
	{ "words", "7", "mailctl-search" },
	{ "config", "5", "mailctl.conf" },
	{ "json", "7", "mailctl-json" },
};

#define NAME_WORDS_MAX 3 /* "user app-password add" */
#define NTOPICS (sizeof(topics) / sizeof(topics[0]))

static void
print_all(FILE *f)
{
	fputs("usage: mailctl COMMAND [OPTION...] [OPERAND...]\n\n", f);
	for (size_t i = 0; cmd_table[i] != NULL; i++)
		fprintf(f, "  %-16s %s\n", cmd_table[i]->name,
		    cmd_table[i]->summary);
	fputs("\nmailctl help COMMAND shows its options, mailctl help TOPIC "
	      "a manual page:\n ", f);
	for (size_t i = 0; i < NTOPICS; i++)
		fprintf(f, " %s", topics[i].topic);
	fputc('\n', f);
}

/* Comes back only where there is no man. */
static int
open_page(struct cmd *c, size_t i)
{
	execlp("man", "man", topics[i].section, topics[i].page, (char *)NULL);
	return cmd_fail(c, EX_UNAVAILABLE, "man %s %s: %s", topics[i].section,
	    topics[i].page, strerror(errno));
}

static int
print_one(struct cmd *c, const char *name)
{
	char option[] = "--help";
	const struct cmd_entry *e = cmd_find(name);

	for (size_t i = 0; i < NTOPICS && e == NULL; i++) {
		if (strcmp(topics[i].topic, name) == 0)
			return open_page(c, i);
	}
	if (e == NULL)
		return cmd_usage(c, "\"%s\" is no command and no topic", name);
	c->entry = e;
	return e->exec(c, 1, (char *[]){ option, NULL });
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct buf name = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, NAME_WORDS_MAX))
		return c->status;
	if (argc == 0) {
		out_page(&c->out);
		print_all(stdout);
		return cmd_end(c, EX_OK);
	}
	for (int i = 0; i < argc; i++)
		buf_addf(&name, "%s%s", i > 0 ? " " : "", argv[i]);
	ret = print_one(c, name.data);
	buf_free(&name);
	return ret;
}

const struct cmd_entry cmd_help = {
	.name = "help",
	.usage = "[COMMAND | TOPIC]",
	.summary = "list the commands, show the options of one, or a manual "
		   "page",
	.example = { "mailctl help", "mailctl help search" },
	.paged = true,
	.exec = exec,
};
