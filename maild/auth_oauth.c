/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "auth_login.h"
#include "auth_token.h"
#include "conf.h"
#include "sasl_oauth.h"
#include "user_name.h"

/*
 * OAUTHBEARER (RFC 7628) and XOAUTH2: the client shows a token, and outbound
 * asks the authorization server whose it is (RFC 7662).
 *
 * To the guard a token is a password: one that is bad counts as a failure, and
 * costs nothing when it comes again.
 */
#define PATIENCE 15 /* seconds for outbound's answer */

enum step { STEP_OUTBOUND, STEP_TOLD }; /* what it waits for */

struct exchange {
	enum step step;
	uint32_t request;
	const char *reason; /* of the refusal, once the client has been told */
};

/* RFC 7628 section 3.2.2; XOAUTH2's clients read the status only. */
static const char bearer_error[] = "{\"status\":\"invalid_token\"}";
static const char xoauth2_error[] =
    "{\"status\":\"401\",\"schemes\":\"bearer\"}";

/* The client is told why first, and answers to that. */
static void
deny(struct login *l, const char *reason)
{
	struct exchange *x = l->state;

	x->step = STEP_TOLD;
	x->reason = reason;
	auth_login_ask(l, l->exchange == &auth_xoauth2
		? span_str(xoauth2_error) : span_str(bearer_error));
}

static void
deny_wrong(struct login *l, const char *reason)
{
	struct auth_try t = auth_login_try(l);

	auth_guard_wrong(l->auth->guard, &t, auth_now());
	deny(l, reason);
}

/* The token is user's.  Who says to be whom must be the same. */
static void
accept_user(struct login *l, struct span user)
{
	struct buf name = { 0 };
	bool good, is_own;

	good = user_name_complete(&name, l->auth->process->conf, user) == 0;
	is_own = l->name.len == 0 ||
	    span_eq(buf_span(&l->name), buf_span(&name));
	if (good && is_own) {
		buf_clear(&l->name);
		buf_add_span(&l->name, buf_span(&name));
	}
	buf_free(&name);
	if (!good || !is_own)
		deny_wrong(l, "authzid");
	else
		auth_login_grant_known(l);
}

static void
introspect(struct login *l)
{
	struct role_channel *outbound = l->auth->peers.other[ROLE_OUTBOUND];
	struct exchange *x = l->state;
	struct role_msg m = { .type = ROLE_INTROSPECT };

	m.introspect.request = x->request = ++l->auth->last_request;
	m.introspect.token = buf_span(&l->password);
	x->step = STEP_OUTBOUND;
	if (outbound != NULL && role_send(outbound, &m, -1) == 0) {
		auth_login_wait(l, PATIENCE);
	} else {
		struct auth_try t = auth_login_try(l);

		auth_guard_void(l->auth->guard, &t, auth_now());
		auth_login_temporary(l, "outbound");
	}
}

static void
decide(struct login *l)
{
	struct auth_try t = auth_login_try(l);
	struct buf user = { 0 };

	if (auth_tokens_find(l->auth->tokens, t.password, auth_now(), &user)) {
		accept_user(l, buf_span(&user));
		buf_free(&user);
		return;
	}
	switch (auth_guard_ask(l->auth->guard, &t, auth_now())) {
	case AUTH_REPEATED:
		deny(l, "repeated");
		break;
	case AUTH_BLOCKED:
		deny(l, "blocked");
		break;
	default:
		introspect(l);
		break;
	}
}

static void
oauth_start(struct login *l, const struct role_msg *m)
{
	struct sasl_oauth o = { 0 };
	int ret = -1;

	if (l->auth->process->conf->introspection_url != NULL)
		ret = l->exchange == &auth_xoauth2
		    ? sasl_xoauth2_parse(&o, m->sasl_start.initial)
		    : sasl_oauthbearer_parse(&o, m->sasl_start.initial);
	if (ret < 0) {
		auth_login_end(l, ROLE_MALFORMED);
		return;
	}
	l->state = xcalloc(1, sizeof(struct exchange));
	buf_add_span(&l->password, o.token);
	if (o.user.len > 0)
		auth_login_name(l, buf_span(&o.user));
	sasl_oauth_clear(&o);
	decide(l);
}

/* Whatever it says to the error. */
static void
oauth_response(struct login *l, struct span data)
{
	struct exchange *x = l->state;

	(void)data;
	if (x->step == STEP_TOLD)
		auth_login_refuse(l, x->reason);
}

static struct login *
find(struct auth *a, uint32_t request)
{
	struct login *l;

	LIST_FOREACH(l, &a->logins->head, entry) {
		const struct exchange *x = l->state;

		if ((l->exchange == &auth_xoauth2 ||
			l->exchange == &auth_oauthbearer) &&
		    x->step == STEP_OUTBOUND && x->request == request)
			return l;
	}
	return NULL;
}

void
auth_introspected(struct auth *a, const struct role_msg *m)
{
	struct login *l = find(a, m->introspected.request);
	struct auth_try t;

	if (l == NULL)
		return;
	if (m->introspected.verdict == ROLE_TOKEN_BAD) {
		deny_wrong(l, "token");
		return;
	}
	t = auth_login_try(l);
	auth_guard_void(a->guard, &t, auth_now());
	if (m->introspected.verdict == ROLE_TOKEN_UNKNOWN) {
		auth_login_temporary(l, "introspection");
		return;
	}
	auth_tokens_keep(a->tokens, t.password, m->introspected.user,
	    m->introspected.seconds, auth_now());
	accept_user(l, m->introspected.user);
}

const struct auth_mechanism auth_oauthbearer = {
	.name = "OAUTHBEARER",
	.start = oauth_start,
	.response = oauth_response,
	.free = free,
};

const struct auth_mechanism auth_xoauth2 = {
	.name = "XOAUTH2",
	.start = oauth_start,
	.response = oauth_response,
	.free = free,
};
