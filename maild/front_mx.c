/* SPDX-License-Identifier: ISC */
/*
 * Mail from the world (RFC 5321), for the domains of this server and no others:
 * front knows the commands and their order, mail the recipients.
 */
#include <stdio.h>
#include <stdlib.h>

#include "conf.h"
#include "front.h"
#include "smtp_cmd.h"
#include "smtp_data.h"
#include "smtp_ehlo.h"

#define TEXT_AT_ONCE ((size_t)16384)
#define WRONG_FREE   2 /* refusals that come at once */

/* What mail is to answer. */
enum asked {
	ASKED_NOTHING,
	ASKED_HELLO, /* RSET, for an EHLO within a transaction */
	ASKED_MAIL,
	ASKED_RCPT,
	ASKED_DATA,
	ASKED_CHUNK, /* BDAT, and its bytes */
	ASKED_END,
	ASKED_RSET,
};

struct front_mx {
	char *helo; /* NULL: neither EHLO nor HELO was said */
	bool esmtp;
	enum asked asked;
	bool mail;    /* a transaction is under way … */
	size_t nrcpt; /* … with so many recipients */
	bool in_text;
	struct smtp_data_reader reader;
	uint64_t chunk; /* bytes to come of a BDAT … */
	bool dropped;   /* … that is not wanted … */
	bool last;      /* … and is the last */
	bool skipping;  /* over the rest of a bad line */
	unsigned bad;   /* commands without a good one between */
	unsigned wrong; /* whatever was refused for good */
};

static void *
mx_start(struct front_conn *c)
{
	(void)c;
	return xcalloc(1, sizeof(struct front_mx));
}

static void
mx_free(void *state)
{
	struct front_mx *s = state;

	free(s->helo);
	free(s);
}

static void
mx_greet(struct front_conn *c, void *state)
{
	(void)state;
	front_printf(c, "220 %s ESMTP maild\r\n", front_conf(c)->hostname);
}

static void
mx_bye(struct front_conn *c, enum front_bye why)
{
	static const struct {
		const char *enhanced, *text;
	} words[] = {
		[FRONT_BYE_TIMEOUT] = { "4.4.2", "Idle for too long" },
		[FRONT_BYE_SHUTDOWN] = { "4.3.2", "Server is stopping" },
		[FRONT_BYE_BUSY] = { "4.7.0", "Too many connections" },
	};

	front_printf(c, "421 %s %s %s\r\n", words[why].enhanced,
	    front_conf(c)->hostname, words[why].text);
}

static void
end(struct front_conn *c, const char *reply)
{
	front_printf(c, "%s\r\n", reply);
	front_close(c);
}

/* Whoever is refused again and again gets slow replies. */
static void
slow_down(struct front_conn *c, struct front_mx *s)
{
	if (++s->wrong > WRONG_FREE)
		front_pause(c, front_conf(c)->inbound_tarpit);
}

/* A malformed or misplaced command; twenty in a row end the session. */
static void
bad(struct front_conn *c, struct front_mx *s, const char *reply)
{
	front_printf(c, "%s\r\n", reply);
	slow_down(c, s);
	if (++s->bad < FRONT_BAD_MAX)
		return;
	front_printf(c, "421 4.7.0 %s Too many malformed commands\r\n",
	    front_conf(c)->hostname);
	front_close(c);
}

/* ---- mail's answers ---- */

static bool
tell(struct front_conn *c, const struct inbound_frame *f)
{
	if (front_mail(c, f))
		return true;
	end(c, "421 4.3.0 Mail store is not available");
	return false;
}

static void
ask(struct front_conn *c, struct front_mx *s, enum asked what,
    const struct inbound_frame *f)
{
	if (!tell(c, f))
		return;
	s->asked = what;
	front_await(c);
}

static void
reset(struct front_mx *s)
{
	s->mail = false;
	s->nrcpt = 0;
}

static void
say_hello(struct front_conn *c, struct front_mx *s)
{
	struct buf out = { 0 };

	if (s->esmtp)
		smtp_ehlo_write(&out, front_conf(c), front_is_tls(c) ?
		    SMTP_STAGE_WORLD_TLS : SMTP_STAGE_WORLD);
	else
		buf_addf(&out, "250 %s\r\n", front_conf(c)->hostname);
	front_write(c, buf_span(&out));
	buf_free(&out);
}

/* What the reply to a command means for the transaction. */
static void
follow(struct front_conn *c, struct front_mx *s, enum asked asked,
    char first)
{
	switch (asked) {
	case ASKED_MAIL:
		s->mail = first == '2';
		break;
	case ASKED_RCPT:
		s->nrcpt += first == '2';
		break;
	case ASKED_DATA:
		s->in_text = first == '3';
		s->reader = (struct smtp_data_reader){ 0 };
		break;
	case ASKED_CHUNK:
		if (s->last || first != '2')
			reset(s);
		break;
	case ASKED_END:
	case ASKED_RSET:
		reset(s);
		break;
	case ASKED_HELLO:
	case ASKED_NOTHING:
		break;
	}
	if (first == '5')
		slow_down(c, s);
	else if (first != '4')
		s->bad = 0;
}

static void
mx_reply(struct front_conn *c, void *state, struct span line)
{
	struct front_mx *s = state;
	enum asked asked = s->asked;

	s->asked = ASKED_NOTHING;
	if (line.p == NULL) {
		if (asked != ASKED_NOTHING || s->mail)
			end(c, "421 4.3.0 Mail store is not available");
		return;
	}
	if (asked == ASKED_HELLO) {
		reset(s);
		say_hello(c, s);
		return;
	}
	front_write(c, line);
	front_write(c, SPAN_LIT("\r\n"));
	if (span_iprefix(line, SPAN_LIT("421")))
		front_close(c);
	else
		follow(c, s, asked, line.n > 0 ? line.p[0] : '5');
}

/* ---- commands ---- */

/* A client that does not wait for the answer means to smuggle something, or
 * cannot read (RFC 2920 section 3.1). */
static bool
in_step(struct front_conn *c)
{
	if (front_input(c).n == 0)
		return true;
	end(c, "554 5.5.0 Wait for the reply before saying more");
	return false;
}

static void
mx_hello(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	const struct inbound_frame f = { .type = INBOUND_RSET };

	if (!in_step(c))
		return;
	free(s->helo);
	s->helo = span_dup(span_sub(cmd->arg, 0, ROLE_HELO_MAX));
	s->esmtp = cmd->verb == SMTP_EHLO;
	if (s->mail)
		ask(c, s, ASKED_HELLO, &f);
	else
		say_hello(c, s);
}

static void
add_params(struct buf *out, const struct smtp_cmd *cmd)
{
	for (size_t i = 0; i < cmd->nparam; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		buf_add_span(out, cmd->param[i].keyword);
		if (cmd->param[i].value.p == NULL)
			continue;
		buf_addc(out, '=');
		buf_add_span(out, cmd->param[i].value);
	}
}

static void
mx_mail(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	struct inbound_frame f = { .type = INBOUND_MAIL, .esmtp = s->esmtp,
		.path = cmd->path };
	struct buf params = { 0 };

	if (s->helo == NULL) {
		bad(c, s, "503 5.5.1 EHLO first");
		return;
	}
	if (s->mail) {
		bad(c, s, "503 5.5.1 One message at a time; RSET forgets it");
		return;
	}
	add_params(&params, cmd);
	f.helo = span_str(s->helo);
	f.params = buf_span(&params);
	ask(c, s, ASKED_MAIL, &f);
	buf_free(&params);
}

static void
mx_rcpt(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	struct inbound_frame f = { .type = INBOUND_RCPT, .path = cmd->path };
	struct buf params = { 0 };

	if (!s->mail) {
		bad(c, s, "503 5.5.1 MAIL first");
		return;
	}
	add_params(&params, cmd);
	f.params = buf_span(&params);
	ask(c, s, ASKED_RCPT, &f);
	buf_free(&params);
}

static void
mx_data(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	const struct inbound_frame f = { .type = INBOUND_DATA };

	(void)cmd;
	if (!s->mail)
		bad(c, s, "503 5.5.1 MAIL first");
	else if (s->nrcpt == 0)
		bad(c, s, "554 5.5.1 No valid recipients");
	else if (in_step(c))
		ask(c, s, ASKED_DATA, &f);
}

static void
end_chunk(struct front_conn *c, struct front_mx *s)
{
	if (s->dropped)
		return;
	s->asked = ASKED_CHUNK;
	front_await(c);
}

/* The bytes come, whatever the reply (RFC 3030 section 2). */
static void
mx_bdat(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	const struct inbound_frame f = { .type = INBOUND_BDAT,
		.chunk = cmd->chunk, .last = cmd->last };

	s->chunk = cmd->chunk;
	s->last = cmd->last;
	s->dropped = s->nrcpt == 0;
	if (s->dropped)
		bad(c, s, s->mail ? "554 5.5.1 No valid recipients" :
				    "503 5.5.1 MAIL first");
	else if (tell(c, &f) && s->chunk == 0)
		end_chunk(c, s);
}

static void
mx_rset(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	const struct inbound_frame f = { .type = INBOUND_RSET };

	(void)cmd;
	if (s->mail)
		ask(c, s, ASKED_RSET, &f);
	else
		front_printf(c, "250 2.0.0 Forgotten\r\n");
}

static void
mx_starttls(struct front_conn *c, struct front_mx *s,
    const struct smtp_cmd *cmd)
{
	if (front_is_tls(c)) {
		bad(c, s, "503 5.5.1 TLS is active already");
		return;
	}
	if (cmd->arg.n > 0) {
		bad(c, s, "501 5.5.4 STARTTLS takes no arguments");
		return;
	}
	front_printf(c, "220 2.0.0 Begin TLS now\r\n");
	front_starttls(c);
}

static void
mx_quit(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	(void)s;
	(void)cmd;
	end(c, "221 2.0.0 Bye");
}

struct verb {
	void (*handler)(struct front_conn *c, struct front_mx *s,
	    const struct smtp_cmd *cmd);
	const char *reply; /* instead of a handler */
};

static const struct verb verbs[] = {
	[SMTP_HELO] = { mx_hello, NULL },
	[SMTP_EHLO] = { mx_hello, NULL },
	[SMTP_LHLO] = { NULL, "500 5.5.1 Not a command of this protocol" },
	[SMTP_MAIL] = { mx_mail, NULL },
	[SMTP_RCPT] = { mx_rcpt, NULL },
	[SMTP_DATA] = { mx_data, NULL },
	[SMTP_RSET] = { mx_rset, NULL },
	[SMTP_NOOP] = { NULL, "250 2.0.0 Nothing done" },
	[SMTP_QUIT] = { mx_quit, NULL },
	[SMTP_VRFY] = { NULL, "252 2.1.5 Cannot say; try to send to it" },
	[SMTP_EXPN] = { NULL, "502 5.5.1 Lists are not shown" },
	[SMTP_HELP] = { NULL, "214 2.0.0 See RFC 5321" },
	[SMTP_STARTTLS] = { mx_starttls, NULL },
	[SMTP_AUTH] = { NULL, "502 5.5.1 Logging in is for submission" },
	[SMTP_BDAT] = { mx_bdat, NULL },
};

/* ---- lines and text ---- */

/* Nothing of it may go on to mail, or into a log. */
static bool
has_controls(struct span line)
{
	for (size_t i = 0; i < line.n; i++) {
		if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7f)
			return true;
	}
	return false;
}

static void
run_verb(struct front_conn *c, struct front_mx *s, const struct smtp_cmd *cmd)
{
	const struct verb *v = &verbs[cmd->verb];

	if (v->reply == NULL)
		v->handler(c, s, cmd);
	else if (v->reply[0] == '5')
		bad(c, s, v->reply);
	else
		front_printf(c, "%s\r\n", v->reply);
}

static void
run_line(struct front_conn *c, struct front_mx *s, struct span line)
{
	enum smtp_cmd_result r;
	struct smtp_cmd cmd;
	const char *why;
	char reply[128];

	r = smtp_cmd_parse(line, &cmd, &why);
	if (has_controls(line)) {
		bad(c, s, "501 5.5.2 Control characters are not allowed");
	} else if (r == SMTP_CMD_OK) {
		run_verb(c, s, &cmd);
	} else if (smtp_cmd_is_http(&cmd)) {
		end(c, "554 5.7.0 This is a mail server");
	} else {
		snprintf(reply, sizeof(reply), "%s %s",
		    cmd.verb == SMTP_UNKNOWN ? "500 5.5.1" :
		    r == SMTP_CMD_PARAMS ? "501 5.5.4" : "501 5.5.2", why);
		bad(c, s, reply);
		if (cmd.verb == SMTP_BDAT)
			end(c, "421 4.7.0 Cannot tell data from commands");
	}
}

/* A line that is none: said so at its end; false: that is yet to come. */
static bool
bad_line(struct front_conn *c, struct front_mx *s, struct span in)
{
	bool found;

	front_take(c, smtp_line_skip(in, &found));
	s->skipping = !found;
	if (found)
		bad(c, s, "500 5.5.2 Line too long, or with a bare CR, LF or "
			  "NUL");
	return found;
}

/* False: there is no whole line. */
static bool
take_line(struct front_conn *c, struct front_mx *s)
{
	struct span at, in = front_input(c);
	struct buf line = { 0 };
	ssize_t n;

	if (in.n == 0)
		return false;
	n = s->skipping ? -1 : smtp_line(in, SMTP_LINE_MAX, &at);
	if (n == 0)
		return false;
	if (n < 0)
		return bad_line(c, s, in);
	/* STARTTLS and others look at what is behind it. */
	buf_add_span(&line, at);
	front_take(c, (size_t)n);
	run_line(c, s, buf_span(&line));
	buf_free(&line);
	return true;
}

static bool
take_text(struct front_conn *c, struct front_mx *s)
{
	struct inbound_frame text = { .type = INBOUND_TEXT },
			     last = { .type = INBOUND_END };
	struct span in = span_sub(front_input(c), 0, TEXT_AT_ONCE);
	enum smtp_data_event ev = SMTP_DATA_MORE;
	struct buf out = { 0 };
	size_t used, n = 0;

	if (in.n == 0)
		return false;
	do {
		ev = smtp_data_read(&s->reader, span_sub(in, n, in.n), &out,
		    &used);
		n += used;
	} while (ev == SMTP_DATA_BARE);
	front_take(c, n);
	text.text = buf_span(&out);
	last.bare = s->reader.bare;
	s->in_text = ev != SMTP_DATA_END;
	if ((out.len == 0 || tell(c, &text)) && ev == SMTP_DATA_END)
		ask(c, s, ASKED_END, &last);
	buf_free(&out);
	return true;
}

static bool
take_chunk(struct front_conn *c, struct front_mx *s)
{
	struct inbound_frame text = { .type = INBOUND_TEXT,
		.text = span_sub(front_input(c), 0, TEXT_AT_ONCE) };

	if (text.text.n > s->chunk)
		text.text.n = (size_t)s->chunk;
	if (text.text.n == 0 || (!s->dropped && !tell(c, &text)))
		return false;
	front_take(c, text.text.n);
	s->chunk -= text.text.n;
	if (s->chunk == 0)
		end_chunk(c, s);
	return true;
}

static bool
take(struct front_conn *c, struct front_mx *s)
{
	if (s->chunk > 0)
		return take_chunk(c, s);
	return s->in_text ? take_text(c, s) : take_line(c, s);
}

static void
mx_input(struct front_conn *c, void *state)
{
	struct front_mx *s = state;
	bool more = true, any = false;

	while (more && front_talking(c)) {
		more = take(c, s);
		any |= more;
	}
	if (any)
		front_deadline(c, front_conf(c)->smtp_idle_timeout);
}

const struct front_proto front_mx = {
	.name = "smtp",
	.scope = ROLE_SCOPE_INBOUND,
	.start = mx_start,
	.greet = mx_greet,
	.input = mx_input,
	.bye = mx_bye,
	.reply = mx_reply,
	.free = mx_free,
};
