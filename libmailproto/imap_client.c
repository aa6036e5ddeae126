/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_client_state.h"

#define WHAT_MAX 1024 /* kept of a failure's words */

static const struct {
	const char *word;
	unsigned caps;
} capabilities[] = {
	{ "LITERAL+", IMAP_CAP_LITERAL_PLUS },
	{ "LITERAL-", IMAP_CAP_LITERAL_MINUS },
	{ "SASL-IR", IMAP_CAP_SASL_IR },
	{ "LOGINDISABLED", IMAP_CAP_LOGINDISABLED },
	{ "AUTH=PLAIN", IMAP_CAP_AUTH_PLAIN },
	{ "AUTH=LOGIN", IMAP_CAP_AUTH_LOGIN },
	{ "AUTH=SCRAM-SHA-256", IMAP_CAP_AUTH_SCRAM },
	{ "AUTH=SCRAM-SHA-256-PLUS", IMAP_CAP_AUTH_SCRAM_PLUS },
	{ "AUTH=OAUTHBEARER", IMAP_CAP_AUTH_OAUTHBEARER },
	{ "AUTH=XOAUTH2", IMAP_CAP_AUTH_XOAUTH2 },
	{ "ESEARCH", IMAP_CAP_ESEARCH },
	{ "LIST-STATUS", IMAP_CAP_LIST_STATUS },
	{ "SPECIAL-USE", IMAP_CAP_SPECIAL_USE },
	{ "MOVE", IMAP_CAP_MOVE },
	{ "UIDPLUS", IMAP_CAP_UIDPLUS },
	{ "ID", IMAP_CAP_ID },
	{ "IDLE", IMAP_CAP_IDLE },
	{ "QUOTA", IMAP_CAP_QUOTA },
	{ "MULTIAPPEND", IMAP_CAP_MULTIAPPEND },
	{ "CONDSTORE", IMAP_CAP_CONDSTORE },
	{ "QRESYNC", IMAP_CAP_QRESYNC | IMAP_CAP_CONDSTORE },
	{ "SORT=DISPLAY", IMAP_CAP_SORT },
	{ "THREAD=REFERENCES", IMAP_CAP_THREAD },
	{ "PARTIAL", IMAP_CAP_PARTIAL },
	{ "SEARCHRES", IMAP_CAP_SEARCHRES },
	{ "COMPRESS=DEFLATE", IMAP_CAP_COMPRESS },
	/* What it brings along: RFC 9051, appendix E. */
	{ "IMAP4rev2", IMAP_CAP_LITERAL_MINUS | IMAP_CAP_SASL_IR |
		IMAP_CAP_ESEARCH | IMAP_CAP_LIST_STATUS |
		IMAP_CAP_SPECIAL_USE | IMAP_CAP_MOVE |
		IMAP_CAP_UIDPLUS | IMAP_CAP_IDLE | IMAP_CAP_SEARCHRES },
};

struct imap_client *
imap_client_new(const struct imap_client_options *o)
{
	struct imap_client *c = xcalloc(1, sizeof(*c));

	c->o = *o;
	c->reader.limits.line = IMAP_CLIENT_RESPONSE_MAX;
	c->reader.limits.literal = IMAP_CLIENT_RESPONSE_MAX;
	c->what.max = WHAT_MAX;
	TAILQ_INIT(&c->cmds);
	return c;
}

void
imap_client_free(struct imap_client *c)
{
	struct imap_client_cmd *cmd;

	if (c == NULL)
		return;
	while ((cmd = TAILQ_FIRST(&c->cmds)) != NULL) {
		TAILQ_REMOVE(&c->cmds, cmd, link);
		imap_client_cmd_free(cmd);
	}
	if (c->making != NULL)
		imap_client_cmd_free(c->making);
	imap_resp_clear(&c->reader);
	sasl_client_clear(&c->sasl);
	imap_client_deflate_free(c->z);
	buf_wipe(&c->out);
	buf_free(&c->what);
	free(c);
}

/* ---- failures ---- */

/* The first failure is the one that counts. */
static void
fail(struct imap_client *c, enum imap_client_failure failure, struct span text)
{
	if (c->state == CLIENT_FAILED)
		return;
	c->state = CLIENT_FAILED;
	c->failure = failure;
	buf_add_span(&c->what, span_sub(text, 0, WHAT_MAX));
}

void
imap_client_fail(struct imap_client *c, enum imap_client_failure failure,
    const char *sentence)
{
	fail(c, failure, span_str(sentence));
}

void
imap_client_fail_resp(struct imap_client *c, enum imap_client_failure failure,
    const struct imap_resp *r)
{
	fail(c, failure, r->text);
}

enum imap_client_failure
imap_client_failure(const struct imap_client *c, const char **text)
{
	*text = c->what.data != NULL ? c->what.data : "";
	return c->failure;
}

/* ---- capabilities ---- */

void
imap_client_read_caps(struct imap_client *c, struct imap_resp *r)
{
	struct span word;

	c->caps = 0;
	c->caps_known = true;
	while (imap_resp_word(r, &word)) {
		for (size_t i = 0;
		    i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
			if (span_ieqs(word, capabilities[i].word))
				c->caps |= capabilities[i].caps;
		}
	}
}

static void
on_capability(void *arg, struct imap_resp *r)
{
	struct imap_client *c = arg;

	if (r->type != IMAP_RESP_OK || !c->caps_known)
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server does not tell its capabilities");
	else
		imap_client_go_on(c);
}

void
imap_client_go_on(struct imap_client *c)
{
	if (!c->caps_known) {
		imap_client_begin(c, 0, on_capability, c);
		imap_client_add(c, "CAPABILITY");
		imap_client_end(c);
	} else if (c->o.user != NULL && !c->logged_in) {
		c->caps_known = false; /* they change with the login */
		imap_client_login(c);
	} else if (c->state == CLIENT_SETUP) {
		c->state = CLIENT_READY;
	}
}

unsigned
imap_client_caps(const struct imap_client *c)
{
	return c->caps;
}

/* ---- responses ---- */

static void
on_greeting(struct imap_client *c, const struct imap_resp *r)
{
	if (r->kind != IMAP_RESP_UNTAGGED || (r->type != IMAP_RESP_OK &&
	    r->type != IMAP_RESP_PREAUTH)) {
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server's greeting is not IMAP");
		return;
	}
	c->state = CLIENT_SETUP;
	c->logged_in = r->type == IMAP_RESP_PREAUTH;
	imap_client_go_on(c);
}

static void
on_tagged(struct imap_client *c, struct imap_resp *r)
{
	struct imap_client_cmd *cmd = imap_client_find(c, r->tag);

	if (cmd == NULL) {
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server answers a command that was not given");
		return;
	}
	imap_client_own(c, cmd);
	cmd->fn(cmd->arg, r);
	imap_client_cmd_done(c, cmd);
	imap_client_pump(c);
}

/* To the oldest command that wants it and has been sent; what names a command
 * is of no other: answers to searches come before the end of earlier ones. */
static void
on_untagged(struct imap_client *c, struct imap_resp *r)
{
	struct imap_client_cmd *cmd;

	TAILQ_FOREACH(cmd, &c->cmds, link) {
		if (r->tag.n > 0 && !span_eq(r->tag, span_str(cmd->tag)))
			continue;
		if (cmd->started && !cmd->answered &&
		    (cmd->wants & IMAP_WANT(r->type))) {
			cmd->fn(cmd->arg, r);
			return;
		}
	}
	if (c->o.other != NULL)
		c->o.other(c->o.arg, r);
}

/* Capabilities come on their own and in codes. */
static void
look_for_caps(struct imap_client *c, const struct imap_resp *r)
{
	struct imap_resp caps = *r;

	if (r->type != IMAP_RESP_CAPABILITY && r->code != IMAP_CODE_CAPABILITY)
		return;
	if (r->code == IMAP_CODE_CAPABILITY) {
		caps.data.p = r->code_arg.p;
		caps.data.end = span_end(r->code_arg);
	}
	imap_client_read_caps(c, &caps);
}

static void
on_response(struct imap_client *c, struct imap_resp *r)
{
	look_for_caps(c, r);
	if (r->kind == IMAP_RESP_UNTAGGED && r->type == IMAP_RESP_BYE) {
		if (!c->logging_out)
			imap_client_fail_resp(c, IMAP_CLIENT_REFUSED, r);
	} else if (c->state == CLIENT_GREETING) {
		on_greeting(c, r);
	} else if (r->kind == IMAP_RESP_TAGGED) {
		on_tagged(c, r);
	} else if (r->kind == IMAP_RESP_UNTAGGED) {
		on_untagged(c, r);
	} else if (!imap_client_continue(c, r)) {
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server waits for something that was not begun");
	}
}

/* The responses of s; what follows one that begins compression is left. */
static struct span
read_some(struct imap_client *c, struct span s)
{
	enum imap_resp_event ev = IMAP_RESP_DONE;
	bool compressed = c->z != NULL;
	struct imap_resp r;
	size_t used;

	while (ev == IMAP_RESP_DONE && c->state < CLIENT_CLOSED &&
	    compressed == (c->z != NULL)) {
		ev = imap_resp_feed(&c->reader, s, &used, &r);
		s = span_sub(s, used, s.n);
		if (ev == IMAP_RESP_DONE)
			on_response(c, &r);
		else if (ev == IMAP_RESP_INVALID)
			imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
			    "the server's response is not IMAP");
		else if (ev == IMAP_RESP_TOOLONG)
			imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
			    "the server's response is too long");
	}
	return s;
}

static void
read_all(struct imap_client *c, struct span s)
{
	read_some(c, s);
}

void
imap_client_input(struct imap_client *c, struct span s)
{
	if (c->z == NULL)
		s = read_some(c, s);
	if (c->z != NULL)
		imap_client_inflate(c, s, read_all);
}

void
imap_client_eof(struct imap_client *c)
{
	if (c->logging_out && c->state != CLIENT_FAILED)
		c->state = CLIENT_CLOSED;
	else
		imap_client_fail(c, IMAP_CLIENT_LOST,
		    "the server has closed the connection");
}

/* ---- output ---- */

struct span
imap_client_plain(const struct imap_client *c)
{
	return c->out.len > 0 ? buf_span(&c->out) : c->big;
}

void
imap_client_plain_sent(struct imap_client *c, size_t n)
{
	if (c->out.len > 0) {
		buf_consume(&c->out, n);
		if (c->out.len == 0)
			buf_wipe(&c->out);
	} else {
		c->big = span_sub(c->big, n, c->big.n);
	}
	if (c->out.len == 0 && c->big.n == 0)
		imap_client_pump(c);
}

struct span
imap_client_output(struct imap_client *c)
{
	return c->z != NULL ? imap_client_deflate(c) : imap_client_plain(c);
}

void
imap_client_sent(struct imap_client *c, size_t n)
{
	if (c->z != NULL)
		imap_client_deflate_sent(c, n);
	else
		imap_client_plain_sent(c, n);
}

static void
on_logout(void *arg, struct imap_resp *r)
{
	struct imap_client *c = arg;

	(void)r;
	c->state = CLIENT_CLOSED;
}

void
imap_client_logout(struct imap_client *c)
{
	c->logging_out = true;
	imap_client_begin(c, 0, on_logout, c);
	imap_client_add(c, "LOGOUT");
	imap_client_end(c);
}

enum imap_client_event
imap_client_next(struct imap_client *c)
{
	if (c->state == CLIENT_FAILED)
		return IMAP_CLIENT_FAILED;
	if (c->state == CLIENT_CLOSED)
		return IMAP_CLIENT_CLOSED;
	return c->state == CLIENT_READY && TAILQ_EMPTY(&c->cmds) ?
	    IMAP_CLIENT_READY : IMAP_CLIENT_IO;
}
