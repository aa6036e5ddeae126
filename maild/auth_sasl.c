/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <stdlib.h>

#include "auth_login.h"
#include "conf.h"
#include "tls_binding.h"

/*
 * Logins by SCRAM (RFC 5802, RFC 7677): front carries the messages, the client
 * shows that it knows the password, never the password itself.
 *
 * So a wrong one cannot be recognized when it comes again: here each counts as
 * a failure.
 */
enum step { STEP_FINAL, STEP_EMPTY };

struct auth_exchange {
	enum step step;
	struct scram_server scram;
	struct scram_key proven; /* from STEP_EMPTY on */
};

void
auth_exchange_free(struct auth_exchange *x)
{
	if (x == NULL)
		return;
	scram_server_clear(&x->scram);
	explicit_bzero(x, sizeof(*x));
	free(x);
}

/* Front has given up on the connection by now, or should have. */
void
auth_exchange_over(struct login *l)
{
	auth_login_end(l, ROLE_TEMPFAIL);
}

/* The client gets this, and has the time of a login to answer. */
static void
challenge(struct login *l, const struct buf *data)
{
	struct timeval tv = { l->auth->process->conf->login_timeout, 0 };
	struct role_msg m = { .type = ROLE_SASL_CHALLENGE };

	m.sasl_challenge.connection = l->connection;
	m.sasl_challenge.data = buf_span(data);
	if (role_send(l->front, &m, -1) < 0)
		auth_login_end(l, ROLE_TEMPFAIL);
	else
		event_add(l->timer, &tv);
}

/* ---- the first message ---- */

static void
answer_first(struct login *l)
{
	struct scram_server *s = &l->exchange->scram;
	uint8_t salt[SCRAM_SALT_SIZE];
	struct buf nonce = { 0 }, out = { 0 };

	if (auth_store_salt(l->auth->store, buf_span(&l->name), salt) ==
	    AUTH_STORE_FAILED) {
		auth_login_temporary(l, "store");
		return;
	}
	scram_nonce(&nonce);
	scram_server_challenge(s, buf_span(&nonce),
	    span_of((char *)salt, sizeof(salt)), AUTH_SCRAM_ITERATIONS, &out);
	challenge(l, &out);
	buf_free(&nonce);
	buf_free(&out);
}

/* What the connection has to bind to, and whether the client knows. */
static void
set_bindings(struct scram_server *s, const struct role_msg *m,
    struct sasl_binding b[TLS_BINDINGS])
{
	if (m->sasl_start.exporter.n > 0)
		b[s->nbinding++] = (struct sasl_binding){ TLS_BINDING_EXPORTER,
			m->sasl_start.exporter };
	if (m->sasl_start.end_point.n > 0)
		b[s->nbinding++] = (struct sasl_binding){ TLS_BINDING_END_POINT,
			m->sasl_start.end_point };
	s->binding = b;
	s->plus_offered = s->nbinding > 0;
}

/* A connection has one exchange: what a front left behind goes. */
static struct login *
find(struct auth *a, const struct role_channel *front, uint64_t connection)
{
	struct login *l;

	LIST_FOREACH(l, &a->logins->head, entry) {
		if (l->front == front && l->connection == connection &&
		    l->exchange != NULL)
			return l;
	}
	return NULL;
}

static struct login *
login_new(struct auth *a, struct role_channel *front, const struct role_msg *m)
{
	struct login *l = find(a, front, m->sasl_start.connection);

	if (l != NULL)
		auth_login_free(l);
	l = auth_login_new(a, front, m->sasl_start.connection,
	    m->sasl_start.scope);
	if (l == NULL)
		return NULL;
	l->peer = span_dup(m->sasl_start.peer);
	l->mechanism = span_dup(m->sasl_start.mechanism);
	l->exchange = xcalloc(1, sizeof(*l->exchange));
	return l;
}

void
auth_sasl_start(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct sasl_binding bindings[TLS_BINDINGS];
	struct login *l = login_new(a, front, m);
	struct scram_server *s;

	if (l == NULL)
		return;
	s = &l->exchange->scram;
	s->plus = span_ieqs(m->sasl_start.mechanism, "SCRAM-SHA-256-PLUS");
	set_bindings(s, m, bindings);
	if ((!s->plus && !span_ieqs(m->sasl_start.mechanism,
			      "SCRAM-SHA-256")) ||
	    scram_server_first(s, m->sasl_start.initial) < 0) {
		auth_login_end(l, ROLE_MALFORMED);
		return;
	}
	auth_login_name(l, buf_span(&s->authcid));
	if (auth_login_is_own(l, buf_span(&s->authzid)))
		answer_first(l);
	else
		auth_login_refuse(l, "authzid");
}

/* ---- the proof ---- */

/* The keys of nobody prove nothing, and take as long. */
static enum auth_store_status
get_keys(struct login *l, struct scram_keys *keys)
{
	struct auth_record r;
	struct buf bytes = { 0 };
	enum auth_store_status st = auth_store_get(l->auth->store,
	    buf_span(&l->name), &bytes, &r);

	*keys = st == AUTH_STORE_OK ? r.keys : (struct scram_keys){ 0 };
	explicit_bzero(&r, sizeof(r));
	buf_wipe(&bytes);
	return st;
}

static void
check_proof(struct login *l, struct span in)
{
	struct auth_guard *guard = l->auth->guard;
	struct auth_try t = auth_login_try(l);
	struct scram_keys keys;
	struct buf out = { 0 };
	enum auth_store_status st = get_keys(l, &keys);

	if (st == AUTH_STORE_FAILED) {
		auth_guard_void(guard, &t, auth_now());
		auth_login_temporary(l, "store");
	} else if (scram_server_final(&l->exchange->scram, in, &keys, 1,
		       &out) < 0) {
		auth_guard_wrong(guard, &t, auth_now());
		auth_login_refuse(l, "password");
	} else {
		auth_guard_right(guard, &t, auth_now());
		l->exchange->step = STEP_EMPTY;
		l->exchange->proven = keys.stored;
		challenge(l, &out);
	}
	explicit_bzero(&keys, sizeof(keys));
	buf_free(&out);
}

static void
on_final(struct login *l, struct span in)
{
	struct auth_try t = auth_login_try(l);

	if (auth_guard_ask(l->auth->guard, &t, auth_now()) == AUTH_BLOCKED)
		auth_login_refuse(l, "blocked");
	else
		check_proof(l, in);
}

/* The client has seen our proof.  Meanwhile the password may have changed. */
static void
on_empty(struct login *l, struct span in)
{
	struct scram_keys keys;
	enum auth_store_status st;

	if (in.n > 0) {
		auth_login_end(l, ROLE_MALFORMED);
		return;
	}
	st = get_keys(l, &keys);
	if (st == AUTH_STORE_OK &&
	    memcmp(&keys.stored, &l->exchange->proven, sizeof(keys.stored)) ==
		0)
		auth_login_grant(l);
	else
		auth_login_temporary(l, "changed");
	explicit_bzero(&keys, sizeof(keys));
}

void
auth_sasl_response(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct login *l = find(a, front, m->sasl_response.connection);

	if (l == NULL && !m->sasl_response.cancel)
		auth_login_lost(front, m->sasl_response.connection);
	if (l == NULL)
		return;
	if (m->sasl_response.cancel)
		auth_login_free(l);
	else if (l->exchange->step == STEP_FINAL)
		on_final(l, m->sasl_response.data);
	else
		on_empty(l, m->sasl_response.data);
}
