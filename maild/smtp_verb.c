/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "smtp_session.h"

/*
 * The commands.  To add one: its word in libmailproto/smtp_cmd.c, its handler,
 * and a line in the table at the end of this file.
 */
enum verb_flag {
	NEEDS_HELLO = 1,
	NEEDS_MAIL = 2,
	NEEDS_RCPT = 4,
	ONLY_SMTP = 8,
	ONLY_LMTP = 16,
};

struct verb {
	void (*handler)(struct smtp *sm, const struct smtp_cmd *cmd);
	unsigned flags;
	const char *reply; /* instead of a handler */
};

static void
reset(struct smtp *sm)
{
	smtp_txn_free(sm->txn);
	sm->txn = NULL;
}

static void
hello(struct smtp *sm, const struct smtp_cmd *cmd)
{
	reset(sm);
	free(sm->helo);
	sm->helo = span_dup(span_sub(cmd->arg, 0, SMTP_HELO_MAX));
	sm->esmtp = cmd->verb == SMTP_EHLO;
	sm->greeted = true;
}

static void
verb_ehlo(struct smtp *sm, const struct smtp_cmd *cmd)
{
	struct buf out = { 0 };

	hello(sm, cmd);
	smtp_ehlo_write(&out, smtp_conf(sm),
	    sm->policy->stage | (smtp_is_secure(sm) ? SMTP_STAGE_SECURE : 0));
	session_write(sm->session, buf_span(&out));
	buf_free(&out);
}

static void
verb_helo(struct smtp *sm, const struct smtp_cmd *cmd)
{
	hello(sm, cmd);
	smtp_reply(sm, "250 %s", smtp_conf(sm)->hostname);
}

static void
verb_rset(struct smtp *sm, const struct smtp_cmd *cmd)
{
	(void)cmd;
	reset(sm);
	smtp_reply(sm, "250 2.0.0 Forgotten");
}

static void
verb_quit(struct smtp *sm, const struct smtp_cmd *cmd)
{
	(void)cmd;
	smtp_reply(sm, "221 2.0.0 %s Bye", smtp_conf(sm)->hostname);
	smtp_close(sm);
}

static const struct verb verbs[] = {
	[SMTP_HELO] = { verb_helo, ONLY_SMTP, NULL },
	[SMTP_EHLO] = { verb_ehlo, ONLY_SMTP, NULL },
	[SMTP_LHLO] = { verb_ehlo, ONLY_LMTP, NULL },
	[SMTP_MAIL] = { smtp_mail, NEEDS_HELLO, NULL },
	[SMTP_RCPT] = { smtp_rcpt, NEEDS_MAIL, NULL },
	[SMTP_DATA] = { smtp_data, NEEDS_MAIL | NEEDS_RCPT, NULL },
	[SMTP_RSET] = { verb_rset, 0, NULL },
	[SMTP_NOOP] = { NULL, 0, "250 2.0.0 Nothing done" },
	[SMTP_QUIT] = { verb_quit, 0, NULL },
	[SMTP_VRFY] = { NULL, 0, "252 2.1.5 Cannot say; try to send to it" },
	[SMTP_EXPN] = { NULL, 0, "502 5.5.1 Lists are not shown" },
	[SMTP_HELP] = { NULL, 0, "214 2.0.0 See RFC 5321" },
	[SMTP_STARTTLS] = { NULL, 0, "503 5.5.1 Too late for that" },
	[SMTP_AUTH] = { NULL, ONLY_SMTP, "503 5.5.1 Already logged in" },
	[SMTP_BDAT] = { smtp_bdat, NEEDS_MAIL | NEEDS_RCPT, NULL },
};

/* Why the command may not come now, or NULL. */
static const char *
out_of_place(const struct smtp *sm, unsigned flags)
{
	if (((flags & ONLY_SMTP) != 0 && sm->policy->lmtp) ||
	    ((flags & ONLY_LMTP) != 0 && !sm->policy->lmtp))
		return "500 5.5.1 Not a command of this protocol";
	if ((flags & NEEDS_HELLO) != 0 && !sm->greeted)
		return sm->policy->lmtp ? "503 5.5.1 LHLO first" :
					  "503 5.5.1 EHLO first";
	if ((flags & NEEDS_MAIL) != 0 && sm->txn == NULL)
		return "503 5.5.1 MAIL first";
	if ((flags & NEEDS_RCPT) != 0 && sm->txn->nrcpt == 0)
		return "503 5.5.1 No valid recipients";
	return NULL;
}

static void
give_up(struct smtp *sm, const char *why)
{
	log_info("smtp: gave up", "session=" LOG_ID " peer=%s why=%s",
	    session_started(sm->session)->id,
	    session_started(sm->session)->peer, why);
	smtp_reply(sm, "421 4.7.0 %s %s", smtp_conf(sm)->hostname, why);
	smtp_close(sm);
}

void
smtp_malformed(struct smtp *sm, const char *reply)
{
	smtp_reply(sm, "%s", reply);
	if (++sm->bad >= SMTP_BAD_MAX)
		give_up(sm, "Too many bad commands");
}

static void
syntax_error(struct smtp *sm, const struct smtp_cmd *cmd,
    enum smtp_cmd_result r, const char *why)
{
	char reply[128];

	snprintf(reply, sizeof(reply), "%s %c%s",
	    cmd->verb == SMTP_UNKNOWN ? "500 5.5.1" :
	    r == SMTP_CMD_PARAMS      ? "501 5.5.4" : "501 5.5.2",
	    ascii_upper(why[0]), why + 1);
	smtp_malformed(sm, reply);
	if (cmd->verb == SMTP_BDAT && !sm->closing)
		give_up(sm, "Cannot tell data from commands");
}

void
smtp_run(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const struct verb *v = &verbs[cmd->verb];
	const char *why = out_of_place(sm, v->flags);

	if (why != NULL) {
		smtp_malformed(sm, why);
		if (cmd->verb == SMTP_BDAT)
			smtp_chunk_drop(sm, cmd);
		return;
	}
	sm->bad = 0;
	if (v->handler != NULL)
		v->handler(sm, cmd);
	else
		smtp_reply(sm, "%s", v->reply);
}

/* Who makes a web browser talk to a mail server hides commands in what it
 * sends. */
static void
not_mail(struct smtp *sm)
{
	log_info("smtp: gave up", "session=" LOG_ID " peer=%s why=HTTP",
	    session_started(sm->session)->id,
	    session_started(sm->session)->peer);
	smtp_reply(sm, "554 5.7.0 This is a mail server");
	smtp_close(sm);
}

void
smtp_command(struct smtp *sm, struct span line)
{
	enum smtp_cmd_result r;
	struct smtp_cmd cmd;
	const char *why;

	r = smtp_cmd_parse(line, &cmd, &why);
	if (r == SMTP_CMD_OK)
		smtp_run(sm, &cmd);
	else if (smtp_cmd_is_http(&cmd))
		not_mail(sm);
	else
		syntax_error(sm, &cmd, r, why);
}
