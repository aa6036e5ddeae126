/* SPDX-License-Identifier: ISC */
#include "change.h"
#include "transfer.h"

/*
 * undo: take back the last move, deletion or change of flags.
 */
struct step {
	struct change *change;
	const char *move;  /* where they go back to */
	const char *store; /* or what flags they get back */
};

static int
store(const struct message_look *l, const char *change)
{
	struct imap_answer a = { 0 };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, &l->found.uids);
	imap_client_begin(l->conn->client, 0, imap_answer_fn, &a);
	imap_client_add(l->conn->client, "UID STORE %s %s", set.data, change);
	imap_client_end(l->conn->client);
	buf_free(&set);
	ret = imap_conn_run(l->conn);
	if (ret == 0)
		ret = imap_conn_check(l->conn, &a, l->id->mailbox, EX_NOPERM);
	imap_answer_clear(&a);
	return ret;
}

/* "-FLAGS.SILENT (\\Seen)" is "-\\Seen" for who reads it. */
static void
add_marks(struct buf *out, const char *store)
{
	struct span rest = span_str(store), first;

	span_split(&rest, '(', &first);
	buf_add_span(out, span_sub(first, 0, 1));
	span_split(&rest, ')', &first);
	buf_add_span(out, first);
}

static int
visit(const struct message_look *l, void *arg)
{
	const struct step *s = arg;
	struct transfer t = { .to = s->move, .move = true };
	struct buf to = { 0 };
	int ret = 0;

	if (s->move != NULL)
		buf_adds(&to, s->move);
	else
		add_marks(&to, s->store);

	if (!s->change->dry_run)
		ret = s->move != NULL ? transfer_messages(l, &t)
				      : store(l, s->store);
	if (ret == 0)
		change_print(s->change, l, "undo", to.data, t.uidvalidity, &t.uids);
	transfer_clear(&t);
	buf_free(&to);
	return ret;
}

/* It was written by mailctl, but anybody may have edited it. */
static bool
is_store(const char *s)
{
	return s != NULL && strpbrk(s, "\r\n{") == NULL;
}

static int
undo_step(struct imap_conn *ic, struct change *ch, const json_t *step)
{
	const char *id = json_string_value(json_object_get(step, "id"));
	struct step s = { .change = ch };
	struct message_visitor v = { .write = true, .visit = visit, .arg = &s };
	struct msgid_list l = { 0 };
	struct buf err = { 0 };
	int ret;

	s.move = json_string_value(json_object_get(step, "move"));
	s.store = json_string_value(json_object_get(step, "store"));
	if (id == NULL || (s.move == NULL && !is_store(s.store)) ||
	    msgid_list_add(&l, span_str(id), &err) < 0)
		ret = cmd_fail(
		    ic->cmd, EX_DATAERR, "what undo remembers is damaged");
	else
		ret = message_visit(ic, &l, &v);
	msgid_list_clear(&l);
	buf_free(&err);
	return ret;
}

/* The last step goes first. */
static int
undo(struct imap_conn *ic, void *arg)
{
	struct change *ch = arg;
	json_t *state, *steps;
	int ret;

	ret = undo_load(ic, &state);
	steps = json_object_get(state, "steps");
	for (size_t i = json_array_size(steps); i-- > 0 && ret == 0;)
		ret = undo_step(ic, ch, json_array_get(steps, i));
	if (ret == 0 && !ch->dry_run)
		undo_forget();
	json_decref(state);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct change ch = { .cmd = c };
	const struct opt opts[] = { CHANGE_OPT_DRY_RUN(&ch), { 0 } };

	if (!cmd_options(c, &argc, argv, opts, 0, 0))
		return c->status;
	return change_with(&ch, undo, &ch);
}

const struct cmd_entry cmd_undo = {
	.name = "undo",
	.usage = "[-n]",
	.summary = "take back the last move, deletion or change of marks",
	.example = { "mailctl undo --dry-run", "mailctl undo" },
	.as = CMD_AS_USER,
	.exec = exec,
};
