/* SPDX-License-Identifier: ISC */
#include "change.h"
#include "special_use.h"
#include "transfer.h"

/*
 * move, copy, archive, delete: messages into another mailbox, or away.
 */
struct move {
	struct change change;
	const char *action;
	const char *use; /* where to, by what it is for; NULL: to is named */
	const char *to;  /* a name; the usual one of that use */
	bool move, purge;
	struct buf found; /* the name of use, once it was asked for */
};

static int
find_target(struct move *m, struct imap_conn *ic)
{
	if (m->use == NULL || m->found.len > 0)
		return 0;
	if (special_use_find(ic, m->use, m->to, &m->found) != 0)
		return EX_UNAVAILABLE;
	m->to = m->found.data;
	return 0;
}

static int
transfer(struct move *m, const struct message_look *l)
{
	struct transfer t = {
		.to = m->to, .move = m->move, .create = m->use != NULL
	};
	int ret = 0;

	if (!m->change.dry_run)
		ret = transfer_messages(l, &t);
	if (ret == 0)
		change_print(
		    &m->change, l, m->action, m->to, t.uidvalidity, &t.uids);
	if (ret == 0 && !m->change.dry_run && m->move)
		undo_add_move(&m->change.undo, m->to, t.uidvalidity, &t.uids,
		    l->id->mailbox);
	transfer_clear(&t);
	return ret;
}

static int
purge(struct move *m, const struct message_look *l)
{
	int ret = 0;

	if (!m->change.yes && !m->change.dry_run)
		return cmd_usage(m->change.cmd,
		    "what is deleted from %s is gone for ever; say --yes",
		    l->id->mailbox);
	if (!m->change.dry_run)
		ret = transfer_purge(l);
	if (ret == 0)
		change_print(&m->change, l, "purge", "", 0, NULL);
	return ret;
}

static int
visit(const struct message_look *l, void *arg)
{
	struct move *m = arg;
	int ret;

	if (m->purge)
		return purge(m, l);
	ret = find_target(m, l->conn);
	if (ret != 0)
		return ret;
	if (strcmp(m->to, l->id->mailbox) != 0)
		return transfer(m, l);
	if (strcmp(m->action, "delete") == 0)
		return purge(m, l);
	return cmd_fail(
	    m->change.cmd, EX_DATAERR, "the messages are in %s already", m->to);
}

static int
run(struct move *m, int argc, char **argv)
{
	struct message_visitor v = {
		.write = m->move, .visit = visit, .arg = m
	};
	int ret = change_run(&m->change, argc, argv, &v);

	buf_free(&m->found);
	return ret;
}

/* ID... MAILBOX */
static int
exec_to(struct cmd *c, int argc, char **argv, const char *action, bool move)
{
	struct move m = {
		.change = { .cmd = c }, .action = action, .move = move
	};
	const struct opt opts[] = { CHANGE_OPT_DRY_RUN(&m.change), { 0 } };

	if (!cmd_options(c, &argc, argv, opts, 2, -1))
		return c->status;
	m.to = argv[argc - 1];
	return run(&m, argc - 1, argv);
}

static int
exec_move(struct cmd *c, int argc, char **argv)
{
	return exec_to(c, argc, argv, "move", true);
}

const struct cmd_entry cmd_move = {
	.name = "move",
	.usage = "[-n] ID... MAILBOX",
	.summary = "move messages into a mailbox",
	.example = { "mailctl move INBOX:4711 Work",
	    "mailctl search -q from:alice | mailctl move - Archive" },
	.as = CMD_AS_USER,
	.exec = exec_move,
};

static int
exec_copy(struct cmd *c, int argc, char **argv)
{
	return exec_to(c, argc, argv, "copy", false);
}

const struct cmd_entry cmd_copy = {
	.name = "copy",
	.usage = "[-n] ID... MAILBOX",
	.summary = "copy messages into a mailbox",
	.example = { "mailctl copy INBOX:4711 Work",
	    "mailctl copy -n INBOX:1:100 Work" },
	.as = CMD_AS_USER,
	.exec = exec_copy,
};

static int
exec_archive(struct cmd *c, int argc, char **argv)
{
	struct move m = { .change = { .cmd = c },
		.action = "archive",
		.use = "\\Archive",
		.to = "Archive",
		.move = true };
	const struct opt opts[] = { CHANGE_OPT_DRY_RUN(&m.change), { 0 } };

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	return run(&m, argc, argv);
}

const struct cmd_entry cmd_archive = {
	.name = "archive",
	.usage = "[-n] ID...",
	.summary = "move messages into the archive",
	.example = { "mailctl archive INBOX:4711",
	    "mailctl search -q is:read before:3m | mailctl archive -" },
	.as = CMD_AS_USER,
	.exec = exec_archive,
};

static int
exec_delete(struct cmd *c, int argc, char **argv)
{
	struct move m = { .change = { .cmd = c },
		.action = "delete",
		.use = "\\Trash",
		.to = "Trash",
		.move = true };
	const struct opt opts[] = {
		{ 0, "purge", OPT_FLAG, &m.purge, NULL,
		    "for ever, not into the trash; needs --yes" },
		CHANGE_OPT_YES(&m.change, "do it, though it is for ever"),
		CHANGE_OPT_DRY_RUN(&m.change),
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	if (m.purge && !m.change.yes && !m.change.dry_run)
		return cmd_usage(c, "--purge deletes for ever; say --yes, too");
	return run(&m, argc, argv);
}

const struct cmd_entry cmd_delete = {
	.name = "delete",
	.usage = "[-n] [--purge --yes] ID...",
	.summary = "move messages into the trash, or delete them for ever",
	.example = { "mailctl delete INBOX:4711",
	    "mailctl search -q -m Trash before:1m | mailctl delete --yes -" },
	.as = CMD_AS_USER,
	.exec = exec_delete,
};
