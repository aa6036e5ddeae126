/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "imap_conn.h"
#include "words.h"

/*
 * batch: the lines of standard input are commands, and one login serves them
 * all.
 */
#define LINE_BYTES_MAX ((size_t)1 << 20)

struct batch {
	struct cmd *cmd;
	FILE *script;
	bool keep_going;
	struct imap_session session;
};

/* The commands see an empty standard input; ours is the script. */
static int
open_script(struct batch *b)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && null >= 0 && dup2(null, 0) == 0)
		b->script = fdopen(fd, "r");
	if (null >= 0)
		close(null);
	if (b->script != NULL)
		return 0;
	if (fd >= 0)
		close(fd);
	return cmd_fail(b->cmd, EX_IOERR, "standard input: %s",
	    strerror(errno));
}

/* False: there are no more. */
static bool
read_line(struct batch *b, struct buf *line)
{
	int ch;

	buf_clear(line);
	while ((ch = getc(b->script)) != EOF && ch != '\n')
		buf_addc(line, (char)ch);
	return ch != EOF || line->len > 0 || line->failed;
}

/* The words are moved about by who reads the options, so it gets an array of
 * its own. */
static int
run_words(struct cmd *c, const struct words *w)
{
	size_t n = (size_t)w->n + 1;
	char **argv;
	int ret;

	if (w->n == 0)
		return EX_OK;
	argv = xcalloc(n, sizeof(argv[0]));
	memcpy(argv, w->word, n * sizeof(argv[0]));
	ret = cmd_run(c, w->n, argv);
	free(argv);
	return ret;
}

static int
run_line(struct batch *b, const struct buf *line, unsigned number)
{
	struct cmd c = {
		.opt = { .json = b->cmd->opt.json,
		    .socket = b->cmd->opt.socket },
		.session = &b->session,
		.line = number,
	};
	struct buf err = { 0 };
	struct words w = { 0 };
	int ret;

	if (line->failed)
		ret = cmd_fail(&c, EX_DATAERR, "it is too long");
	else if (words_split(&w, buf_span(line), &err) < 0)
		ret = cmd_usage(&c, "%s", err.data);
	else
		ret = run_words(&c, &w);
	words_clear(&w);
	buf_free(&err);
	return ret;
}

/* "Nothing was found" is an answer; what fails ends the batch, and gives its
 * exit code. */
static int
run_script(struct batch *b)
{
	struct buf line = { .max = LINE_BYTES_MAX };
	int ret = EX_OK, one;

	for (unsigned n = 1; (ret == EX_OK || b->keep_going) &&
	     read_line(b, &line); n++) {
		one = run_line(b, &line, n);
		if (one > EX_NO && ret == EX_OK)
			ret = one;
	}
	buf_free(&line);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct batch b = { .cmd = c, .session = { .options = c } };
	const struct opt opts[] = {
		{ 'k', "keep-going", OPT_FLAG, &b.keep_going, NULL,
		    "go on behind a command that failed" },
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, 0))
		return c->status;
	ret = open_script(&b);
	if (ret == 0) {
		ret = run_script(&b);
		fclose(b.script);
	}
	imap_session_close(&b.session);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_batch = {
	.name = "batch",
	.usage = "[-k]",
	.summary = "run commands from standard input, a line each, in one login",
	.example = { "mailctl batch <commands",
	    "printf 'list -n 5\\nmailbox list\\n' | mailctl batch" },
	.alone = true,
	.as = CMD_AS_USER,
	.exec = exec,
};
