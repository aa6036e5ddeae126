/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "imap_client_state.h"
#include "imap_write.h"
#include "utf7.h"

/*
 * Commands: made, sent as far as their literals let them, and answered.
 */
#define LITERAL_MINUS_MAX 4096 /* RFC 7888 section 5 */

/* ---- making ---- */

void
imap_client_begin(struct imap_client *c, unsigned wants, imap_client_fn fn,
    void *arg)
{
	struct imap_client_cmd *cmd = xcalloc(1, sizeof(*cmd));

	assert(c->making == NULL);
	cmd->wants = wants;
	cmd->fn = fn;
	cmd->arg = arg;
	snprintf(cmd->tag, sizeof(cmd->tag), "a%u", ++c->last_tag);
	buf_addf(&cmd->text, "%s ", cmd->tag);
	c->making = cmd;
}

void
imap_client_add(struct imap_client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&c->making->text, fmt, ap);
	va_end(ap);
}

static struct imap_client_literal *
add_literal(struct imap_client_cmd *cmd, struct span data)
{
	struct imap_client_literal *l;

	cmd->literal = xrealloc_array(cmd->literal, cmd->nliteral + 1,
	    sizeof(cmd->literal[0]));
	l = &cmd->literal[cmd->nliteral++];
	*l = (struct imap_client_literal){ .at = cmd->text.len, .data = data };
	return l;
}

void
imap_client_add_literal(struct imap_client *c, struct span s)
{
	add_literal(c->making, s);
}

void
imap_client_add_astring(struct imap_client *c, struct span s)
{
	struct imap_client_cmd *cmd = c->making;
	struct imap_client_literal *l;
	size_t at = cmd->text.len;

	imap_write_astring(&cmd->text, s);
	if (cmd->text.len == at || cmd->text.data[at] != '{')
		return;
	/* It has to wait for "+" perhaps: not here then. */
	cmd->text.len = at;
	l = add_literal(cmd, s);
	l->owned = span_dup(s);
	l->data.p = l->owned;
}

void
imap_client_add_mailbox(struct imap_client *c, struct span name)
{
	struct buf encoded = { 0 };

	/* What is no UTF-8 is the server's own spelling. */
	if (utf7_encode(&encoded, name) < 0)
		buf_add_span(&encoded, name);
	imap_client_add_astring(c, buf_span(&encoded));
	buf_free(&encoded);
}

void
imap_client_end(struct imap_client *c)
{
	struct imap_client_cmd *cmd = c->making;

	c->making = NULL;
	buf_adds(&cmd->text, "\r\n");
	if (cmd->text.failed)
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the command is too long");
	TAILQ_INSERT_TAIL(&c->cmds, cmd, link);
	imap_client_pump(c);
}

void
imap_client_idle(struct imap_client *c, unsigned wants, imap_client_fn fn,
    void *arg)
{
	imap_client_begin(c, wants, fn, arg);
	imap_client_add(c, "IDLE");
	c->making->idle = true;
	imap_client_end(c);
}

void
imap_client_cmd_free(struct imap_client_cmd *cmd)
{
	for (size_t i = 0; i < cmd->nliteral; i++) {
		if (cmd->literal[i].owned != NULL)
			explicit_bzero(cmd->literal[i].owned,
			    cmd->literal[i].data.n);
		free(cmd->literal[i].owned);
	}
	free(cmd->literal);
	buf_wipe(&cmd->text);
	free(cmd);
}

/* ---- sending ---- */

static bool
synchronizing(const struct imap_client *c, size_t n)
{
	if (c->caps & IMAP_CAP_LITERAL_PLUS)
		return false;
	return (c->caps & IMAP_CAP_LITERAL_MINUS) == 0 ||
	    n > LITERAL_MINUS_MAX;
}

/* Put out what can go now: text up to a literal that waits, or to the end. */
static void
send_some(struct imap_client *c, struct imap_client_cmd *cmd)
{
	bool literal = cmd->literal_sent < cmd->nliteral;
	size_t end = literal ? cmd->literal[cmd->literal_sent].at :
			       cmd->text.len;
	struct span data;

	cmd->started = true;
	buf_add(&c->out, cmd->text.data + cmd->text_sent, end - cmd->text_sent);
	cmd->text_sent = end;
	if (!literal) {
		cmd->sent = true;
		return;
	}
	data = cmd->literal[cmd->literal_sent++].data;
	cmd->waiting = synchronizing(c, data.n);
	buf_addf(&c->out, "{%zu%s}\r\n", data.n, cmd->waiting ? "" : "+");
	if (!cmd->waiting)
		c->big = data;
}

void
imap_client_pump(struct imap_client *c)
{
	struct imap_client_cmd *cmd, *next;

	for (cmd = TAILQ_FIRST(&c->cmds); cmd != NULL; cmd = next) {
		next = TAILQ_NEXT(cmd, link);
		while (!cmd->sent && !cmd->waiting && c->big.n == 0)
			send_some(c, cmd);
		if (!cmd->sent)
			return;
		if (cmd->answered)
			imap_client_cmd_done(c, cmd);
		else if (cmd->sasl || cmd->idle || cmd->barrier)
			return; /* nothing is sent amid an exchange */
	}
}

static void
end_idle(struct imap_client *c, const struct imap_client_cmd *cmd)
{
	if (cmd->idling && cmd->idle_done)
		buf_adds(&c->out, "DONE\r\n");
}

void
imap_client_idle_done(struct imap_client *c)
{
	struct imap_client_cmd *cmd;

	TAILQ_FOREACH(cmd, &c->cmds, link) {
		if (cmd->idle && !cmd->idle_done) {
			cmd->idle_done = true;
			end_idle(c, cmd);
			return;
		}
	}
}

bool
imap_client_continue(struct imap_client *c, const struct imap_resp *r)
{
	struct imap_client_cmd *cmd;

	TAILQ_FOREACH(cmd, &c->cmds, link) {
		if (cmd->waiting) {
			cmd->waiting = false;
			c->big = cmd->literal[cmd->literal_sent - 1].data;
			imap_client_pump(c);
			return true;
		}
		if (cmd->idle && cmd->sent && !cmd->idling) {
			cmd->idling = true;
			end_idle(c, cmd);
			return true;
		}
		if (cmd->sasl && cmd->sent) {
			imap_client_challenge(c, r);
			return true;
		}
	}
	return false;
}

/* ---- answering ---- */

struct imap_client_cmd *
imap_client_find(struct imap_client *c, struct span tag)
{
	struct imap_client_cmd *cmd;

	TAILQ_FOREACH(cmd, &c->cmds, link) {
		if (cmd->started && !cmd->answered &&
		    span_eq(tag, span_str(cmd->tag)))
			return cmd;
	}
	return NULL;
}

static void
own(struct imap_client_literal *l)
{
	if (l->owned != NULL)
		return;
	l->owned = span_dup(l->data);
	l->data.p = l->owned;
}

/* Only a command whose literal is under way is answered before its end. */
void
imap_client_own(struct imap_client *c, struct imap_client_cmd *cmd)
{
	struct imap_client_literal *now;

	if (cmd->sent || cmd->waiting)
		return;
	for (size_t i = cmd->literal_sent; i < cmd->nliteral; i++)
		own(&cmd->literal[i]);
	now = &cmd->literal[cmd->literal_sent - 1];
	own(now);
	c->big.p = now->data.p + (now->data.n - c->big.n);
}

/* Its tagged response has come.  A literal that is under way must still be
 * sent, one that waits for "+" never will be. */
void
imap_client_cmd_done(struct imap_client *c, struct imap_client_cmd *cmd)
{
	cmd->answered = true;
	if (!cmd->sent && !cmd->waiting)
		return;
	TAILQ_REMOVE(&c->cmds, cmd, link);
	imap_client_cmd_free(cmd);
}
