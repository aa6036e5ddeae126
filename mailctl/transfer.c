/* SPDX-License-Identifier: ISC */
#include "transfer.h"

/* ---- where they went ---- */

/* COPYUID: "UIDVALIDITY FROM TO"; a server may send it in pieces. */
static void
on_code(struct transfer *t, const struct imap_resp *r)
{
	struct span rest = r->code_arg, number, from;
	struct seqset uids = { 0 };
	uint32_t uidvalidity;

	if (r->code != IMAP_CODE_COPYUID || !span_split(&rest, ' ', &number) ||
	    !span_split(&rest, ' ', &from) ||
	    span_u32(number, &uidvalidity) < 0 || seqset_parse(&uids, rest) < 0)
		return;
	t->uidvalidity = uidvalidity;
	seqset_merge(&t->uids, &uids);
	seqset_clear(&uids);
}

struct answer {
	struct imap_answer answer;
	struct transfer *transfer;
};

static void
answer_fn(void *arg, struct imap_resp *r)
{
	struct answer *a = arg;

	on_code(a->transfer, r);
	imap_answer_fn(&a->answer, r);
}

/* ---- commands ---- */

static void
begin(const struct message_look *l, const char *verb, imap_client_fn fn,
    void *arg)
{
	struct buf set = { 0 };

	seqset_format(&set, &l->found.uids);
	imap_client_begin(l->conn->client, IMAP_WANT(IMAP_RESP_OK), fn, arg);
	imap_client_add(l->conn->client, "UID %s %s", verb, set.data);
	buf_free(&set);
}

static int
send_once(const struct message_look *l, struct transfer *t, const char *verb,
    struct imap_answer *out)
{
	struct answer a = { .transfer = t };
	int ret;

	begin(l, verb, answer_fn, &a);
	imap_client_add(l->conn->client, " ");
	imap_client_add_mailbox(l->conn->client, span_str(t->to));
	imap_client_end(l->conn->client);
	ret = imap_conn_run(l->conn);
	*out = a.answer;
	return ret;
}

static int
send_all(const struct message_look *l, struct transfer *t, const char *verb)
{
	struct imap_answer a;
	int ret;

	ret = send_once(l, t, verb, &a);
	if (ret == 0 && a.code == IMAP_CODE_TRYCREATE && t->create) {
		imap_answer_clear(&a);
		ret = imap_conn_create(l->conn, t->to);
		if (ret != 0)
			return ret;
		ret = send_once(l, t, verb, &a);
	}
	if (ret == 0)
		ret = imap_conn_check(l->conn, &a, t->to, EX_NOMESSAGE);
	imap_answer_clear(&a);
	return ret;
}

int
transfer_purge(const struct message_look *l)
{
	bool uidplus = imap_client_caps(l->conn->client) & IMAP_CAP_UIDPLUS;
	struct imap_answer marked = { 0 }, expunged = { 0 };
	int ret;

	begin(l, "STORE", imap_answer_fn, &marked);
	imap_client_add(l->conn->client, " +FLAGS.SILENT (\\Deleted)");
	imap_client_end(l->conn->client);
	if (uidplus) {
		begin(l, "EXPUNGE", imap_answer_fn, &expunged);
		imap_client_end(l->conn->client);
	}
	ret = imap_conn_run(l->conn);
	if (ret == 0)
		ret = imap_conn_check(
		    l->conn, &marked, l->id->mailbox, EX_NOPERM);
	if (ret == 0 && uidplus)
		ret = imap_conn_check(
		    l->conn, &expunged, l->id->mailbox, EX_NOPERM);
	/* EXPUNGE alone would take what others have marked, too. */
	if (ret == 0 && !uidplus)
		cmd_warn(l->conn->cmd,
		    "%s: the messages are marked as "
		    "deleted; this server has no way to remove them alone",
		    l->id->mailbox);
	imap_answer_clear(&marked);
	imap_answer_clear(&expunged);
	return ret;
}

int
transfer_messages(const struct message_look *l, struct transfer *t)
{
	unsigned caps = imap_client_caps(l->conn->client);
	int ret;

	if (!t->move)
		return send_all(l, t, "COPY");
	if (caps & IMAP_CAP_MOVE)
		return send_all(l, t, "MOVE");
	ret = send_all(l, t, "COPY");
	return ret != 0 ? ret : transfer_purge(l);
}

void
transfer_clear(struct transfer *t)
{
	seqset_clear(&t->uids);
}
