/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "change.h"
#include "transfer.h"

/*
 * mailbox status, mailbox empty.
 */
struct status {
	struct imap_answer answer;
	uint64_t messages, unseen, uidnext, uidvalidity;
};

struct statuses {
	struct cmd *cmd;
	char **name;
	size_t len;
	struct status *status;
};

static void
on_status(void *arg, struct imap_resp *r)
{
	struct status *s = arg;
	const struct {
		const char *item;
		uint64_t *value;
	} items[] = {
		{ "MESSAGES", &s->messages },
		{ "UNSEEN", &s->unseen },
		{ "UIDNEXT", &s->uidnext },
		{ "UIDVALIDITY", &s->uidvalidity },
	};
	struct span name, value;

	while (imap_resp_pair(r, &name, &value)) {
		for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
			if (span_ieqs(name, items[i].item))
				span_u64(value, UINT32_MAX, items[i].value);
		}
	}
}

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "unread", OUT_NUMBER, false },
	{ "uidnext", OUT_NUMBER, false },
	{ "uidvalidity", OUT_NUMBER, false },
};

static void
print(struct out *o, const char *name, const struct status *s)
{
	out_str(o, span_str(name));
	out_num(o, s->messages);
	out_num(o, s->unseen);
	out_num(o, s->uidnext);
	out_num(o, s->uidvalidity);
}

/* All at once; those that are there are printed. */
static int
status(struct imap_conn *ic, void *arg)
{
	struct statuses *l = arg;
	int ret, one, failed = 0;

	for (size_t i = 0; i < l->len; i++) {
		struct status *s = &l->status[i];

		s->answer.data = on_status;
		s->answer.arg = s;
		imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_STATUS),
		    imap_answer_fn, &s->answer);
		imap_client_add(ic->client, "STATUS ");
		imap_client_add_mailbox(ic->client, span_str(l->name[i]));
		imap_client_add(
		    ic->client, " (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
		imap_client_end(ic->client);
	}
	ret = imap_conn_run(ic);
	out_begin(&l->cmd->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < l->len && ret == 0; i++) {
		one = imap_conn_check(
		    ic, &l->status[i].answer, l->name[i], EX_NOMESSAGE);
		if (one != 0)
			failed = one;
		else
			print(&l->cmd->out, l->name[i], &l->status[i]);
	}
	out_end(&l->cmd->out);
	return ret != 0 ? ret : failed;
}

static int
exec_status(struct cmd *c, int argc, char **argv)
{
	struct statuses l = { .cmd = c, .name = argv };
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, -1))
		return c->status;
	l.len = (size_t)argc;
	l.status = xcalloc(l.len, sizeof(l.status[0]));
	ret = imap_conn_with(c, status, &l);
	for (size_t i = 0; i < l.len; i++)
		imap_answer_clear(&l.status[i].answer);
	free(l.status);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_mailbox_status = {
	.name = "mailbox status",
	.usage = "MAILBOX...",
	.summary = "count the messages of mailboxes",
	.example = { "mailctl mailbox status INBOX",
	    "mailctl mailbox status --json INBOX Archive" },
	.as = CMD_AS_EACH,
	.exec = exec_status,
};

/* ---- mailbox empty ---- */

struct empty {
	struct change change;
	const char *mailbox;
};

static int
visit(const struct message_look *l, void *arg)
{
	struct empty *e = arg;
	int ret = 0;

	if (!e->change.dry_run)
		ret = transfer_purge(l);
	if (ret == 0)
		change_print(&e->change, l, "purge", "", 0, NULL);
	return ret;
}

static int
purge(struct empty *e, struct message_look *l)
{
	int ret, missing;

	/* message_looked() would say that it has none of them. */
	if (l->mailbox.answer.type == IMAP_RESP_OK && l->mailbox.exists == 0)
		return EX_NO;
	ret = message_looked(l, &missing);
	if (ret == 0)
		ret = missing;
	return ret == 0 ? message_parts(l, visit, e) : ret;
}

static int
empty(struct imap_conn *ic, void *arg)
{
	struct empty *e = arg;
	struct msgid id = { .mailbox = xstrdup(e->mailbox) };
	struct message_look l;
	int ret;

	seqset_add(&id.uids, 1, SEQSET_STAR);
	message_look(ic, &l, &id, true);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = purge(e, &l);
	message_look_clear(&l);
	msgid_clear(&id);
	return ret;
}

static int
exec_empty(struct cmd *c, int argc, char **argv)
{
	struct empty e = { .change = { .cmd = c } };
	const struct opt opts[] = {
		CHANGE_OPT_YES(&e.change, "do it: the messages are gone for "
					  "ever"),
		CHANGE_OPT_DRY_RUN(&e.change),
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 1, 1))
		return c->status;
	if (!e.change.yes && !e.change.dry_run)
		return cmd_usage(c,
		    "all messages in %s would be gone for "
		    "ever; say --yes",
		    argv[0]);
	e.mailbox = argv[0];
	return change_with(&e.change, empty, &e);
}

const struct cmd_entry cmd_mailbox_empty = {
	.name = "mailbox empty",
	.usage = "[-n] --yes MAILBOX",
	.summary = "delete all messages of a mailbox for ever",
	.example = { "mailctl mailbox empty --dry-run Trash",
	    "mailctl mailbox empty --yes Trash" },
	.as = CMD_AS_EACH,
	.exec = exec_empty,
};
