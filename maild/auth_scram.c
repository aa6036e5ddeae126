/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "auth_login.h"
#include "tls_binding.h"

/*
 * Logins by SCRAM (RFC 5802, RFC 7677): front carries the messages, the client
 * shows that it knows the password, never the password itself.
 *
 * So a wrong one cannot be recognized when it comes again: here each counts as
 * a failure.
 */
enum step { STEP_FINAL, STEP_EMPTY };

struct exchange {
	enum step step;
	struct scram_server scram;
	struct scram_key proven; /* from STEP_EMPTY on */
};

static void
exchange_free(void *state)
{
	struct exchange *x = state;

	scram_server_clear(&x->scram);
	explicit_bzero(x, sizeof(*x));
	free(x);
}

/* ---- the first message ---- */

static void
answer_first(struct login *l)
{
	struct exchange *x = l->state;
	struct scram_server *s = &x->scram;
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
	auth_login_ask(l, buf_span(&out));
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

static void
scram_start(struct login *l, const struct role_msg *m)
{
	struct sasl_binding bindings[TLS_BINDINGS];
	struct exchange *x = xcalloc(1, sizeof(*x));
	struct scram_server *s = &x->scram;

	l->state = x;
	s->plus = l->exchange == &auth_scram_plus;
	set_bindings(s, m, bindings);
	if (scram_server_first(s, m->sasl_start.initial) < 0) {
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

/* Those of the password, then those of the application passwords. */
struct keys {
	struct scram_keys k[1 + AUTH_APPS_MAX];
	size_t len;
};

/* The keys of nobody prove nothing, and take as long. */
static enum auth_store_status
get_keys(struct login *l, struct keys *keys)
{
	struct auth_record r;
	struct buf bytes = { 0 };
	enum auth_store_status st = auth_store_get(l->auth->store,
	    buf_span(&l->name), &bytes, &r);

	*keys = (struct keys){ .len = 1 };
	if (st == AUTH_STORE_OK && !r.disabled) {
		keys->k[0] = r.keys;
		for (size_t i = 0; i < r.napps; i++)
			keys->k[keys->len++] = r.app[i].keys;
	}
	explicit_bzero(&r, sizeof(r));
	buf_wipe(&bytes);
	return st;
}

static void
check_proof(struct login *l, struct span in)
{
	struct auth_guard *guard = l->auth->guard;
	struct auth_try t = auth_login_try(l);
	struct exchange *x = l->state;
	struct keys keys;
	struct buf out = { 0 };
	enum auth_store_status st = get_keys(l, &keys);
	int which = -1;

	if (st != AUTH_STORE_FAILED)
		which = scram_server_final(&x->scram, in, keys.k, keys.len,
		    &out);
	if (st == AUTH_STORE_FAILED) {
		auth_guard_void(guard, &t, auth_now());
		auth_login_temporary(l, "store");
	} else if (which < 0) {
		auth_guard_wrong(guard, &t, auth_now());
		auth_login_refuse(l, "password");
	} else {
		auth_guard_right(guard, &t, auth_now());
		x->step = STEP_EMPTY;
		x->proven = keys.k[which].stored;
		auth_login_ask(l, buf_span(&out));
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

static bool
still_stands(struct login *l)
{
	struct exchange *x = l->state;
	struct keys keys;
	bool found = false;

	get_keys(l, &keys);
	for (size_t i = 0; i < keys.len; i++)
		found |= memcmp(&keys.k[i].stored, &x->proven,
			     sizeof(x->proven)) == 0;
	explicit_bzero(&keys, sizeof(keys));
	return found;
}

/* The client has seen our proof.  Meanwhile the password may have changed. */
static void
on_empty(struct login *l, struct span in)
{
	if (in.n > 0)
		auth_login_end(l, ROLE_MALFORMED);
	else if (still_stands(l))
		auth_login_grant(l);
	else
		auth_login_temporary(l, "changed");
}

static void
scram_response(struct login *l, struct span data)
{
	struct exchange *x = l->state;

	if (x->step == STEP_FINAL)
		on_final(l, data);
	else
		on_empty(l, data);
}

const struct auth_mechanism auth_scram = {
	.name = "SCRAM-SHA-256",
	.start = scram_start,
	.response = scram_response,
	.free = exchange_free,
};

const struct auth_mechanism auth_scram_plus = {
	.name = "SCRAM-SHA-256-PLUS",
	.start = scram_start,
	.response = scram_response,
	.free = exchange_free,
};
