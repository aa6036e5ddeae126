/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>

#include "smtp_client_state.h"

#define INPUT_MAX   (4 * SMTP_REPLY_MAX)
#define OUTPUT_HIGH ((size_t)65536) /* then no more text is asked for */

void
smtp_client_fail(struct smtp_client *c, enum smtp_client_failure failure,
    const char *sentence)
{
	smtp_client_result_local(&c->what, 0, "", "%s", sentence);
	c->failure = failure;
	c->state = CLIENT_FAILED;
}

void
smtp_client_fail_reply(struct smtp_client *c, enum smtp_client_failure failure,
    const struct smtp_reply *reply)
{
	smtp_client_result_reply(&c->what, reply);
	c->failure = failure;
	c->state = CLIENT_FAILED;
}

static bool
positive(const struct smtp_reply *r)
{
	return r->code / 100 == 2;
}

static void
say_hello(struct smtp_client *c)
{
	c->caps = 0;
	c->size_limit = 0;
	sasl_client_clear(&c->sasl);
	buf_addf(&c->out, "%s %s\r\n", c->o.lmtp ? "LHLO" : "EHLO", c->o.helo);
	c->state = CLIENT_EHLO;
}

static void
on_greeting(struct smtp_client *c, const struct smtp_reply *r)
{
	if (r->code != 220)
		smtp_client_fail_reply(c, SMTP_CLIENT_REFUSED, r);
	else
		say_hello(c);
}

/* ---- capabilities ---- */

static void
cap_size(struct smtp_client *c, struct span args)
{
	if (span_u64(args, UINT64_MAX, &c->size_limit) < 0)
		c->size_limit = 0;
}

/* Without a number the least time is not known (RFC 2852 section 2). */
static void
cap_deliver_by(struct smtp_client *c, struct span args)
{
	struct span least;

	if (!span_split(&args, ',', &least) ||
	    span_u64(least, DELIVER_BY_SECONDS_MAX, &c->by_least) < 0)
		c->by_least = 0;
}

static const struct {
	const char *keyword;
	enum smtp_client_cap cap;
	void (*args)(struct smtp_client *c, struct span args);
} caps[] = {
	{ "PIPELINING", SMTP_CAP_PIPELINING, NULL },
	{ "8BITMIME", SMTP_CAP_8BITMIME, NULL },
	{ "SIZE", SMTP_CAP_SIZE, cap_size },
	{ "SMTPUTF8", SMTP_CAP_SMTPUTF8, NULL },
	{ "STARTTLS", SMTP_CAP_STARTTLS, NULL },
	{ "AUTH", SMTP_CAP_AUTH, smtp_client_auth_offer },
	{ "ENHANCEDSTATUSCODES", SMTP_CAP_ENHANCEDSTATUSCODES, NULL },
	{ "DSN", SMTP_CAP_DSN, NULL },
	{ "CHUNKING", SMTP_CAP_CHUNKING, NULL },
	{ "BINARYMIME", SMTP_CAP_BINARYMIME, NULL },
	{ "REQUIRETLS", SMTP_CAP_REQUIRETLS, NULL },
	{ "MT-PRIORITY", SMTP_CAP_MT_PRIORITY, NULL },
	{ "DELIVERBY", SMTP_CAP_DELIVERBY, cap_deliver_by },
};

static void
read_caps(struct smtp_client *c, struct span text)
{
	struct span line, word;

	span_split(&text, '\n', &line); /* the server's name */
	while (span_split(&text, '\n', &line)) {
		if (!span_split(&line, ' ', &word))
			continue;
		for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
			if (!span_ieqs(word, caps[i].keyword))
				continue;
			c->caps |= caps[i].cap;
			if (caps[i].args != NULL)
				caps[i].args(c, span_trim(line));
		}
	}
}

/* ---- EHLO, STARTTLS and the end ---- */

static void
start_tls(struct smtp_client *c)
{
	if ((c->caps & SMTP_CAP_STARTTLS) == 0) {
		smtp_client_fail(c, SMTP_CLIENT_NOTLS,
		    "the server does not offer STARTTLS");
		return;
	}
	buf_adds(&c->out, "STARTTLS\r\n");
	c->state = CLIENT_STARTTLS;
}

static bool
wants_tls(const struct smtp_client *c)
{
	return !c->secure && (c->o.tls == SMTP_CLIENT_TLS_STARTTLS ||
	    (c->o.tls == SMTP_CLIENT_TLS_MAY &&
		(c->caps & SMTP_CAP_STARTTLS) != 0));
}

static void
on_ehlo(struct smtp_client *c, const struct smtp_reply *r)
{
	if (!positive(r)) {
		smtp_client_fail_reply(c, SMTP_CLIENT_REFUSED, r);
		return;
	}
	read_caps(c, buf_span(&r->text));
	if (wants_tls(c))
		start_tls(c);
	else if (c->o.user != NULL)
		smtp_client_auth_start(c);
	else
		c->state = CLIENT_READY;
}

/* What follows the reply in clear may be anybody's (CVE-2011-0411). */
static void
on_starttls(struct smtp_client *c, const struct smtp_reply *r)
{
	if (r->code != 220)
		smtp_client_fail_reply(c, SMTP_CLIENT_NOTLS, r);
	else
		c->state = CLIENT_HANDSHAKE;
}

void
smtp_client_tls_done(struct smtp_client *c)
{
	assert(c->state == CLIENT_HANDSHAKE);
	c->secure = true;
	say_hello(c);
}

static void
on_rset(struct smtp_client *c, const struct smtp_reply *r)
{
	if (positive(r))
		c->state = CLIENT_READY;
	else
		smtp_client_fail_reply(c, SMTP_CLIENT_REFUSED, r);
}

static void
on_quit(struct smtp_client *c, const struct smtp_reply *r)
{
	(void)r;
	c->state = CLIENT_CLOSED;
}

void
smtp_client_quit(struct smtp_client *c)
{
	assert(c->state == CLIENT_READY || c->state == CLIENT_RESULT);
	buf_adds(&c->out, "QUIT\r\n");
	c->state = CLIENT_QUIT;
}

/* Nobody asked: the server is going, or confused. */
static void
on_unasked(struct smtp_client *c, const struct smtp_reply *r)
{
	smtp_client_fail_reply(c,
	    positive(r) ? SMTP_CLIENT_PROTOCOL : SMTP_CLIENT_REFUSED, r);
}

/* ---- driving ---- */

static const struct {
	enum smtp_client_event event;
	unsigned timeout; /* RFC 5321 section 4.5.3.2, seconds */
	void (*reply)(struct smtp_client *c, const struct smtp_reply *r);
} states[] = {
	[CLIENT_GREETING] = { SMTP_CLIENT_IO, 300, on_greeting },
	[CLIENT_EHLO] = { SMTP_CLIENT_IO, 300, on_ehlo },
	[CLIENT_STARTTLS] = { SMTP_CLIENT_IO, 120, on_starttls },
	[CLIENT_HANDSHAKE] = { SMTP_CLIENT_TLS, 120, NULL },
	[CLIENT_AUTH] = { SMTP_CLIENT_IO, 180, smtp_client_auth_reply },
	[CLIENT_READY] = { SMTP_CLIENT_READY, 300, on_unasked },
	[CLIENT_ENVELOPE] = { SMTP_CLIENT_IO, 300, smtp_client_txn_envelope },
	[CLIENT_TEXT] = { SMTP_CLIENT_TEXT, 180, on_unasked },
	[CLIENT_FINAL] = { SMTP_CLIENT_IO, 600, smtp_client_txn_final },
	[CLIENT_RESULT] = { SMTP_CLIENT_RESULT, 300, NULL },
	[CLIENT_RSET] = { SMTP_CLIENT_IO, 300, on_rset },
	[CLIENT_QUIT] = { SMTP_CLIENT_IO, 60, on_quit },
	[CLIENT_CLOSED] = { SMTP_CLIENT_CLOSED, 60, NULL },
	[CLIENT_FAILED] = { SMTP_CLIENT_FAILED, 60, NULL },
};

/* One reply off the input; false: there is none yet. */
static bool
take_reply(struct smtp_client *c)
{
	struct smtp_reply r = { 0 };
	ssize_t n = 0;

	if (c->in.len > c->scanned &&
	    (c->in.len > SMTP_REPLY_LINE_MAX ||
		memchr(c->in.data + c->scanned, '\n',
		    c->in.len - c->scanned) != NULL))
		n = smtp_reply_parse(buf_span(&c->in), &r);
	c->scanned = n == 0 ? c->in.len : 0;
	if (n < 0)
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server does not speak SMTP, or too much of it");
	if (n <= 0)
		return false;
	if (r.code == 421 && c->state != CLIENT_QUIT)
		smtp_client_fail_reply(c, SMTP_CLIENT_REFUSED, &r);
	else
		states[c->state].reply(c, &r);
	buf_consume(&c->in, (size_t)n);
	smtp_reply_clear(&r);
	return true;
}

static void
check_limits(struct smtp_client *c)
{
	if (c->state == CLIENT_FAILED || c->state == CLIENT_CLOSED)
		return;
	if (c->state == CLIENT_HANDSHAKE && c->in.len > 0)
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server sent more before the TLS handshake");
	else if (c->in.failed || c->out.failed)
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "more at once than can be held");
	else if (c->eof && c->state == CLIENT_QUIT)
		c->state = CLIENT_CLOSED;
	else if (c->eof)
		smtp_client_fail(c, SMTP_CLIENT_LOST,
		    "the server closed the connection");
}

/* The results have been shown: ready for the next message. */
static void
leave_result(struct smtp_client *c)
{
	if (!c->txn.open) {
		c->state = CLIENT_READY;
		return;
	}
	buf_adds(&c->out, "RSET\r\n");
	c->txn.open = false;
	c->state = CLIENT_RSET;
}

enum smtp_client_event
smtp_client_next(struct smtp_client *c)
{
	if (c->state == CLIENT_RESULT && c->txn.shown)
		leave_result(c);
	while (states[c->state].reply != NULL && take_reply(c))
		;
	if (c->state == CLIENT_ENVELOPE)
		smtp_client_txn_send(c);
	if (c->state == CLIENT_RESULT)
		c->txn.shown = true;
	else
		check_limits(c);
	if (c->state == CLIENT_TEXT && c->out.len >= OUTPUT_HIGH)
		return SMTP_CLIENT_IO;
	return states[c->state].event;
}

struct smtp_client *
smtp_client_new(const struct smtp_client_options *o)
{
	struct smtp_client *c = xcalloc(1, sizeof(*c));

	c->o = *o;
	c->secure = o->tls == SMTP_CLIENT_TLS_IMPLICIT;
	c->in.max = INPUT_MAX;
	return c;
}

void
smtp_client_free(struct smtp_client *c)
{
	if (c == NULL)
		return;
	smtp_client_txn_clear(&c->txn);
	smtp_client_result_clear(&c->what);
	sasl_client_clear(&c->sasl);
	buf_free(&c->in);
	buf_wipe(&c->out);
	free(c);
}

void
smtp_client_input(struct smtp_client *c, struct span s)
{
	buf_add_span(&c->in, s);
}

void
smtp_client_eof(struct smtp_client *c)
{
	c->eof = true;
}

struct span
smtp_client_output(const struct smtp_client *c)
{
	return buf_span(&c->out);
}

void
smtp_client_sent(struct smtp_client *c, size_t n)
{
	buf_consume(&c->out, n);
}

unsigned
smtp_client_timeout(const struct smtp_client *c)
{
	return states[c->state].timeout;
}

unsigned
smtp_client_caps(const struct smtp_client *c)
{
	return c->caps;
}

uint64_t
smtp_client_size_limit(const struct smtp_client *c)
{
	return c->size_limit;
}

enum smtp_client_failure
smtp_client_failure(const struct smtp_client *c,
    const struct smtp_client_result **what)
{
	*what = &c->what;
	return c->failure;
}
