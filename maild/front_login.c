/* SPDX-License-Identifier: ISC */
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "front_conn_state.h"
#include "front_pump.h"
#include "front_tls.h"
#include "log.h"

void
front_login_forget(struct front_conn *c)
{
	free(c->helo);
	free(c->tag);
	c->helo = c->tag = NULL;
	c->exchange = false;
}

static void
denied(struct front_conn *c, enum front_denial why)
{
	front_login_forget(c);
	c->phase = PHASE_TALK;
	front_conn_talk_on(c);
	c->proto->denied(c, c->state, why);
	if (why == FRONT_DENIED && ++c->denials >= FRONT_LOGINS_MAX)
		front_close(c);
}

static void
begin_login(struct front_conn *c, const struct front_login *login)
{
	front_login_forget(c);
	c->tag = span_dup(login->tag);
	c->helo = span_dup(span_sub(login->helo, 0, ROLE_HELO_MAX));
	c->esmtp = login->esmtp;
}

/* The client waits until auth has spoken. */
static void
ask_auth(struct front_conn *c, const struct role_msg *m)
{
	c->phase = PHASE_LOGIN;
	bufferevent_disable(c->bev, EV_READ);
	if (c->front->auth == NULL || role_send(c->front->auth, m, -1) < 0)
		denied(c, FRONT_TEMPFAIL);
}

void
front_login(struct front_conn *c, const struct front_login *login)
{
	struct role_msg m = {
		.type = ROLE_LOGIN,
		.login = { .connection = c->entry.id, .scope = c->proto->scope,
			.peer = span_str(c->entry.peer),
			.mechanism = span_str(login->mechanism),
			.authzid = login->authzid, .authcid = login->authcid,
			.password = login->password },
	};

	begin_login(c, login);
	ask_auth(c, &m);
}

static void
start_exchange(struct front_conn *c, const struct front_login *login,
    struct span message)
{
	struct tls_bindings b = { 0 };
	struct role_msg m = {
		.type = ROLE_SASL_START,
		.sasl_start = { .connection = c->entry.id,
			.scope = c->proto->scope,
			.peer = span_str(c->entry.peer),
			.mechanism = span_str(login->mechanism),
			.initial = message,
			.certificate = buf_span(&c->names) },
	};

	if (c->tls)
		front_tls_bindings(bufferevent_openssl_get_ssl(c->bev), &b,
		    &m.sasl_start.exporter, &m.sasl_start.end_point);
	begin_login(c, login);
	c->exchange = true;
	ask_auth(c, &m);
}

void
front_sasl(struct front_conn *c, const struct front_login *login,
    struct span message)
{
	struct role_msg m = { .type = ROLE_SASL_RESPONSE };

	if (!c->exchange) {
		start_exchange(c, login, message);
		return;
	}
	m.sasl_response.connection = c->entry.id;
	m.sasl_response.data = message;
	ask_auth(c, &m);
}

void
front_sasl_cancel(struct front_conn *c)
{
	struct role_msg m = { .type = ROLE_SASL_RESPONSE };

	m.sasl_response.connection = c->entry.id;
	m.sasl_response.cancel = true;
	if (c->exchange && c->front->auth != NULL &&
	    role_send(c->front->auth, &m, -1) < 0)
		log_warning("front: auth does not listen");
	c->exchange = false;
}

/* Nobody has logged in where mail comes from the world. */
static struct span
text(const char *s)
{
	return s != NULL ? span_str(s) : SPAN_LIT("");
}

int
front_login_send(struct front_conn *c, int fd, struct span input)
{
	char tls[ROLE_TLS_MAX + 1] = "";
	struct role_msg m = {
		.type = ROLE_SESSION,
		.session = { .ticket = c->ticket, .connection = c->entry.id,
			.scope = c->proto->scope,
			.peer = span_str(c->entry.peer),
			.local = span_str(c->local),
			.helo = text(c->helo), .tag = text(c->tag),
			.esmtp = c->esmtp, .input = input },
	};

	if (c->tls)
		front_tls_describe(bufferevent_openssl_get_ssl(c->bev), tls,
		    sizeof(tls));
	m.session.tls = span_str(tls);
	return c->front->mail != NULL ? role_send(c->front->mail, &m, fd) : -1;
}

void
front_login_hand_over(struct front_conn *c)
{
	int pair[2], sent;

	c->phase = PHASE_HANDOVER;
	if (!c->tls) {
		sent = front_login_send(c, bufferevent_getfd(c->bev),
		    front_input(c));
	} else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
		       SOCK_CLOEXEC, 0, pair) < 0) {
		sent = -1;
	} else {
		c->pair = pair[0];
		sent = front_login_send(c, pair[1], SPAN_LIT(""));
		close(pair[1]);
	}
	if (sent < 0)
		denied(c, FRONT_TEMPFAIL);
}

static void
pump_gone(void *arg)
{
	struct front_conn *c = arg;

	c->pump = NULL;
	front_conn_gone(c);
}

static void
session_taken(struct front_conn *c)
{
	struct bufferevent *plain;

	event_del(c->timer);
	c->proto->free(c->state);
	c->state = NULL;
	if (!c->tls) {
		front_conn_gone(c);
		return;
	}
	plain = bufferevent_socket_new(c->front->process->base, c->pair,
	    BEV_OPT_CLOSE_ON_FREE);
	if (plain == NULL) {
		front_conn_gone(c);
		return;
	}
	c->pair = -1;
	c->phase = PHASE_PUMP;
	c->pump = front_pump_new(c->bev, plain, pump_gone, c);
	c->bev = NULL;
}

static struct front_conn *
find(struct front *f, uint64_t id, enum front_phase phase)
{
	struct front_entry *e = front_table_find(f->table, id);
	struct front_conn *c = (struct front_conn *)e;

	return c != NULL && c->phase == phase ? c : NULL;
}

static const enum front_denial denials[ROLE_VERDICTS] = {
	[ROLE_DENIED] = FRONT_DENIED,
	[ROLE_TEMPFAIL] = FRONT_TEMPFAIL,
	[ROLE_MALFORMED] = FRONT_MALFORMED,
};

void
front_conn_challenge(struct front *f, const struct role_msg *m)
{
	struct front_conn *c = find(f, m->sasl_challenge.connection,
	    PHASE_LOGIN);

	if (c == NULL || !c->exchange)
		return;
	c->phase = PHASE_TALK;
	front_conn_talk_on(c);
	c->proto->challenge(c, c->state, m->sasl_challenge.data);
}

void
front_conn_verdict(struct front *f, const struct role_msg *m)
{
	struct front_conn *c = find(f, m->verdict.connection, PHASE_LOGIN);

	if (c == NULL)
		return;
	c->exchange = false;
	if (m->verdict.verdict != ROLE_GRANTED) {
		denied(c, denials[m->verdict.verdict]);
		return;
	}
	c->ticket = m->verdict.ticket;
	c->phase = PHASE_FLUSH;
	if (front_conn_unwritten(c) == 0)
		front_login_hand_over(c);
}

void
front_conn_answer(struct front *f, const struct role_msg *m)
{
	struct front_conn *c = find(f, m->session_answer.connection,
	    PHASE_HANDOVER);

	if (c == NULL)
		return;
	if (m->session_answer.answer == ROLE_SESSION_TAKEN) {
		session_taken(c);
		return;
	}
	if (c->pair >= 0)
		close(c->pair);
	c->pair = -1;
	denied(c, m->session_answer.answer == ROLE_SESSION_LIMIT
		? FRONT_LIMIT : FRONT_TEMPFAIL);
}

static void
lost_one(void *arg, struct front_entry *e)
{
	struct front_conn *c = (struct front_conn *)e;
	const enum front_phase *phase = arg;

	if (c->phase != *phase)
		return;
	/* Mail may have said OK on a plain connection before it went. */
	if (c->phase == PHASE_HANDOVER)
		front_conn_gone(c);
	else
		denied(c, FRONT_TEMPFAIL);
}

void
front_conn_lost(struct front *f, enum role role)
{
	enum front_phase phase = role == ROLE_AUTH ? PHASE_LOGIN
						   : PHASE_HANDOVER;

	front_table_each(f->table, lost_one, &phase);
}
