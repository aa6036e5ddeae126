/* SPDX-License-Identifier: ISC */
#include "sent.h"

#include "special_use.h"

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
file(struct imap_conn *ic, struct span message)
{
	struct imap_answer a = { 0 };
	struct buf name = { 0 };
	int ret;

	ret = special_use_find(ic, "\\Sent", "Sent", &name);
	if (ret == 0)
		ret = append(ic, buf_span(&name), message, &a);
	if (ret == 0 && a.code == IMAP_CODE_TRYCREATE) {
		imap_answer_clear(&a);
		ret = imap_conn_create(ic, name.data);
		if (ret == 0)
			ret = append(ic, buf_span(&name), message, &a);
	}
	if (ret == 0)
		ret = imap_conn_check(ic, &a, name.data, EX_CANTCREAT);
	imap_answer_clear(&a);
	buf_free(&name);
	return ret;
}

static int
file_span(struct imap_conn *ic, void *message)
{
	const struct span *s = message;

	return file(ic, *s);
}

static int
file_by_own(const struct cmd *c, struct login *l, struct span message)
{
	struct imap_conn own;
	int ret = imap_conn_open(&own, c, l);

	if (ret == 0)
		ret = file(&own, message);
	imap_conn_close(&own);
	return ret;
}

void
sent_file(const struct cmd *c, struct login *l, struct imap_conn *ic,
    struct span message)
{
	int ret;

	if (ic != NULL)
		ret = file(ic, message);
	else if (c->session != NULL)
		ret = imap_conn_with(c, file_span, &message);
	else
		ret = file_by_own(c, l, message);
	if (ret != 0)
		cmd_warn(c, "the message was sent, but no copy is filed");
}
