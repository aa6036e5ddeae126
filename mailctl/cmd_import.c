/* SPDX-License-Identifier: ISC */
#include "each_user.h"
#include "inbound.h"
#include "interrupt.h"
#include "mail_source.h"
#include "progress.h"

/*
 * import: files into a mailbox.
 */
struct import {
	struct cmd *cmd;
	const char *path;
	struct inbound in;
	struct progress progress;
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "path", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "skipped", OUT_NUMBER, false },
	{ "refused", OUT_NUMBER, false },
	{ "done", OUT_BOOL, false },
};

static void
print(const struct import *i)
{
	struct out *o = &i->cmd->out;

	out_begin(o, columns, sizeof(columns) / sizeof(columns[0]));
	out_str(o, span_str(i->in.mailbox));
	out_str(o, span_str(i->path));
	out_num(o, i->in.dry_run ? i->in.wanted : i->in.appender.appended);
	out_num(o, i->in.skipped);
	out_num(o, i->in.appender.refused);
	out_bool(o, !i->in.dry_run);
	out_end(o);
}

static int
on_message(void *arg, const struct source_message *m)
{
	struct import *i = arg;

	progress_add(&i->progress, 1);
	return inbound_add(&i->in, m->flags, m->date, m->body);
}

/* What nobody sees is not worth reading an mbox twice. */
static int
begin(struct import *i)
{
	uint64_t total = 0;
	int ret = 0;

	if (progress_is_seen(i->cmd))
		ret = mail_source_count(i->cmd, i->path, &total);
	progress_begin(i->cmd, &i->progress, i->path, total);
	return ret;
}

static int
import(struct imap_conn *ic, void *arg)
{
	struct import *i = arg;
	int ret = begin(i);

	i->in.conn = ic;
	if (ret == 0)
		ret = inbound_open(&i->in);
	if (ret == 0) {
		ret = mail_source_read(i->cmd, i->path, on_message, i);
		ret = inbound_close(&i->in, ret);
		progress_end(&i->progress);
		if (ret == 0 || ret == EX_DATAERR)
			print(i);
	}
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct import i = { .cmd = c };
	const struct opt opts[] = {
		{ 'n', "dry-run", OPT_FLAG, &i.in.dry_run, NULL,
		    "say what would be imported, and change nothing" },
		{ 0, "doubles", OPT_FLAG, &i.in.doubles, NULL,
		    "import what is there already, too" },
		{ 0 },
	};
	struct buf own = { 0 };
	int ret = EX_USAGE;

	if (!cmd_options(c, &argc, argv, opts, 1, 2))
		return c->status;
	i.path = each_user_path(c, argv[0], false, &own);
	i.in.mailbox = argc > 1 ? argv[1] : "INBOX";
	interrupt_catch();
	if (i.path != NULL)
		ret = imap_conn_with(c, import, &i);
	inbound_clear(&i.in);
	buf_free(&own);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_import = {
	.name = "import",
	.usage = "[-n] PATH [MAILBOX]",
	.summary = "put an mbox, a Maildir or .eml files into a mailbox",
	.example = { "mailctl import old.mbox Archive",
	    "mailctl import ~/Maildir INBOX --dry-run" },
	.bulk = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
