/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "answering.h"
#include "message.h"
#include "outgoing.h"
#include "part.h"

/*
 * reply, forward: answers to a message, and a message for somebody else.
 */
struct reply {
	struct outgoing out;
	struct msgid_list ids;
	struct opt_list to, cc;
	bool all, forward;
	struct buf text; /* what is said to it */
	uint32_t uidvalidity;
};

/* ---- attachments that go along ---- */

struct parts {
	struct part_list list;
	struct buf *bytes;
	struct compose_attachment *attachment;
	size_t len;
};

static void
take_parts(struct parts *p, struct span message)
{
	struct buf text = { .max = 2 * PART_TEXT_MAX };

	part_read(&text, &p->list, message);
	buf_free(&text);
	p->bytes = xcalloc(p->list.len + 1, sizeof(p->bytes[0]));
	p->attachment = xcalloc(p->list.len + 1, sizeof(p->attachment[0]));
	for (size_t i = 0; i < p->list.len; i++) {
		const struct part *part = &p->list.part[i];
		struct buf *b = &p->bytes[p->len];

		b->max = PART_MESSAGE_MAX;
		if (!part_decode(b, message, part->number))
			continue;
		p->attachment[p->len++] =
		    (struct compose_attachment){ part->filename[0] != '\0'
						     ? part->filename
						     : "attachment",
			    buf_span(b) };
	}
}

static void
parts_clear(struct parts *p)
{
	for (size_t i = 0; i < p->list.len; i++)
		buf_free(&p->bytes[i]);
	free(p->bytes);
	free(p->attachment);
	part_list_clear(&p->list);
}

/* ---- the message ---- */

static void
add_all(struct opt_list *l, const struct buf *addresses)
{
	if (addresses->len > 0)
		opt_list_add(l, addresses->data);
}

static int
compose(struct reply *r, struct answering *a, struct span message)
{
	struct parts parts = { 0 };
	struct compose m;
	int ret;

	add_all(&r->to, &a->to);
	add_all(&r->cc, &a->cc);
	if (r->text.len > 0 && r->text.data[r->text.len - 1] != '\n')
		buf_addc(&r->text, '\n');
	buf_addc(&r->text, '\n');
	buf_add_span(&r->text, buf_span(&a->text));
	if (r->forward)
		take_parts(&parts, message);
	m = (struct compose){
		.to = r->to.value,
		.nto = r->to.len,
		.cc = r->cc.value,
		.ncc = r->cc.len,
		.subject = a->subject.data,
		.in_reply_to = a->in_reply_to.data,
		.references = a->references.data,
		.body = buf_span(&r->text),
		.attachment = parts.attachment,
		.nattachments = parts.len,
	};
	ret = outgoing_compose(&r->out, &m);
	parts_clear(&parts);
	return ret;
}

static int
answer(struct reply *r, struct span message)
{
	struct answering a = { 0 };
	char *self = outgoing_self(&r->out);
	int ret = 0;

	if (r->forward)
		answering_forward(&a, message);
	else if (!answering_reply(&a, message, r->all, self))
		ret = cmd_fail(r->out.cmd, EX_DATAERR,
		    "the message has no address to reply to");
	if (ret == 0)
		ret = compose(r, &a, message);
	if (ret == 0)
		ret = outgoing_rcpts(&r->out, 0, NULL, true);
	/* They borrow from a. */
	opt_list_free(&r->to);
	opt_list_free(&r->cc);
	answering_clear(&a);
	free(self);
	return ret;
}

static int
read_it(const struct message *m, void *arg)
{
	struct reply *r = arg;
	struct buf bytes = { .max = PART_MESSAGE_MAX };
	int ret;

	r->uidvalidity = m->uidvalidity;
	ret = message_read(m, &bytes);
	if (ret == 0)
		ret = answer(r, buf_span(&bytes));
	buf_free(&bytes);
	return ret;
}

static int
mark(const struct message_look *l, void *arg)
{
	const struct reply *r = arg;
	struct imap_answer a = { 0 };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, &l->found.uids);
	imap_client_begin(l->conn->client, 0, imap_answer_fn, &a);
	imap_client_add(l->conn->client, "UID STORE %s +FLAGS.SILENT (%s)",
	    set.data, r->forward ? "$Forwarded" : "\\Answered");
	imap_client_end(l->conn->client);
	ret = imap_conn_run(l->conn);
	if (ret == 0)
		ret = imap_conn_check(l->conn, &a, l->id->mailbox, EX_NOPERM);
	imap_answer_clear(&a);
	buf_free(&set);
	return ret;
}

static int
run(struct imap_conn *ic, void *arg)
{
	struct reply *r = arg;
	struct message_visitor v = { .write = true, .visit = mark, .arg = r };
	int ret;

	r->out.login = ic->login;
	r->out.conn = ic;
	ret = message_each(ic, &r->ids, read_it, r);
	if (ret == 0)
		ret = outgoing_submit(&r->out);
	if (ret != 0)
		return ret;
	r->ids.id[0].uidvalidity = r->uidvalidity;
	if (message_visit(ic, &r->ids, &v) != 0)
		cmd_warn(r->out.cmd, "the message was sent, but the other one "
				     "is not marked");
	return 0;
}

/* ---- the commands ---- */

static int
read_words(struct reply *r, int argc, char **argv)
{
	struct buf err = { 0 };
	int ret = 0;

	if (msgid_list_read(&r->ids, argc, argv, &err) < 0)
		ret = cmd_usage(r->out.cmd, "%s", err.data);
	else if (r->ids.len != 1 || seqset_count(&r->ids.id[0].uids) != 1)
		ret = cmd_usage(r->out.cmd, "one message at a time");
	if (ret == 0)
		ret = outgoing_text(&r->out, &r->text);
	buf_free(&err);
	return ret;
}

static int
answer_words(struct cmd *c, struct reply *r, int argc, char **argv)
{
	int ret;

	if (r->forward && r->to.len == 0)
		return cmd_usage(c, "nobody to send it to: give --to");
	ret = read_words(r, argc, argv);
	if (ret == 0)
		ret = imap_conn_with(c, run, r);
	return cmd_end(c, ret);
}

static int
exec(struct cmd *c, int argc, char **argv, const struct opt *opts,
    struct reply *r)
{
	int ret;

	r->out.cmd = c;
	if (cmd_options(c, &argc, argv, opts, 1, 1))
		ret = answer_words(c, r, argc, argv);
	else
		ret = c->status;
	msgid_list_clear(&r->ids);
	opt_list_free(&r->to);
	opt_list_free(&r->cc);
	buf_free(&r->text);
	outgoing_clear(&r->out);
	return ret;
}

static int
exec_reply(struct cmd *c, int argc, char **argv)
{
	struct reply r = { .text = { .max = OUTGOING_MAX } };
	const struct opt opts[] = {
		{ 0, "all", OPT_FLAG, &r.all, NULL,
		    "to those who got the message, too" },
		{ 0, "cc", OPT_LIST, &r.cc, "ADDRESS", "with a copy to" },
		OUTGOING_OPTS(&r.out),
		{ 0 },
	};

	return exec(c, argc, argv, opts, &r);
}

const struct cmd_entry cmd_reply = {
	.name = "reply",
	.usage = "[--all] [--body TEXT] [-a FILE] ID",
	.summary = "answer a message",
	.example = { "mailctl reply INBOX:4711 --body 'Yes, gladly.'",
	    "mailctl reply --all INBOX:4711 < text" },
	.exec = exec_reply,
};

static int
exec_forward(struct cmd *c, int argc, char **argv)
{
	struct reply r = { .forward = true, .text = { .max = OUTGOING_MAX } };
	const struct opt opts[] = {
		{ 0, "to", OPT_LIST, &r.to, "ADDRESS", "send it to ADDRESS" },
		{ 0, "cc", OPT_LIST, &r.cc, "ADDRESS", "with a copy to" },
		OUTGOING_OPTS(&r.out),
		{ 0 },
	};

	return exec(c, argc, argv, opts, &r);
}

const struct cmd_entry cmd_forward = {
	.name = "forward",
	.usage = "--to ADDRESS [--body TEXT] [-a FILE] ID",
	.summary = "send a message, and what is attached, to somebody else",
	.example = { "mailctl forward --to eve@example.org --body '' "
		     "INBOX:4711",
	    "echo 'For you.' | mailctl forward --to eve@example.org "
	    "INBOX:4711" },
	.exec = exec_forward,
};
