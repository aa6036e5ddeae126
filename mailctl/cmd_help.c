/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"

/*
 * help: all commands, or the manual page of one or of a topic.
 */
static const struct {
	const char *topic, *section, *page;
	const char *verbs; /* first words of the commands that it describes */
} pages[] = {
	{ "read", "1", "mailctl-read", "list search show get watch" },
	{ "send", "1", "mailctl-send", "send reply forward" },
	{ "file", "1", "mailctl-file",
	    "move copy archive flag delete undo" },
	{ "mailbox", "1", "mailctl-mailbox", "mailbox quota" },
	{ "export", "1", "mailctl-export", "export import" },
	{ "backup", "1", "mailctl-backup", "backup restore" },
	{ "sync", "1", "mailctl-sync", "sync" },
	{ "migrate", "1", "mailctl-migrate", "migrate" },
	{ "account", "1", "mailctl-account", "account discover probe" },
	{ "raw", "1", "mailctl-raw", "raw batch" },
	{ "admin", "1", "mailctl-admin",
	    "user alias domain dkim queue index ping" },
	{ "manual", "1", "mailctl", "completion help" },
	{ "words", "7", "mailctl-search", "" },
	{ "config", "5", "mailctl.conf", "" },
	{ "json", "7", "mailctl-json", "" },
};

#define NAME_WORDS_MAX 3 /* "user app-password add" */
#define NPAGES (sizeof(pages) / sizeof(pages[0]))

static void
print_all(FILE *f)
{
	fputs("usage: mailctl COMMAND [OPTION...] [OPERAND...]\n\n", f);
	for (size_t i = 0; cmd_table[i] != NULL; i++)
		fprintf(f, "  %-16s %s\n", cmd_table[i]->name,
		    cmd_table[i]->summary);
	fputs("\nmailctl COMMAND --help shows its options, mailctl help COMMAND "
	      "its\nmanual page, and mailctl help TOPIC that of a topic:\n ", f);
	for (size_t i = 0; i < NPAGES; i++) {
		if (cmd_find(pages[i].topic) == NULL)
			fprintf(f, " %s", pages[i].topic);
	}
	fputc('\n', f);
}

static bool
describes(const char *verbs, struct span verb)
{
	struct span rest = span_str(verbs), word;

	while (span_split(&rest, ' ', &word)) {
		if (span_eq(word, verb))
			return true;
	}
	return false;
}

/* NPAGES: there is none. */
static size_t
find_page(const struct cmd_entry *e)
{
	struct span rest = span_str(e->name), verb;
	size_t i = 0;

	span_split(&rest, ' ', &verb);
	while (i < NPAGES && !describes(pages[i].verbs, verb))
		i++;
	return i;
}

static size_t
find_topic(const char *topic)
{
	size_t i = 0;

	while (i < NPAGES && strcmp(pages[i].topic, topic) != 0)
		i++;
	return i;
}

/* It is man's, and an interrupt is, too.  False: there is no such page, or
 * no man. */
static bool
open_page(size_t i, bool quiet)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (quiet && freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		execlp("man", "man", pages[i].section, pages[i].page,
		    (char *)NULL);
		_exit(1);
	}
	signal(SIGINT, SIG_IGN);
	if (pid > 0)
		waitpid(pid, &status, 0);
	signal(SIGINT, SIG_DFL);
	return status == 0;
}

/* A script wants no manual page but the options. */
static int
print_verb(struct cmd *c, const struct cmd_entry *e)
{
	char option[] = "--help";
	size_t i = find_page(e);

	if (i < NPAGES && c->out.terminal && open_page(i, true))
		return cmd_end(c, EX_OK);
	c->entry = e;
	return e->exec(c, 1, (char *[]){ option, NULL });
}

static int
print_one(struct cmd *c, const char *name)
{
	const struct cmd_entry *e = cmd_find(name);
	size_t i = find_topic(name);

	if (e != NULL)
		return print_verb(c, e);
	if (i == NPAGES)
		return cmd_usage(c, "\"%s\" is no command and no topic", name);
	if (!open_page(i, false))
		return cmd_fail(c, EX_UNAVAILABLE, "man %s %s cannot be shown",
		    pages[i].section, pages[i].page);
	return cmd_end(c, EX_OK);
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
	.summary = "list the commands, or open the manual page of one",
	.example = { "mailctl help", "mailctl help search" },
	.paged = true,
	.exec = exec,
};
