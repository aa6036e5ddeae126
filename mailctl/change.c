/* SPDX-License-Identifier: ISC */
#include "change.h"

static const struct out_column columns[] = {
	{ "action", OUT_STRING, false },
	{ "messages", OUT_NUMBER, false },
	{ "from", OUT_STRING, true },
	{ "to", OUT_STRING, true },
	{ "done", OUT_BOOL, false },
};

void
change_print(const struct change *ch, const struct message_look *l,
    const char *action, const char *to, uint32_t uidvalidity,
    const struct seqset *uids)
{
	struct out *o = &ch->cmd->out;
	struct buf from_id = { 0 }, to_id = { 0 };

	msgid_format_set(
	    &from_id, l->id->mailbox, l->mailbox.uidvalidity, &l->found.uids);
	if (uidvalidity != 0)
		msgid_format_set(&to_id, to, uidvalidity, uids);
	else
		buf_adds(&to_id, to);
	out_str(o, span_str(action));
	out_num(o, seqset_count(&l->found.uids));
	out_str(o, buf_span(&from_id));
	out_str(o, buf_span(&to_id));
	out_bool(o, !ch->dry_run);
	buf_free(&from_id);
	buf_free(&to_id);
}

int
change_with(
    struct change *ch, int (*fn)(struct imap_conn *ic, void *arg), void *arg)
{
	int ret;

	out_begin(&ch->cmd->out, columns, sizeof(columns) / sizeof(columns[0]));
	ret = imap_conn_with(ch->cmd, fn, arg);
	out_end(&ch->cmd->out);
	return cmd_end(ch->cmd, ret);
}

struct run {
	struct change *change;
	struct msgid_list ids;
	const struct message_visitor *visitor;
};

static int
visit_all(struct imap_conn *ic, void *arg)
{
	struct run *r = arg;
	int ret;

	ret = message_visit(ic, &r->ids, r->visitor);
	/* What was done before a failure can be taken back, too. */
	undo_save(ic, &r->change->undo);
	return ret;
}

int
change_run(
    struct change *ch, int argc, char **argv, const struct message_visitor *v)
{
	struct run r = { .change = ch, .visitor = v };
	struct buf err = { 0 };
	int ret;

	if (msgid_list_read(&r.ids, argc, argv, &err) < 0)
		ret = cmd_usage(ch->cmd, "%s", err.data);
	else
		ret = change_with(ch, visit_all, &r);
	msgid_list_clear(&r.ids);
	buf_free(&err);
	return ret;
}
