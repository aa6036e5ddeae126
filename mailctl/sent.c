/* SPDX-License-Identifier: ISC */
#include "sent.h"

#include "imap_conn.h"

static void
on_list(void *arg, struct imap_resp *r)
{
	struct buf *name = arg;
	struct span flag;

	while (name->len == 0 && imap_resp_word(r, &flag)) {
		if (span_ieqs(flag, "\\Sent"))
			imap_resp_mailbox(name, r->mailbox);
	}
}

static int
find_mailbox(struct imap_conn *ic, struct buf *name)
{
	struct imap_answer a = { .data = on_list, .arg = name };
	int ret;

	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_LIST),
	    imap_answer_fn, &a);
	imap_client_add(ic->client, "LIST \"\" \"*\"");
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	imap_answer_clear(&a);
	if (name->len == 0)
		buf_adds(name, "Sent");
	return ret;
}

static int
append(struct imap_conn *ic, struct span mailbox, struct span message,
    struct imap_answer *a)
{
	*a = (struct imap_answer){ 0 };
	imap_client_begin(ic->client, 0, imap_answer_fn, a);
	imap_client_add(ic->client, "APPEND ");
	imap_client_add_mailbox(ic->client, mailbox);
	imap_client_add(ic->client, " (\\Seen) ");
	imap_client_add_literal(ic->client, message);
	imap_client_end(ic->client);
	return imap_conn_run(ic);
}

static int
create(struct imap_conn *ic, struct span mailbox)
{
	struct imap_answer a = { 0 };
	int ret;

	imap_client_begin(ic->client, 0, imap_answer_fn, &a);
	imap_client_add(ic->client, "CREATE ");
	imap_client_add_mailbox(ic->client, mailbox);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	imap_answer_clear(&a);
	return ret;
}

static int
file(struct imap_conn *ic, struct span message)
{
	struct imap_answer a = { 0 };
	struct buf name = { 0 };
	int ret;

	ret = find_mailbox(ic, &name);
	if (ret == 0)
		ret = append(ic, buf_span(&name), message, &a);
	if (ret == 0 && a.code == IMAP_CODE_TRYCREATE) {
		imap_answer_clear(&a);
		ret = create(ic, buf_span(&name));
		if (ret == 0)
			ret = append(ic, buf_span(&name), message, &a);
	}
	if (ret == 0)
		ret = imap_conn_check(ic, &a, name.data, EX_CANTCREAT);
	imap_answer_clear(&a);
	buf_free(&name);
	return ret;
}

void
sent_file(const struct cmd *c, struct login *l, struct span message)
{
	struct imap_conn ic;
	int ret;

	ret = imap_conn_open(&ic, c, l);
	if (ret == 0)
		ret = file(&ic, message);
	imap_conn_close(&ic);
	if (ret != 0)
		cmd_warn(c, "the message was sent, but no copy is filed");
}
