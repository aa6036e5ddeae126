/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "bodies.h"
#include "each_user.h"
#include "interrupt.h"
#include "mail_sink.h"
#include "progress.h"

/*
 * export: a mailbox into files.
 */
struct export {
	struct cmd *cmd;
	const char *format;
	bool dry_run;
	struct mail_sink sink;
	struct progress progress;
	uint64_t written, skipped;
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "path", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "skipped", OUT_NUMBER, false },
	{ "done", OUT_BOOL, false },
};

static void
print(const struct export *e)
{
	struct out *o = &e->cmd->out;

	if (e->sink.file == stdout)
		return;
	out_begin(o, columns, sizeof(columns) / sizeof(columns[0]));
	out_str(o, span_str(e->sink.mailbox));
	out_str(o, span_str(e->sink.path));
	out_num(o, e->written);
	out_num(o, e->skipped);
	out_bool(o, !e->dry_run);
	out_end(o);
}

static int
on_body(void *arg, const struct index_message *m, struct span body)
{
	struct export *e = arg;
	int ret = mail_sink_write(&e->sink, m, body);

	if (ret == 0) {
		e->written++;
		progress_add(&e->progress, 1);
	}
	return ret;
}

static int
transfer(struct export *e, struct imap_conn *ic, const struct mailbox_index *x)
{
	struct seqset want = { 0 };
	uint64_t all;
	int ret;

	mailbox_index_uids(x, &want);
	all = seqset_count(&want);
	seqset_subtract(&want, &e->sink.have);
	e->skipped = all - seqset_count(&want);
	progress_begin(e->cmd, &e->progress, e->sink.mailbox,
	    seqset_count(&want));
	if (e->dry_run) {
		e->written = seqset_count(&want);
		ret = 0;
	} else {
		ret = bodies_fetch(ic, e->sink.mailbox, e->sink.uidvalidity, x,
		    &want, on_body, e);
	}
	progress_end(&e->progress);
	seqset_clear(&want);
	return ret;
}

static int
open_and_transfer(struct export *e, struct imap_conn *ic,
    const struct mailbox_index *x)
{
	int ret = mail_sink_open(&e->sink), closed;

	if (ret == 0)
		ret = transfer(e, ic, x);
	closed = mail_sink_close(&e->sink);
	return ret != 0 ? ret : closed;
}

static int
export(struct imap_conn *ic, void *arg)
{
	struct export *e = arg;
	struct imap_mailbox m;
	struct mailbox_index x = { 0 };
	int ret = imap_conn_open_mailbox(ic, &m, e->sink.mailbox);

	e->sink.uidvalidity = m.uidvalidity;
	if (ret == 0)
		ret = mailbox_index_read(&x, ic, e->sink.mailbox, NULL);
	if (ret == 0)
		ret = open_and_transfer(e, ic, &x);
	if (ret == 0)
		print(e);
	imap_mailbox_clear(&m);
	mailbox_index_clear(&x);
	return ret;
}

static int
check(struct export *e)
{
	struct mail_sink *s = &e->sink;
	bool stream = strcmp(s->path, "-") == 0;

	s->format = mail_format_find(e->format != NULL ? e->format : "mbox");
	if (s->format == NULL)
		return cmd_usage(e->cmd,
		    "the formats are mbox, maildir and eml");
	if (stream && s->format != mail_format_find("mbox"))
		return cmd_usage(e->cmd, "a stream is an mbox");
	if (stream && isatty(1) == 1)
		return cmd_usage(e->cmd, "mail is not written to a terminal");
	if (stream && e->dry_run)
		return cmd_usage(e->cmd, "--dry-run wants a file or a folder");
	return 0;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct export e = { .cmd = c };
	const struct opt opts[] = {
		{ 'f', "format", OPT_STRING, &e.format, "FORMAT",
		    "mbox (if not told otherwise), maildir or eml" },
		{ 'n', "dry-run", OPT_FLAG, &e.dry_run, NULL,
		    "say what would be written, and write nothing" },
		{ 0 },
	};
	struct buf own = { 0 };
	int ret = EX_USAGE;

	if (!cmd_options(c, &argc, argv, opts, 2, 2))
		return c->status;
	e.sink.cmd = c;
	e.sink.mailbox = argv[0];
	e.sink.path = each_user_path(c, argv[1], !e.dry_run, &own);
	if (e.sink.path != NULL)
		ret = check(&e);
	interrupt_catch();
	if (ret == 0)
		ret = imap_conn_with(c, export, &e);
	buf_free(&own);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_export = {
	.name = "export",
	.usage = "[-n] [-f FORMAT] MAILBOX PATH",
	.summary = "write a mailbox to an mbox, a Maildir or .eml files",
	.example = { "mailctl export INBOX inbox.mbox",
	    "mailctl export -f maildir Archive ~/Maildir" },
	.bulk = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
