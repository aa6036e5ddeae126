/* SPDX-License-Identifier: ISC */
#include "imap_conn.h"

/*
 * mailbox create, rename, delete, subscribe, unsubscribe.
 */
struct names {
	char **name;
	int len;
	const char *verb; /* of IMAP */
};

static int
create(struct imap_conn *ic, void *arg)
{
	const struct names *n = arg;
	int ret = 0;

	for (int i = 0; i < n->len && ret == 0; i++)
		ret = imap_conn_create(ic, n->name[i]);
	return ret;
}

/* One command for each name; the first that fails ends it. */
static int
each(struct imap_conn *ic, void *arg)
{
	const struct names *n = arg;
	struct imap_answer a;
	int ret = 0;

	for (int i = 0; i < n->len && ret == 0; i++) {
		imap_conn_name(ic, n->verb, n->name[i], &a);
		ret = imap_conn_run(ic);
		if (ret == 0)
			ret = imap_conn_check(ic, &a, n->name[i], EX_NOMESSAGE);
		imap_answer_clear(&a);
	}
	return ret;
}

static int
exec_names(struct cmd *c, int argc, char **argv, const char *verb,
    int (*fn)(struct imap_conn *ic, void *arg))
{
	struct names n = { .name = argv, .verb = verb };

	if (!cmd_options(c, &argc, argv, NULL, 1, -1))
		return c->status;
	n.len = argc;
	return cmd_end(c, imap_conn_with(c, fn, &n));
}

static int
exec_create(struct cmd *c, int argc, char **argv)
{
	return exec_names(c, argc, argv, "CREATE", create);
}

const struct cmd_entry cmd_mailbox_create = {
	.name = "mailbox create",
	.usage = "MAILBOX...",
	.summary = "create mailboxes",
	.example = { "mailctl mailbox create Work",
	    "mailctl mailbox create Work/Plans Work/Done" },
	.as = CMD_AS_EACH,
	.exec = exec_create,
};

static int
exec_subscribe(struct cmd *c, int argc, char **argv)
{
	return exec_names(c, argc, argv, "SUBSCRIBE", each);
}

const struct cmd_entry cmd_mailbox_subscribe = {
	.name = "mailbox subscribe",
	.usage = "MAILBOX...",
	.summary = "let mail programs show mailboxes",
	.example = { "mailctl mailbox subscribe Work",
	    "mailctl mailbox subscribe Work/Plans Work/Done" },
	.as = CMD_AS_EACH,
	.exec = exec_subscribe,
};

static int
exec_unsubscribe(struct cmd *c, int argc, char **argv)
{
	return exec_names(c, argc, argv, "UNSUBSCRIBE", each);
}

const struct cmd_entry cmd_mailbox_unsubscribe = {
	.name = "mailbox unsubscribe",
	.usage = "MAILBOX...",
	.summary = "let mail programs hide mailboxes",
	.example = { "mailctl mailbox unsubscribe Junk",
	    "mailctl mailbox unsubscribe Lists/2023 Lists/2024" },
	.as = CMD_AS_EACH,
	.exec = exec_unsubscribe,
};

/* ---- rename ---- */

static int
rename_one(struct imap_conn *ic, void *arg)
{
	char **names = arg;
	struct imap_answer a = { 0 };
	int ret;

	imap_client_begin(ic->client, 0, imap_answer_fn, &a);
	imap_client_add(ic->client, "RENAME ");
	imap_client_add_mailbox(ic->client, span_str(names[0]));
	imap_client_add(ic->client, " ");
	imap_client_add_mailbox(ic->client, span_str(names[1]));
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, names[0], EX_NOMESSAGE);
	imap_answer_clear(&a);
	return ret;
}

static int
exec_rename(struct cmd *c, int argc, char **argv)
{
	if (!cmd_options(c, &argc, argv, NULL, 2, 2))
		return c->status;
	return cmd_end(c, imap_conn_with(c, rename_one, argv));
}

const struct cmd_entry cmd_mailbox_rename = {
	.name = "mailbox rename",
	.usage = "MAILBOX NEW",
	.summary = "give a mailbox, and those below it, a new name",
	.example = { "mailctl mailbox rename Work Office",
	    "mailctl mailbox rename Plans Work/Plans" },
	.as = CMD_AS_EACH,
	.exec = exec_rename,
};

/* ---- delete ---- */

static int
exec_delete(struct cmd *c, int argc, char **argv)
{
	struct names n = { .name = argv, .verb = "DELETE" };
	bool yes = false;
	const struct opt opts[] = {
		{ 'y', "yes", OPT_FLAG, &yes, NULL,
		    "do it: the messages in it are gone for ever" },
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	if (!yes)
		return cmd_usage(c,
		    "all messages in %s would be gone for "
		    "ever; say --yes",
		    argv[0]);
	n.len = argc;
	return cmd_end(c, imap_conn_with(c, each, &n));
}

const struct cmd_entry cmd_mailbox_delete = {
	.name = "mailbox delete",
	.usage = "--yes MAILBOX...",
	.summary = "delete mailboxes with their messages",
	.example = { "mailctl mailbox delete --yes Work",
	    "mailctl mailbox delete --yes Lists/2023 Lists/2024" },
	.as = CMD_AS_EACH,
	.exec = exec_delete,
};
