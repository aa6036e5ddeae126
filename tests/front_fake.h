/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FRONT_FAKE_H
#define TESTS_FRONT_FAKE_H

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "conf.h"
#include "front.h"

/*
 * A connection of front without sockets and roles, for its protocols: what
 * front_conn.c does, done on buffers.  Included once per program, as it defines
 * the functions of front.h.
 */
struct front_conn {
	const struct front_proto *proto;
	void *state;
	struct conf conf;
	struct buf in, out;
	bool tls, certificate, clear_login, busy, starttls, closed, exchange;
	/* Of mail from the world: */
	bool asking, away;
	unsigned paused;
	enum inbound_type last;
	struct buf mail; /* "MAIL helo path params;" and so on, as mail has it */
	char answer[64]; /* the reply that is to come */
	struct buf login; /* "MECHANISM user password", as front_login() had it,
			   * or "MECHANISM message", as front_sasl() */
};

static struct front_conn *
fake_new(const struct front_proto *proto)
{
	static char host[] = "mail.example.org";
	struct front_conn *c = xcalloc(1, sizeof(*c));

	c->proto = proto;
	c->conf.hostname = host;
	c->conf.message_size = 1000;
	c->conf.recipients = 50;
	c->state = proto->start(c);
	return c;
}

static void
fake_free(struct front_conn *c)
{
	c->proto->free(c->state);
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->login);
	buf_free(&c->mail);
	free(c);
}

static void
fake_input(struct front_conn *c, struct span s)
{
	buf_add_span(&c->in, s);
	if (front_talking(c))
		c->proto->input(c, c->state);
	while (c->asking && !c->closed) {
		c->asking = false;
		c->proto->reply(c, c->state, span_str(c->answer));
		if (front_talking(c))
			c->proto->input(c, c->state);
	}
}

/* The end of a login that was asked for. */
__attribute__((unused)) static void
fake_denied(struct front_conn *c, enum front_denial why)
{
	c->busy = c->exchange = false;
	c->proto->denied(c, c->state, why);
	fake_input(c, SPAN_LIT(""));
}

__attribute__((unused)) static void
fake_challenge(struct front_conn *c, const char *data)
{
	c->busy = false;
	c->proto->challenge(c, c->state, span_str(data));
	fake_input(c, SPAN_LIT(""));
}

const struct conf *
front_conf(const struct front_conn *c)
{
	return &c->conf;
}

bool
front_is_tls(const struct front_conn *c)
{
	return c->tls;
}

bool
front_has_certificate(const struct front_conn *c)
{
	return c->certificate;
}

bool
front_may_login(const struct front_conn *c)
{
	return c->tls || c->clear_login;
}

bool
front_talking(const struct front_conn *c)
{
	return !c->busy && !c->starttls && !c->closed && !c->asking;
}

struct span
front_input(struct front_conn *c)
{
	return buf_span(&c->in);
}

void
front_take(struct front_conn *c, size_t n)
{
	buf_consume(&c->in, n);
}

void
front_write(struct front_conn *c, struct span s)
{
	buf_add_span(&c->out, s);
}

void
front_printf(struct front_conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&c->out, fmt, ap);
	va_end(ap);
}

void
front_starttls(struct front_conn *c)
{
	c->starttls = true;
}

void
front_login(struct front_conn *c, const struct front_login *login)
{
	c->busy = true;
	buf_clear(&c->login);
	buf_addf(&c->login, "%s %.*s %.*s", login->mechanism,
	    (int)login->authcid.n, login->authcid.p, (int)login->password.n,
	    login->password.p);
}

bool
front_offers(const struct front_conn *c, const struct sasl_mech *m)
{
	switch (sasl_mech_needs(m)) {
	case SASL_NEEDS_NOTHING:
		break;
	case SASL_NEEDS_BINDING:
		return c->tls;
	case SASL_NEEDS_CERTIFICATE:
		return c->certificate;
	case SASL_NEEDS_TOKENS:
		return c->conf.introspection_url != NULL;
	}
	return true;
}

void
front_sasl(struct front_conn *c, const struct front_login *login,
    struct span message)
{
	c->busy = c->exchange = true;
	buf_clear(&c->login);
	buf_addf(&c->login, "%s %.*s", login->mechanism, (int)message.n,
	    message.p);
}

void
front_sasl_cancel(struct front_conn *c)
{
	c->exchange = false;
	buf_clear(&c->login);
}

/* Mail refuses whoever has an address that begins with "no". */
bool
front_mail(struct front_conn *c, const struct inbound_frame *f)
{
	static const char *const names[INBOUND_TYPES] = { "MAIL", "RCPT",
		"DATA", "BDAT", "TEXT", "END", "RSET" };
	const bool refused = f->path.n > 1 && memcmp(f->path.p, "no", 2) == 0;

	if (c->away)
		return false;
	if (f->type == INBOUND_MAIL)
		buf_addf(&c->mail, "MAIL %d %.*s", f->esmtp, (int)f->helo.n,
		    f->helo.p);
	else if (f->type != INBOUND_TEXT || c->last != INBOUND_TEXT)
		buf_adds(&c->mail, names[f->type]);
	if (f->path.p != NULL)
		buf_addf(&c->mail, " <%.*s> %.*s", (int)f->path.n, f->path.p,
		    (int)f->params.n, f->params.p);
	buf_add_span(&c->mail, f->text);
	if (f->bare)
		buf_adds(&c->mail, " bare");
	if (f->type == INBOUND_BDAT)
		buf_addf(&c->mail, " %d%s", (int)f->chunk,
		    f->last ? " last" : "");
	if (f->type != INBOUND_TEXT)
		buf_addc(&c->mail, ';');
	c->last = f->type;
	if (f->type != INBOUND_TEXT)
		snprintf(c->answer, sizeof(c->answer), "%s %s",
		    refused ? "550" : f->type == INBOUND_DATA ? "354" : "250",
		    names[f->type]);
	return true;
}

void
front_await(struct front_conn *c)
{
	c->asking = true;
}

void
front_pause(struct front_conn *c, unsigned seconds)
{
	c->paused += seconds;
}

void
front_deadline(struct front_conn *c, unsigned seconds)
{
	(void)c;
	(void)seconds;
}

void
front_close(struct front_conn *c)
{
	c->closed = true;
}

#endif
