/* SPDX-License-Identifier: ISC */
/*
 * Submission before login (RFC 6409, RFC 4954): EHLO, STARTTLS, AUTH, NOOP,
 * RSET and QUIT.
 */
#include <stdlib.h>

#include "base64.h"
#include "conf.h"
#include "front.h"
#include "sasl.h"
#include "smtp_cmd.h"
#include "smtp_ehlo.h"

#define MALFORMED "501 5.5.2 That is not what the mechanism says"

struct front_smtp {
	char *helo; /* NULL: neither EHLO nor HELO was said */
	bool esmtp;
	struct sasl_server sasl;
	bool authenticating; /* the next line is the client's response */
	unsigned bad;
	uint64_t chunk; /* bytes of a BDAT that are no commands */
};

static unsigned
stage(const struct front_conn *c)
{
	unsigned st = front_is_tls(c) ? SMTP_STAGE_TLS : SMTP_STAGE_PLAIN;

	if (!front_may_login(c))
		return SMTP_STAGE_CLEAR;
	if (front_has_certificate(c))
		st |= SMTP_STAGE_CERTIFICATE;
	if (front_conf(c)->introspection_url != NULL)
		st |= SMTP_STAGE_TOKENS;
	return st;
}

static void *
smtp_start(struct front_conn *c)
{
	(void)c;
	return xcalloc(1, sizeof(struct front_smtp));
}

static void
smtp_free(void *state)
{
	struct front_smtp *s = state;

	sasl_server_clear(&s->sasl);
	free(s->helo);
	free(s);
}

static void
smtp_greet(struct front_conn *c, void *state)
{
	(void)state;
	front_printf(c, "220 %s ESMTP maild ready\r\n", front_conf(c)->hostname);
}

static void
smtp_bye(struct front_conn *c, enum front_bye why)
{
	static const struct {
		const char *enhanced, *text;
	} words[] = {
		[FRONT_BYE_TIMEOUT] = { "4.4.2", "Not logged in in time" },
		[FRONT_BYE_SHUTDOWN] = { "4.3.2", "Server is stopping" },
		[FRONT_BYE_BUSY] = { "4.7.0", "Too many connections" },
	};

	front_printf(c, "421 %s %s %s\r\n", words[why].enhanced,
	    front_conf(c)->hostname, words[why].text);
}

/* A malformed command; twenty in a row end the session. */
static void
bad(struct front_conn *c, struct front_smtp *s, const char *reply)
{
	front_printf(c, "%s\r\n", reply);
	if (++s->bad < FRONT_BAD_MAX)
		return;
	front_printf(c, "421 4.7.0 %s Too many malformed commands\r\n",
	    front_conf(c)->hostname);
	front_close(c);
}

static void
smtp_denied(struct front_conn *c, void *state, enum front_denial why)
{
	static const char *const text[] = {
		[FRONT_DENIED] = "535 5.7.8 Authentication failed",
		[FRONT_TEMPFAIL] = "454 4.7.0 Logins are not possible just now, "
				   "try again",
		[FRONT_LIMIT] = "454 4.7.0 Too many connections of this user "
				"(connections_per_user)",
	};

	if (why == FRONT_MALFORMED)
		bad(c, state, MALFORMED);
	else
		front_printf(c, "%s\r\n", text[why]);
}

/* ---- logging in ---- */

static void
smtp_challenge(struct front_conn *c, void *state, struct span data)
{
	struct front_smtp *s = state;
	struct buf coded = { 0 };

	base64_encode(&coded, data, 0);
	front_printf(c, "334 %.*s\r\n", (int)coded.len, buf_span(&coded).p);
	s->authenticating = true;
	buf_free(&coded);
}

/* What both ways of logging in have in common. */
static struct front_login
login_of(const struct front_smtp *s)
{
	return (struct front_login){ .esmtp = s->esmtp,
		.helo = span_str(s->helo),
		.mechanism = sasl_mech_name(s->sasl.mech) };
}

/* A mechanism that auth speaks itself; all of them are begun by the client. */
static void
relay(struct front_conn *c, struct front_smtp *s, struct span in)
{
	struct front_login login = login_of(s);

	s->authenticating = false;
	if (in.p == NULL)
		smtp_challenge(c, s, SPAN_LIT(""));
	else
		front_sasl(c, &login, in);
}

static void
sasl_step(struct front_conn *c, struct front_smtp *s, struct span in)
{
	struct front_login login = login_of(s);
	struct buf out = { 0 };

	s->authenticating = false;
	switch (sasl_server_step(&s->sasl, in, &out)) {
	case SASL_CONTINUE:
		smtp_challenge(c, s, buf_span(&out));
		break;
	case SASL_DONE:
		login.authzid = buf_span(&s->sasl.authzid);
		login.authcid = buf_span(&s->sasl.authcid);
		login.password = buf_span(&s->sasl.password);
		front_login(c, &login);
		break;
	case SASL_FAIL:
		bad(c, s, MALFORMED);
		break;
	}
	if (!s->authenticating)
		sasl_server_clear(&s->sasl);
	buf_free(&out);
}

static void
sasl_message(struct front_conn *c, struct front_smtp *s, struct span in)
{
	if (sasl_mech_tells_password(s->sasl.mech))
		sasl_step(c, s, in);
	else
		relay(c, s, in);
}

static void
sasl_end(struct front_conn *c, struct front_smtp *s, const char *reply)
{
	s->authenticating = false;
	sasl_server_clear(&s->sasl);
	front_sasl_cancel(c);
	bad(c, s, reply);
}

static void
sasl_response(struct front_conn *c, struct front_smtp *s, struct span coded)
{
	struct buf in;

	buf_init(&in, SASL_MESSAGE_MAX);
	if (!span_eq(coded, SPAN_LIT("=")) && base64_decode(&in, coded) < 0)
		sasl_end(c, s, "501 5.5.2 That is not base64");
	else
		sasl_message(c, s, buf_span(&in));
	buf_wipe(&in);
}

static void
sasl_line(struct front_conn *c, struct front_smtp *s, struct span line)
{
	if (span_eq(line, SPAN_LIT("*")))
		sasl_end(c, s, "501 5.7.0 Authentication cancelled");
	else
		sasl_response(c, s, line);
}

static void
smtp_auth(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	struct span rest = cmd->arg, name = { 0 };
	const struct sasl_mech *mech;

	if (s->helo == NULL || !s->esmtp) {
		front_printf(c, "503 5.5.1 EHLO first\r\n");
		return;
	}
	if (!front_may_login(c)) {
		front_printf(c, "538 5.7.11 Logging in needs TLS: use STARTTLS "
				"first\r\n");
		return;
	}
	span_split(&rest, ' ', &name);
	rest = span_trim(rest);
	mech = sasl_mech_find(name);
	if (mech == NULL || !front_offers(c, mech)) {
		front_printf(c, "504 5.5.4 No such mechanism here\r\n");
		return;
	}
	sasl_server_clear(&s->sasl);
	s->sasl.mech = mech;
	if (rest.n > 0)
		sasl_response(c, s, rest);
	else
		sasl_message(c, s, (struct span){ 0 });
}

/* ---- the other commands ---- */

static void
smtp_hello(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	struct buf out = { 0 };

	free(s->helo);
	s->helo = span_dup(span_sub(cmd->arg, 0, ROLE_HELO_MAX));
	s->esmtp = cmd->verb == SMTP_EHLO;
	if (s->esmtp)
		smtp_ehlo_write(&out, front_conf(c), stage(c));
	else
		buf_addf(&out, "250 %s\r\n", front_conf(c)->hostname);
	front_write(c, buf_span(&out));
	buf_free(&out);
}

static void
smtp_starttls(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	if (front_is_tls(c)) {
		front_printf(c, "503 5.5.1 TLS is active already\r\n");
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
smtp_ok(struct front_conn *c, struct front_smtp *s, const struct smtp_cmd *cmd)
{
	(void)s;
	(void)cmd;
	front_printf(c, "250 2.0.0 OK\r\n");
}

static void
smtp_help(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	(void)s;
	(void)cmd;
	front_printf(c, "214 2.0.0 EHLO STARTTLS AUTH NOOP RSET QUIT\r\n");
}

static void
smtp_quit(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	(void)s;
	(void)cmd;
	front_printf(c, "221 2.0.0 Bye\r\n");
	front_close(c);
}

/* What needs a login. */
static void
smtp_login_first(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	(void)s;
	(void)cmd;
	front_printf(c, "530 5.7.0 %s first\r\n",
	    front_may_login(c) ? "Log in" : "STARTTLS and log in");
}

static void
smtp_bdat(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	smtp_login_first(c, s, cmd);
	s->chunk = cmd->chunk;
}

static void
smtp_not_here(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd)
{
	(void)cmd;
	bad(c, s, "500 5.5.1 command not recognized");
}

typedef void (*verb_fn)(struct front_conn *c, struct front_smtp *s,
    const struct smtp_cmd *cmd);

static const verb_fn verbs[] = {
	[SMTP_UNKNOWN] = smtp_not_here,
	[SMTP_HELO] = smtp_hello,
	[SMTP_EHLO] = smtp_hello,
	[SMTP_LHLO] = smtp_not_here,
	[SMTP_MAIL] = smtp_login_first,
	[SMTP_RCPT] = smtp_login_first,
	[SMTP_DATA] = smtp_login_first,
	[SMTP_RSET] = smtp_ok,
	[SMTP_NOOP] = smtp_ok,
	[SMTP_QUIT] = smtp_quit,
	[SMTP_VRFY] = smtp_login_first,
	[SMTP_EXPN] = smtp_login_first,
	[SMTP_HELP] = smtp_help,
	[SMTP_STARTTLS] = smtp_starttls,
	[SMTP_AUTH] = smtp_auth,
	[SMTP_BDAT] = smtp_bdat,
};

static void
run_line(struct front_conn *c, struct front_smtp *s, struct span line)
{
	struct smtp_cmd cmd;
	const char *why = "malformed";

	if (smtp_cmd_parse(line, &cmd, &why) != SMTP_CMD_OK) {
		if (smtp_cmd_is_http(&cmd)) {
			front_printf(c, "554 5.7.0 This is a mail server\r\n");
			front_close(c);
			return;
		}
		front_printf(c, cmd.verb == SMTP_UNKNOWN ? "500 5.5.1 "
							  : "501 5.5.2 ");
		bad(c, s, why);
		if (cmd.verb == SMTP_BDAT && front_talking(c)) {
			front_printf(c, "421 4.7.0 %s Cannot tell data from "
					"commands\r\n", front_conf(c)->hostname);
			front_close(c);
		}
		return;
	}
	if (cmd.verb != SMTP_LHLO)
		s->bad = 0;
	verbs[cmd.verb](c, s, &cmd);
}

/* A line that is none: skip it to its LF, or give up where it has none. */
static void
bad_line(struct front_conn *c, struct front_smtp *s, struct span in)
{
	const char *lf = memchr(in.p, '\n', in.n);

	sasl_end(c, s, "500 5.5.2 Line too long, or with a bare CR, LF or NUL");
	if (lf == NULL)
		front_close(c);
	else
		front_take(c, (size_t)(lf - in.p) + 1);
}

/* False: no more of it is there. */
static bool
drop_chunk(struct front_conn *c, struct front_smtp *s)
{
	size_t n = front_input(c).n;

	if (n > s->chunk)
		n = (size_t)s->chunk;
	front_take(c, n);
	s->chunk -= n;
	return s->chunk == 0;
}

static void
smtp_input(struct front_conn *c, void *state)
{
	struct front_smtp *s = state;
	struct buf line = { 0 };

	while (front_talking(c)) {
		struct span at, in;
		ssize_t n;

		if (s->chunk > 0 && !drop_chunk(c, s))
			break;
		in = front_input(c);
		n = in.n > 0 ? smtp_line(in, SMTP_AUTH_MAX, &at) : 0;

		if (n == 0)
			break;
		if (n < 0) {
			bad_line(c, s, in);
			continue;
		}
		/* What runs may end the input's life, STARTTLS looks at it. */
		buf_add_span(&line, at);
		front_take(c, (size_t)n);
		if (s->authenticating)
			sasl_line(c, s, buf_span(&line));
		else
			run_line(c, s, buf_span(&line));
		explicit_bzero(line.data, line.cap);
		buf_clear(&line);
	}
	buf_wipe(&line);
}

const struct front_proto front_smtp = {
	.name = "submission",
	.scope = ROLE_SCOPE_SUBMISSION,
	.start = smtp_start,
	.greet = smtp_greet,
	.input = smtp_input,
	.denied = smtp_denied,
	.challenge = smtp_challenge,
	.bye = smtp_bye,
	.free = smtp_free,
};
