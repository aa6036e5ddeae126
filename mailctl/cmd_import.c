/* SPDX-License-Identifier: ISC */
#include "appender.h"
#include "fingerprint.h"
#include "interrupt.h"
#include "mail_source.h"
#include "progress.h"

/*
 * import: files into a mailbox.
 */
struct import {
	struct cmd *cmd;
	const char *path, *mailbox;
	bool dry_run, doubles;
	struct fingerprints there;
	struct appender appender;
	struct progress progress;
	uint64_t wanted, skipped;
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
	out_str(o, span_str(i->mailbox));
	out_str(o, span_str(i->path));
	out_num(o, i->dry_run ? i->wanted : i->appender.appended);
	out_num(o, i->skipped);
	out_num(o, i->appender.refused);
	out_bool(o, !i->dry_run);
	out_end(o);
}

static int
on_message(void *arg, const struct source_message *m)
{
	struct import *i = arg;
	struct fingerprint fp;

	progress_add(&i->progress, 1);
	fingerprint_make(&fp, m->body, 0);
	if (!i->doubles && fingerprints_take(&i->there, &fp) != 0) {
		i->skipped++;
		return 0;
	}
	i->wanted++;
	return i->dry_run ? 0 :
	    appender_add(&i->appender, m->flags, m->date, m->body, NULL);
}

/* What the mailbox holds; it may have to be made. */
static int
look(struct import *i, struct imap_conn *ic)
{
	struct imap_mailbox m;
	struct mailbox_index x = { 0 };
	struct seqset uids = { 0 };
	int ret;

	imap_conn_examine(ic, &m, i->mailbox);
	ret = imap_conn_run(ic);
	if (ret == 0 && m.answer.type == IMAP_RESP_NO) {
		if (!i->dry_run)
			ret = imap_conn_create(ic, i->mailbox);
	} else if (ret == 0) {
		ret = imap_conn_check(ic, &m.answer, i->mailbox, EX_PROTOCOL);
		if (ret == 0)
			ret = mailbox_index_read(&x, ic, i->mailbox, NULL);
		mailbox_index_uids(&x, &uids);
		if (ret == 0 && !i->doubles)
			ret = fingerprints_read(&i->there, ic, i->mailbox, &x,
			    &uids);
	}
	imap_answer_clear(&m.answer);
	mailbox_index_clear(&x);
	seqset_clear(&uids);
	return ret;
}

static int
import(struct imap_conn *ic, void *arg)
{
	struct import *i = arg;
	int ret = look(i, ic), flushed;

	i->appender.conn = ic;
	i->appender.mailbox = i->mailbox;
	if (ret == 0) {
		progress_begin(i->cmd, &i->progress, i->path, 0);
		ret = mail_source_read(i->cmd, i->path, on_message, i);
		/* What was read before an interrupt still goes. */
		flushed = imap_client_next(ic->client) == IMAP_CLIENT_READY ?
		    appender_flush(&i->appender) : 0;
		progress_end(&i->progress);
		ret = ret != 0 ? ret : flushed;
	}
	if (ret == 0)
		print(i);
	if (ret == 0 && i->appender.refused > 0)
		ret = EX_DATAERR;
	appender_clear(&i->appender);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct import i = { .cmd = c };
	const struct opt opts[] = {
		{ 'n', "dry-run", OPT_FLAG, &i.dry_run, NULL,
		    "say what would be imported, and change nothing" },
		{ 0, "doubles", OPT_FLAG, &i.doubles, NULL,
		    "import what is there already, too" },
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 1, 2))
		return c->status;
	i.path = argv[0];
	i.mailbox = argc > 1 ? argv[1] : "INBOX";
	interrupt_catch();
	ret = imap_conn_with(c, import, &i);
	fingerprints_clear(&i.there);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_import = {
	.name = "import",
	.usage = "[-n] PATH [MAILBOX]",
	.summary = "put an mbox, a Maildir or .eml files into a mailbox",
	.example = { "mailctl import old.mbox Archive",
	    "mailctl import ~/Maildir INBOX --dry-run" },
	.exec = exec,
};
