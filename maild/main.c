/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "conf_check.h"
#include "conf_doc.h"
#include "dev.h"
#include "master.h"

#define CONF_PATH SYSCONFDIR "/maild/maild.conf"

struct options {
	const char *file; /* NULL: CONF_PATH, where there is one */
	const char **line; /* of -o */
	size_t nlines;
	bool check;
	bool dev;
	bool dev_only; /* one of its options was given */
	struct dev_options dev_options;
};

static const char usage_text[] =
    "usage: maild [-f FILE] [-o LINE]...\n"
    "       maild -n [-f FILE] [-o LINE]...\n"
    "       maild --dev [--dir DIR] [--base-port N] [--users N] [--plaintext]\n"
    "             [-o LINE]...\n"
    "       maild --defaults | --explain SETTING | --version | --help\n"
    "\n"
    "  -f, --file FILE    read this configuration, not " CONF_PATH "\n"
    "  -n, --check        check the configuration and what it names, then end\n"
    "  -o, --option LINE  a line of configuration, stronger than the file's\n"
    "      --dev          serve on localhost without root, for trying things:\n"
    "                     user test, password test\n"
    "      --dir DIR      keep its state there, not in a temporary folder\n"
    "      --base-port N  ports N+143, N+993, N+587, N+465, N+24; N is 1000\n"
    "      --users N      user1 to userN as well\n"
    "      --plaintext    logins without TLS, too\n"
    "      --defaults     print every setting with its default\n"
    "      --explain NAME print what is known of one setting\n";

/* ---- the command line ---- */

enum {
	OPT_DEV = 256,
	OPT_DIR,
	OPT_BASE_PORT,
	OPT_USERS,
	OPT_PLAINTEXT,
	OPT_DEFAULTS,
	OPT_EXPLAIN,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "check", no_argument, NULL, 'n' },
	{ "option", required_argument, NULL, 'o' },
	{ "dev", no_argument, NULL, OPT_DEV },
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "base-port", required_argument, NULL, OPT_BASE_PORT },
	{ "users", required_argument, NULL, OPT_USERS },
	{ "plaintext", no_argument, NULL, OPT_PLAINTEXT },
	{ "defaults", no_argument, NULL, OPT_DEFAULTS },
	{ "explain", required_argument, NULL, OPT_EXPLAIN },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static _Noreturn void
usage_error(const char *what)
{
	if (what != NULL)
		fprintf(stderr, "maild: %s\n", what);
	fputs("maild: see \"maild --help\"\n", stderr);
	exit(EX_USAGE);
}

static uint64_t
number(const char *name, const char *text, uint64_t max)
{
	uint64_t n;

	if (span_u64(span_str(text), max, &n) < 0) {
		fprintf(stderr, "maild: %s takes a number up to %llu\n", name,
		    (unsigned long long)max);
		exit(EX_USAGE);
	}
	return n;
}

static _Noreturn void
print(struct buf *text)
{
	fputs(text->data, stdout);
	buf_free(text);
	exit(fflush(stdout) == 0 ? 0 : EX_IOERR);
}

static _Noreturn void
explain(const char *name)
{
	struct buf text = { 0 };

	if (!conf_doc_explain(&text, name)) {
		fprintf(stderr, "maild: there is no setting \"%s\"\n", name);
		exit(EX_USAGE);
	}
	print(&text);
}

static void
dev_option(struct options *o, int opt, const char *arg)
{
	o->dev_only = true;
	switch (opt) {
	case OPT_DIR:
		o->dev_options.dir = arg;
		break;
	case OPT_BASE_PORT:
		o->dev_options.base = (uint16_t)number("--base-port", arg,
		    DEV_BASE_MAX);
		break;
	case OPT_USERS:
		o->dev_options.users = (uint32_t)number("--users", arg,
		    DEV_USERS_MAX);
		break;
	case OPT_PLAINTEXT:
		o->dev_options.plaintext = true;
		break;
	}
}

static void
parse_option(struct options *o, int opt, const char *arg)
{
	struct buf text = { 0 };

	switch (opt) {
	case 'f':
		o->file = arg;
		break;
	case 'n':
		o->check = true;
		break;
	case 'o':
		o->line[o->nlines++] = arg;
		break;
	case OPT_DEV:
		o->dev = true;
		break;
	case OPT_DEFAULTS:
		conf_doc_sample(&text);
		print(&text);
	case OPT_EXPLAIN:
		explain(arg);
	case OPT_VERSION:
		buf_adds(&text, "maild " PACKAGE_VERSION "\n");
		print(&text);
	case OPT_HELP:
		buf_adds(&text, usage_text);
		print(&text);
	case '?':
		usage_error(NULL);
	default:
		dev_option(o, opt, arg);
	}
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int opt;

	*o = (struct options){
		.line = xcalloc((size_t)argc, sizeof(*o->line)),
		.dev_options = { .base = DEV_BASE_DEFAULT },
	};
	while ((opt = getopt_long(argc, argv, "f:no:", long_options, NULL)) !=
	    -1)
		parse_option(o, opt, optarg);
	if (optind < argc)
		usage_error("it takes options only");
	if (o->dev_only && !o->dev)
		usage_error("--dir, --base-port, --users and --plaintext go "
			    "with --dev");
	if (o->dev && o->file != NULL)
		usage_error("--dev takes no file; use -o");
}

/* ---- running ---- */

struct server {
	const struct options *options;
	struct dev *dev; /* or NULL */
};

static struct conf *
load(void *arg, struct buf *errors)
{
	const struct server *s = arg;
	const struct options *o = s->options;
	const char *file = o->file;

	if (s->dev != NULL)
		return conf_parse_text(buf_span(&s->dev->text), "--dev",
		    o->line, o->nlines, errors);
	if (file == NULL && access(CONF_PATH, F_OK) == 0)
		file = CONF_PATH;
	return conf_load(file, o->line, o->nlines, errors);
}

static void
ready(void *arg)
{
	const struct server *s = arg;
	struct buf hints = { 0 };

	if (s->dev == NULL)
		return;
	dev_hints(s->dev, &hints);
	fputs(hints.data, stderr);
	buf_free(&hints);
	puts("ready");
	fflush(stdout);
}

static int
serve(struct server *s, const struct conf *c)
{
	struct master_options m = { .load = load, .ready = ready, .arg = s };
	struct buf why = { 0 };

	if (s->dev != NULL) {
		m.user = s->dev->user;
		m.nusers = s->dev->nusers;
		if (dev_certificate(s->dev, c, &why) < 0) {
			fprintf(stderr, "maild: %s\n", why.data);
			buf_free(&why);
			return EX_CANTCREAT;
		}
	}
	return master_run(c, &m);
}

static int
check(const struct conf *c)
{
	struct buf report = { 0 };
	unsigned problems = conf_check(c, &report);

	fputs(report.data, stdout);
	buf_free(&report);
	if (problems > 0)
		fprintf(stderr, "maild: %u problem%s\n", problems,
		    problems > 1 ? "s" : "");
	return problems > 0 ? EX_CONFIG : 0;
}

static void
say_default(const struct server *s)
{
	if (s->dev == NULL && s->options->file == NULL &&
	    access(CONF_PATH, F_OK) != 0)
		fprintf(stderr, "maild: there is no " CONF_PATH
				": everything is as by default\n");
}

static int
run(struct server *s)
{
	struct buf errors = { 0 };
	struct conf *c = load(s, &errors);
	int ret;

	if (c == NULL) {
		fputs(errors.data, stderr);
		buf_free(&errors);
		return EX_CONFIG;
	}
	say_default(s);
	ret = s->options->check ? check(c) : serve(s, c);
	conf_free(c);
	return ret;
}

static int
run_dev(struct server *s)
{
	struct buf why = { 0 };
	struct dev dev;
	int ret;

	if (dev_init(&dev, &s->options->dev_options, &why) < 0) {
		fprintf(stderr, "maild: %s\n", why.data);
		buf_free(&why);
		return EX_CANTCREAT;
	}
	s->dev = &dev;
	ret = run(s);
	dev_clear(&dev);
	return ret;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct server server = { .options = &options };
	int ret;

	if (argc > 1 && strcmp(argv[1], MASTER_ROLE_OPTION) == 0)
		return role_main(argc - 2, argv + 2);
	parse_options(&options, argc, argv);
	ret = options.dev ? run_dev(&server) : run(&server);
	free(options.line);
	return ret;
}
