/* SPDX-License-Identifier: ISC */
#include "inbound.h"

#include <stdlib.h>

#include "interrupt.h"
#include "permanent_flags.h"
#include "uploading.h"

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

/* EXAMINE would not tell which flags can be set. */
static int
look(struct inbound *in, struct imap_mailbox *m)
{
	if (in->dry_run)
		imap_conn_examine(in->conn, m, in->mailbox);
	else
		imap_conn_select(in->conn, m, in->mailbox);
	return imap_conn_run(in->conn);
}

static int
make(struct inbound *in, struct imap_mailbox *m)
{
	int ret = imap_conn_create(in->conn, in->mailbox);

	imap_mailbox_clear(m);
	return ret == 0 ? look(in, m) : ret;
}

static int
open_mailbox(struct inbound *in, struct imap_mailbox *m)
{
	int ret = look(in, m);

	if (ret == 0 && m->answer.type == IMAP_RESP_NO) {
		if (in->dry_run)
			return 0;
		ret = make(in, m);
	}
	if (ret == 0)
		ret = imap_conn_check(in->conn, &m->answer, in->mailbox,
		    EX_PROTOCOL);
	if (ret == 0 && m->exists > 0 && !in->doubles)
		ret = read_there(in);
	return ret;
}

static int
settle(struct inbound *in)
{
	if (in->dry_run)
		return 0;
	in->mark = uploading_mark();
	return uploading_settle(in->mark) ? 0 : interrupt_fail(in->conn->cmd);
}

int
inbound_open(struct inbound *in)
{
	struct imap_mailbox m;
	int ret;

	in->appender.conn = in->conn;
	in->appender.mailbox = in->mailbox;
	ret = settle(in);
	if (ret != 0)
		return ret;
	ret = open_mailbox(in, &m);
	if (ret == 0)
		in->uploading = uploading_begin(in->mark);
	in->permanent = m.permanent;
	m.permanent = NULL;
	imap_mailbox_clear(&m);
	return ret;
}

int
inbound_add(struct inbound *in, const char *flags, struct mail_date date,
    struct span body)
{
	struct fingerprint fp;
	char *kept;
	int ret = 0;

	fingerprint_make(&fp, body, 0);
	if (!in->doubles && fingerprints_take(&in->there, &fp) != 0) {
		in->skipped++;
		return 0;
	}
	in->wanted++;
	kept = permanent_flags_keep(in->permanent, flags, &in->lost);
	if (!in->dry_run)
		ret = appender_add(&in->appender, kept, date, body, NULL);
	free(kept);
	return ret;
}

int
inbound_close(struct inbound *in, int status)
{
	int ret = 0;

	if (imap_client_next(in->conn->client) == IMAP_CLIENT_READY) {
		ret = appender_flush(&in->appender);
		if (ret == 0 && in->uploading)
			uploading_end(in->mark);
	}
	permanent_flags_warn(in->conn->cmd, in->mailbox, &in->lost);
	if (status != 0)
		return status;
	return ret == 0 && in->appender.refused > 0 ? EX_DATAERR : ret;
}

void
inbound_clear(struct inbound *in)
{
	appender_clear(&in->appender);
	fingerprints_clear(&in->there);
	free(in->mark);
	free(in->permanent);
	buf_free(&in->lost);
}
