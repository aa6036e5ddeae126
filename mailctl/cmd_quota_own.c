/* SPDX-License-Identifier: ISC */
#include "imap_conn.h"

/*
 * quota: how much there is of one's own mail, and may be (RFC 9208).
 */
static const struct out_column columns[] = {
	{ "root", OUT_STRING, true },
	{ "resource", OUT_STRING, false },
	{ "used", OUT_SIZE, false },
	{ "limit", OUT_SIZE, false },
};

struct quota {
	struct out *out;
	const char *mailbox;
	size_t n;
};

/* NAME SP USED SP LIMIT; STORAGE counts in units of 1024 bytes. */
static bool
resource(struct quota *q, struct imap_cursor *c, struct span root)
{
	struct buf name = { 0 };
	uint64_t used, limit;
	struct span word;
	unsigned shift;

	if (!imap_atom(c, &word) || !imap_sp(c) || !imap_number64(c, &used) ||
	    !imap_sp(c) || !imap_number64(c, &limit))
		return false;
	shift = span_ieqs(word, "STORAGE") ? 10 : 0;
	for (size_t i = 0; i < word.n; i++)
		buf_addc(&name, (char)ascii_lower(word.p[i]));
	out_str(q->out, root);
	out_str(q->out, buf_span(&name));
	out_num(q->out, used << shift);
	out_num(q->out, limit << shift);
	buf_free(&name);
	q->n++;
	return true;
}

static void
on_other(void *arg, struct imap_resp *r)
{
	struct quota *q = arg;
	struct imap_cursor c = r->data;
	struct span root;

	if (!span_ieqs(r->word, "QUOTA") || !imap_sp(&c) ||
	    !imap_astring(&c, &root) || !imap_sp(&c) || !imap_char(&c, '('))
		return;
	while (resource(q, &c, root) && imap_sp(&c))
		;
}

static int
quota(struct imap_conn *ic, void *arg)
{
	struct quota *q = arg;
	struct imap_answer a = { .data = on_other, .arg = q };
	int ret;

	if ((imap_client_caps(ic->client) & IMAP_CAP_QUOTA) == 0)
		return cmd_fail(ic->cmd, EX_UNAVAILABLE,
		    "%s does not tell quotas", ic->login->imap);
	imap_client_begin(
	    ic->client, IMAP_WANT(IMAP_RESP_OTHER), imap_answer_fn, &a);
	imap_client_add(ic->client, "GETQUOTAROOT ");
	imap_client_add_mailbox(ic->client, span_str(q->mailbox));
	imap_client_end(ic->client);
	out_begin(q->out, columns, sizeof(columns) / sizeof(columns[0]));
	ret = imap_conn_run(ic);
	out_end(q->out);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, q->mailbox, EX_NOMESSAGE);
	imap_answer_clear(&a);
	return ret == 0 && q->n == 0 ? EX_NO : ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct quota q = { .out = &c->out, .mailbox = "INBOX" };

	if (!cmd_options(c, &argc, argv, NULL, 0, 1))
		return c->status;
	if (argc > 0)
		q.mailbox = argv[0];
	return cmd_end(c, imap_conn_with(c, quota, &q));
}

const struct cmd_entry cmd_quota = {
	.name = "quota",
	.usage = "[MAILBOX]",
	.summary = "show how much mail there is, and may be",
	.example = { "mailctl quota", "mailctl quota --json Archive" },
	.as = CMD_AS_EACH,
	.exec = exec,
};
