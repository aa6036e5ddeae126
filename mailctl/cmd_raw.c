/* SPDX-License-Identifier: ISC */
#include "imap_conn.h"
#include "raw.h"
#include "smtp_conn.h"

/*
 * raw imap, raw smtp: a session by hand, behind the login.
 */
static int
imap(struct imap_conn *ic, void *arg)
{
	return raw_run(arg, ic->transport, RAW_IMAP);
}

static int
exec_imap(struct cmd *c, int argc, char **argv)
{
	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	return cmd_end(c, imap_conn_with(c, imap, c));
}

const struct cmd_entry cmd_raw_imap = {
	.name = "raw imap",
	.usage = "",
	.summary = "log in to IMAP and pass lines to the server and back",
	.example = { "mailctl raw imap",
	    "printf '1 SELECT INBOX\\n2 FETCH 1 ALL\\n' | mailctl raw imap" },
	.alone = true,
	.as = CMD_AS_USER,
	.exec = exec_imap,
};

static int
smtp(struct transport *t, void *arg)
{
	return raw_run(arg, t, RAW_SMTP);
}

static int
exec_smtp(struct cmd *c, int argc, char **argv)
{
	struct login l;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = login_init(&l, c);
	if (ret == 0)
		ret = smtp_conn_with(c, &l, smtp, c);
	login_clear(&l);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_raw_smtp = {
	.name = "raw smtp",
	.usage = "",
	.summary = "log in to submission and pass lines to the server and back",
	.example = { "mailctl raw smtp", "echo VRFY bob | mailctl raw smtp" },
	.alone = true,
	.exec = exec_smtp,
};
