/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "message.h"
#include "part.h"

/*
 * get: messages as they are, or one part of them decoded.
 */
struct get {
	struct cmd *cmd;
	const char *output; /* NULL: standard output */
	const char *part;   /* NULL: all of it */
	bool folder;        /* output is one */
};

static int
cannot_write(const struct get *g, const char *path)
{
	return cmd_fail(g->cmd, EX_CANTCREAT, "%s: %s", path, strerror(errno));
}

struct target {
	const struct get *get;
	FILE *file;
	const char *path;
};

static int
write_piece(void *arg, struct span piece)
{
	struct target *t = arg;

	if (fwrite(piece.p, 1, piece.n, t->file) == piece.n)
		return 0;
	return cannot_write(t->get, t->path);
}

static int
write_part(const struct message *m, struct target *t)
{
	struct buf msg = { .max = PART_MESSAGE_MAX }, bytes = { 0 };
	int ret;

	bytes.max = PART_MESSAGE_MAX;
	ret = message_read(m, &msg);
	if (ret == 0 && !part_decode(&bytes, buf_span(&msg), t->get->part))
		ret = cmd_fail(t->get->cmd, EX_NOMESSAGE,
		    "%s:%u has no part %s", m->mailbox, m->uid, t->get->part);
	if (ret == 0)
		ret = write_piece(t, buf_span(&bytes));
	buf_free(&msg);
	buf_free(&bytes);
	return ret;
}

static int
write_to(const struct message *m, const struct get *g, FILE *file,
    const char *path)
{
	struct target t = { g, file, path };

	return g->part != NULL ? write_part(m, &t) :
				 message_fetch(m, write_piece, &t);
}

/* A message that did not come whole leaves no file. */
static int
write_file(const struct message *m, const struct get *g, const char *path)
{
	FILE *file = fopen(path, "we");
	int ret;

	if (file == NULL)
		return cannot_write(g, path);
	ret = write_to(m, g, file, path);
	if (fclose(file) != 0 && ret == 0)
		ret = cannot_write(g, path);
	if (ret != 0)
		remove(path);
	return ret;
}

static int
get(const struct message *m, void *arg)
{
	const struct get *g = arg;
	struct buf path = { 0 };
	int ret;

	if (g->output == NULL)
		return write_to(m, g, stdout, "standard output");
	/* The name is ours: nothing from the message stands in it. */
	if (g->folder)
		buf_addf(&path, "%s/%u-%u%s", g->output, m->uidvalidity,
		    m->uid, g->part != NULL ? ".part" : ".eml");
	else
		buf_adds(&path, g->output);
	ret = write_file(m, g, path.data);
	buf_free(&path);
	return ret;
}

struct run {
	struct get get;
	struct msgid_list ids;
};

static int
get_all(struct imap_conn *ic, void *arg)
{
	struct run *r = arg;

	return message_each(ic, &r->ids, get, &r->get);
}

/* More than one message goes into a folder, or to standard output; what is in
 * them is nothing for a terminal. */
static int
check_output(const struct run *r)
{
	const struct get *g = &r->get;
	bool one = r->ids.len == 1 && seqset_count(&r->ids.id[0].uids) == 1;

	if (g->output == NULL && g->cmd->out.terminal)
		return cmd_usage(g->cmd, "nothing is written to a terminal as "
		    "it is: give -o, or see mailctl show");
	if (g->output == NULL || g->folder || one)
		return 0;
	return cmd_usage(g->cmd, "%s is no folder: it cannot take several "
	    "messages", g->output);
}

/* "mail/" is one, and made if it lacks. */
static int
find_folder(struct get *g)
{
	size_t n = g->output != NULL ? strlen(g->output) : 0;
	struct stat sb;

	if (n > 0 && g->output[n - 1] == '/' && mkdir(g->output, 0777) < 0 &&
	    errno != EEXIST)
		return cannot_write(g, g->output);
	g->folder = n > 0 && stat(g->output, &sb) == 0 && S_ISDIR(sb.st_mode);
	return 0;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct run r = { .get = { .cmd = c } };
	const struct opt opts[] = {
		{ 'o', "output", OPT_STRING, &r.get.output, "PATH",
		    "write to a file, or into a folder" },
		{ 'p', "part", OPT_STRING, &r.get.part, "N",
		    "only part N (\"2\", \"1.2\"), decoded" },
		{ 0 },
	};
	struct buf err = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	ret = find_folder(&r.get);
	if (ret != 0)
		return ret;
	if (msgid_list_read(&r.ids, argc, argv, &err) < 0)
		ret = cmd_usage(c, "%s", err.data);
	else
		ret = check_output(&r);
	if (ret == 0)
		ret = imap_conn_with(c, get_all, &r);
	msgid_list_clear(&r.ids);
	buf_free(&err);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_get = {
	.name = "get",
	.usage = "[-o PATH] [-p N] ID...",
	.summary = "write messages, or a part of them, as they are",
	.example = { "mailctl get INBOX:4711 -o message.eml",
	    "mailctl get INBOX:4711 -p 2 -o plan.pdf" },
	.as = CMD_AS_USER,
	.exec = exec,
};
