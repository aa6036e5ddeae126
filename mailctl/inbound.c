/* SPDX-License-Identifier: ISC */
#include "inbound.h"

static int
read_there(struct inbound *in)
{
	struct mailbox_index x = { 0 };
	struct seqset uids = { 0 };
	int ret = mailbox_index_read(&x, in->conn, in->mailbox, NULL);

	mailbox_index_uids(&x, &uids);
	if (ret == 0)
		ret = fingerprints_read(&in->there, in->conn, in->mailbox, &x,
		    &uids);
	mailbox_index_clear(&x);
	seqset_clear(&uids);
	return ret;
}

int
inbound_open(struct inbound *in)
{
	struct imap_mailbox m;
	int ret;

	in->appender.conn = in->conn;
	in->appender.mailbox = in->mailbox;
	imap_conn_examine(in->conn, &m, in->mailbox);
	ret = imap_conn_run(in->conn);
	if (ret == 0 && m.answer.type == IMAP_RESP_NO) {
		if (!in->dry_run)
			ret = imap_conn_create(in->conn, in->mailbox);
	} else if (ret == 0) {
		ret = imap_conn_check(in->conn, &m.answer, in->mailbox,
		    EX_PROTOCOL);
		if (ret == 0 && m.exists > 0 && !in->doubles)
			ret = read_there(in);
	}
	imap_answer_clear(&m.answer);
	return ret;
}

int
inbound_add(struct inbound *in, const char *flags, struct mail_date date,
    struct span body)
{
	struct fingerprint fp;

	fingerprint_make(&fp, body, 0);
	if (!in->doubles && fingerprints_take(&in->there, &fp) != 0) {
		in->skipped++;
		return 0;
	}
	in->wanted++;
	return in->dry_run ? 0 :
	    appender_add(&in->appender, flags, date, body, NULL);
}

int
inbound_close(struct inbound *in, int status)
{
	int ret = 0;

	if (imap_client_next(in->conn->client) == IMAP_CLIENT_READY)
		ret = appender_flush(&in->appender);
	if (status != 0)
		return status;
	return ret == 0 && in->appender.refused > 0 ? EX_DATAERR : ret;
}

void
inbound_clear(struct inbound *in)
{
	appender_clear(&in->appender);
	fingerprints_clear(&in->there);
}
