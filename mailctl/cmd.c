/* SPDX-License-Identifier: ISC */
#include "cmd.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "each_user.h"
#include "imap_conn.h"
#include "out_json.h"
#include "term.h"

/* ---- messages ---- */

static void __attribute__((format(printf, 4, 0)))
say(const struct cmd *c, const char *kind, int code, const char *fmt,
    va_list ap)
{
	struct out err = { .file = stderr, .terminal = isatty(2) == 1 };
	struct buf text = { 0 }, clean = { 0 };
	json_t *j;

	buf_vaddf(&text, fmt, ap);
	term_clean(&clean, buf_span(&text));
	fflush(stdout); /* both may end on one screen */
	if (c->opt.json) {
		j = json_pack("{s:i, s:{s:s}}", "v", 1, kind, "message",
		    clean.data);
		if (code != 0)
			json_object_set_new(json_object_get(j, kind), "code",
			    json_integer(code));
		if (c->line != 0)
			json_object_set_new(json_object_get(j, kind), "line",
			    json_integer(c->line));
		if (c->user != NULL)
			json_object_set_new(json_object_get(j, kind), "user",
			    out_json_string(span_str(c->user)));
		out_json_print(&err, j);
		json_decref(j);
	} else {
		fputs("mailctl: ", stderr);
		if (c->line != 0)
			fprintf(stderr, "line %u: ", c->line);
		if (c->user != NULL)
			fprintf(stderr, "%s: ", c->user);
		fprintf(stderr, "%s%s\n", code == 0 ? "warning: " : "",
		    clean.data);
	}
	buf_free(&text);
	buf_free(&clean);
}

int
cmd_fail(const struct cmd *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, "error", code, fmt, ap);
	va_end(ap);
	return code;
}

void
cmd_warn(const struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, "warning", 0, fmt, ap);
	va_end(ap);
}

int
cmd_usage(const struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, "error", EX_USAGE, fmt, ap);
	va_end(ap);
	if (!c->opt.json && c->entry != NULL)
		fprintf(stderr, "usage: mailctl %s%s%s\n", c->entry->name,
		    c->entry->usage[0] != '\0' ? " " : "", c->entry->usage);
	return EX_USAGE;
}

int
cmd_end(struct cmd *c, int status)
{
	if (out_flush(&c->out))
		return status;
	return cmd_fail(c, EX_IOERR, "cannot write the output");
}

/* ---- options ---- */

#define COMMON_MAX      16
#define COMMON_IN_BATCH 3 /* the first of them, that say nothing of a login */

static void
common_options(struct cmd_options *o, struct opt *table)
{
	const struct opt common[COMMON_MAX] = {
		{ 0, "json", OPT_FLAG, &o->json, NULL, "print JSON" },
		{ 'h', "help", OPT_FLAG, &o->help, NULL, "print this help" },
		{ 0, "no-pager", OPT_FLAG, &o->no_pager, NULL,
		    "print at once on a terminal, too" },
		{ 0, "account", OPT_STRING, &o->account, "NAME",
		    "the account to use, of the configuration" },
		{ 0, "config", OPT_STRING, &o->config, "FILE",
		    "the configuration; ~/.config/mailctl/config" },
		{ 0, "imap", OPT_STRING, &o->imap, "URL",
		    "IMAP server, imaps://HOST[:PORT]" },
		{ 0, "smtp", OPT_STRING, &o->smtp, "URL",
		    "submission server, smtps://HOST[:PORT]" },
		{ 0, "user", OPT_STRING, &o->user, "NAME", "log in as NAME" },
		{ 0, "password-file", OPT_STRING, &o->password_file, "FILE",
		    "read the password from FILE" },
		{ 0, "password-fd", OPT_NUMBER, &o->password_fd, "N",
		    "read the password from file descriptor N" },
		{ 'u', "as", OPT_STRING, &o->as, "USER",
		    "act on USER's mail, as an admin, by the control socket" },
		{ 'A', "as-each", OPT_FLAG, &o->as_each, NULL,
		    "act on the mail of every user" },
		{ 0, "ca-file", OPT_STRING, &o->ca_file, "FILE",
		    "trust the authorities in FILE" },
		{ 0, "socket", OPT_STRING, &o->socket, "PATH",
		    "maild's control socket, for administration" },
		{ 0 },
	};

	memcpy(table, common, sizeof(common));
}

/* Those that the command does not take are not shown. */
static void
hide(const struct cmd *c, struct opt *common)
{
	for (struct opt *o = common; o->name != NULL; o++) {
		if ((o->value == &c->opt.as && c->entry->as == CMD_AS_NONE) ||
		    (o->value == &c->opt.as_each &&
			c->entry->as != CMD_AS_EACH))
			o->help = NULL;
	}
}

static void
print_help(struct cmd *c, const struct opt *own, struct opt *common)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < 2; i++)
		buf_addf(&text, "$ %s\n", c->entry->example[i]);
	buf_addf(&text, "\nusage: mailctl %s %s\n%s\n\n", c->entry->name,
	    c->entry->usage, c->entry->summary);
	opt_help(&text, own);
	hide(c, common);
	opt_help(&text, common);
	out_page(&c->out);
	fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

static void
add_words(struct buf *words, const struct opt *const *tables)
{
	for (; *tables != NULL; tables++) {
		for (const struct opt *o = *tables;
		     o->letter != 0 || o->name != NULL; o++) {
			if (o->name != NULL)
				buf_addf(words, "%s--%s",
				    words->len > 0 ? " " : "", o->name);
		}
	}
}

/* 0, or an exit code: an admin's command is not any, and needs no login. */
static int
check_as(const struct cmd *c)
{
	const struct cmd_options *o = &c->opt;

	if (o->as == NULL && !o->as_each)
		return 0;
	if (c->entry->as == CMD_AS_NONE)
		return cmd_usage(c, "%s acts as nobody else: leave out %s",
		    c->entry->name, o->as_each ? "-A" : "-u");
	if (o->as != NULL && o->as_each)
		return cmd_usage(c, "-u is for one user, -A for every one: "
		    "give one of them");
	if (o->as_each && c->entry->as != CMD_AS_EACH)
		return cmd_usage(c, "%s is for one user at a time: give -u "
		    "USER in place of -A", c->entry->name);
	if (o->imap != NULL || o->user != NULL || o->account != NULL)
		return cmd_usage(c, "who acts as another logs in to no account: "
		    "leave out --imap, --user and --account");
	return 0;
}

/* True: the command is to run now; else it has, for each user. */
static bool
run_as(struct cmd *c)
{
	if (c->user != NULL) { /* as said by who runs it for each */
		c->opt.as = c->user;
		out_init_part(&c->out, c->whole, c->user);
		return true;
	}
	c->status = check_as(c);
	if (c->status == 0 && c->opt.as_each)
		c->status = each_user_run(c);
	return c->status == 0 && !c->opt.as_each;
}

static bool
leave(struct cmd *c, int status)
{
	c->status = status;
	return false;
}

bool
cmd_options(struct cmd *c, int *argc, char **argv, const struct opt *own,
    int min, int max)
{
	static const struct opt none[1];
	struct opt common[COMMON_MAX];
	const struct opt *tables[] = { own != NULL ? own : none, common, NULL };
	struct buf err = { 0 };

	c->opt.password_fd = UINT32_MAX;
	common_options(&c->opt, common);
	/* A batch has logged in already. */
	if (c->session != NULL)
		common[COMMON_IN_BATCH] = none[0];
	if (c->words != NULL) {
		add_words(c->words, tables);
		return leave(c, EX_OK);
	}
	if (opt_parse(tables, argc, argv, &err) < 0) {
		leave(c, cmd_usage(c, "%s", err.data));
		buf_free(&err);
		return false;
	}
	out_init(&c->out, stdout, c->opt.json);
	c->out.page = (c->entry->paged || c->opt.help) && !c->opt.no_pager &&
	    !c->opt.json && c->session == NULL && c->user == NULL;
	if (c->opt.help) {
		print_help(c, tables[0], common);
		return leave(c, cmd_end(c, EX_OK));
	}
	if (*argc < min)
		return leave(c, cmd_usage(c, "an operand is missing"));
	if (max >= 0 && *argc > max)
		return leave(c, cmd_usage(c, "\"%s\" is one operand too many",
		    argv[max]));
	return run_as(c);
}

/* ---- finding the command ---- */

/* Does word, an option, take the next word for its value? */
static bool
takes_next(const char *word)
{
	struct cmd_options unused;
	struct opt common[COMMON_MAX];

	common_options(&unused, common);
	for (const struct opt *o = common; o->name != NULL; o++) {
		if ((strncmp(word, "--", 2) == 0 &&
			strcmp(word + 2, o->name) == 0) ||
		    (o->letter != 0 && word[1] == o->letter &&
			word[2] == '\0'))
			return o->kind != OPT_FLAG;
	}
	return false;
}

/* The first word that is neither an option nor the value of one. */
static int
find_verb(int argc, char **argv)
{
	int i = 0;

	while (i < argc && argv[i][0] == '-')
		i += takes_next(argv[i]) ? 2 : 1;
	return i < argc ? i : -1;
}

/* How many of the words are the entry's name; 0: it is another. */
static int
match(const struct cmd_entry *e, int argc, char **argv)
{
	struct span name = span_str(e->name), word;
	int n = 0;

	while (span_split(&name, ' ', &word)) {
		if (n == argc || !span_eq(word, span_str(argv[n])))
			return 0;
		n++;
	}
	return n;
}

static int
run(struct cmd *c, const struct cmd_entry *e, int argc, char **argv)
{
	int ret;

	c->entry = e;
	c->argc = argc;
	c->argv = xcalloc((size_t)argc + 1, sizeof(argv[0]));
	memcpy(c->argv, argv, (size_t)argc * sizeof(argv[0]));
	ret = e->exec(c, argc, argv);
	free(c->argv);
	return ret;
}

static const struct cmd_entry *
find_entry(int argc, char **argv, int *words)
{
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		*words = match(cmd_table[i], argc, argv);
		if (*words > 0)
			return cmd_table[i];
	}
	return NULL;
}

/* How far the first words are from the entry's name. */
static size_t
distance(const struct cmd_entry *e, int argc, char **argv)
{
	struct span name = span_str(e->name), word;
	struct buf words = { 0 };
	size_t d;

	for (int i = 0; i < argc && span_split(&name, ' ', &word); i++)
		buf_addf(&words, "%s%s", i > 0 ? " " : "", argv[i]);
	d = span_distance(buf_span(&words), span_str(e->name));
	buf_free(&words);
	return d;
}

const char *
cmd_nearest(int argc, char **argv)
{
	const struct cmd_entry *best = NULL;
	size_t least = SIZE_MAX, d;

	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		d = distance(cmd_table[i], argc, argv);
		if (d < least && d < 2 + strlen(cmd_table[i]->name) / 4) {
			best = cmd_table[i];
			least = d;
		}
	}
	return best != NULL ? best->name : NULL;
}

const struct cmd_entry *
cmd_find(const char *name)
{
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		if (strcmp(cmd_table[i]->name, name) == 0)
			return cmd_table[i];
	}
	return NULL;
}

static bool
is_sendmail(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return strcmp(slash != NULL ? slash + 1 : argv0, "sendmail") == 0;
}

/* The words that make a command of noun; none: it is no noun. */
static void
add_verbs(struct buf *out, const char *noun)
{
	struct span last = { 0 };

	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		struct span name = span_str(cmd_table[i]->name), first, verb;

		if (!span_split(&name, ' ', &first) ||
		    !span_eq(first, span_str(noun)) ||
		    !span_split(&name, ' ', &verb) || span_eq(verb, last))
			continue;
		last = verb;
		buf_addf(out, "%s%.*s", out->len > 0 ? ", " : "", (int)verb.n,
		    verb.p);
	}
}

static int
no_command(const struct cmd *c, int argc, char **argv)
{
	const char *near = cmd_nearest(argc, argv);
	struct buf verbs = { 0 };
	int ret;

	add_verbs(&verbs, argv[0]);
	if (verbs.len > 0 && (argc == 1 || near == NULL)) {
		ret = cmd_usage(c, "%s what? %s", argv[0], verbs.data);
		buf_free(&verbs);
		return ret;
	}
	buf_free(&verbs);
	if (near != NULL)
		return cmd_usage(c, "\"%s\" is no command; did you mean "
		    "\"%s\"?", argv[0], near);
	return cmd_usage(c, "\"%s\" is no command; see mailctl help",
	    argv[0]);
}

int
cmd_run(struct cmd *c, int argc, char **argv)
{
	const struct cmd_entry *e;
	int verb = find_verb(argc, argv), words;

	if (verb < 0)
		return run(c, cmd_find("help"), argc, argv);
	e = find_entry(argc - verb, argv + verb, &words);
	/* Nobody reads the options then; this one says how to tell it. */
	for (int i = 0; e == NULL && i < argc; i++)
		c->opt.json |= strcmp(argv[i], "--json") == 0;
	if (e == NULL)
		return no_command(c, argc - verb, argv + verb);
	if (e->alone && c->session != NULL)
		return cmd_fail(c, EX_USAGE, "%s is for no batch", e->name);
	if (e->as == CMD_AS_NONE && imap_session_is_admin(c->session))
		return cmd_fail(c, EX_USAGE,
		    "%s acts as nobody else, and this batch does", e->name);
	memmove(argv + verb, argv + verb + words,
	    (size_t)(argc - verb - words) * sizeof(argv[0]));
	return run(c, e, argc - words, argv);
}

int
cmd_main(int argc, char **argv)
{
	struct cmd c = { 0 };

	c.sendmail = argc > 0 && is_sendmail(argv[0]);
	if (c.sendmail)
		return run(&c, cmd_find("send"), argc - 1, argv + 1);
	return cmd_run(&c, argc - 1, argv + 1);
}
