/* SPDX-License-Identifier: ISC */
#include "sasl.h"

#include "sasl_oauth.h"
#include "sasl_scram.h"

struct sasl_mech {
	const char *name;
	bool client_first;
	enum sasl_needs needs;
	/* NULL: the server does not learn the password. */
	enum sasl_result (*server)(struct sasl_server *s, struct span in,
	    struct buf *out);
	enum sasl_result (*client)(struct sasl_client *c, struct span in,
	    struct buf *out);
};

static void
secret_set(struct buf *b, struct span s)
{
	buf_wipe(b);
	buf_add_span(b, s);
}

/* message = [authzid] UTF8NUL authcid UTF8NUL passwd (RFC 4616 section 2) */
static enum sasl_result
plain_server(struct sasl_server *s, struct span in, struct buf *out)
{
	struct span authzid, authcid;

	if (in.p == NULL && s->step++ == 0)
		return SASL_CONTINUE;
	if (in.n > SASL_MESSAGE_MAX || !span_split(&in, '\0', &authzid) ||
	    !span_split(&in, '\0', &authcid))
		return SASL_FAIL;
	if (authcid.n == 0 || in.n == 0 || memchr(in.p, '\0', in.n) != NULL)
		return SASL_FAIL;
	secret_set(&s->authzid, authzid);
	secret_set(&s->authcid, authcid);
	secret_set(&s->password, in);
	(void)out;
	return SASL_DONE;
}

static enum sasl_result
plain_client(struct sasl_client *c, struct span in, struct buf *out)
{
	const char *authzid = c->authzid != NULL ? c->authzid : "";

	if (c->step++ > 0)
		return in.p == NULL ? SASL_DONE : SASL_FAIL;
	/* At once, so that no growth leaves a copy of the password behind. */
	buf_reserve(out, strlen(authzid) + strlen(c->authcid) +
	    strlen(c->password) + 2);
	buf_add(out, authzid, strlen(authzid) + 1);
	buf_add(out, c->authcid, strlen(c->authcid) + 1);
	buf_adds(out, c->password);
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}

enum { LOGIN_START, LOGIN_NAME, LOGIN_PASSWORD, LOGIN_END };

/* The name may come as an initial response, though no text ever said so. */
static enum sasl_result
login_server(struct sasl_server *s, struct span in, struct buf *out)
{
	if (s->step == LOGIN_START) {
		s->step = LOGIN_NAME;
		if (in.p == NULL) {
			buf_adds(out, "Username:");
			return SASL_CONTINUE;
		}
	}
	if (in.n == 0 || in.n > SASL_MESSAGE_MAX ||
	    memchr(in.p, '\0', in.n) != NULL)
		return SASL_FAIL;
	if (s->step == LOGIN_NAME) {
		s->step = LOGIN_PASSWORD;
		secret_set(&s->authcid, in);
		buf_adds(out, "Password:");
		return SASL_CONTINUE;
	}
	secret_set(&s->password, in);
	return SASL_DONE;
}

/* Prompts differ from server to server; their order does not. */
static enum sasl_result
login_client(struct sasl_client *c, struct span in, struct buf *out)
{
	if (c->step == LOGIN_START)
		c->step = LOGIN_NAME;
	if (c->step == LOGIN_END && in.p == NULL)
		return SASL_DONE;
	if (c->step == LOGIN_END || in.p == NULL)
		return SASL_FAIL;
	buf_adds(out, c->step++ == LOGIN_NAME ? c->authcid : c->password);
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}

/* All but the authorization identity the server knows already. */
static enum sasl_result
external_client(struct sasl_client *c, struct span in, struct buf *out)
{
	if (c->step++ > 0)
		return in.p == NULL ? SASL_DONE : SASL_FAIL;
	buf_adds(out, c->authzid != NULL ? c->authzid : "");
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}

static const struct sasl_mech mechs[] = {
	{ "PLAIN", true, SASL_NEEDS_NOTHING, plain_server, plain_client },
	{ "LOGIN", false, SASL_NEEDS_NOTHING, login_server, login_client },
	{ "SCRAM-SHA-256", true, SASL_NEEDS_NOTHING, NULL, sasl_scram_client },
	{ "SCRAM-SHA-256-PLUS", true, SASL_NEEDS_BINDING, NULL,
	    sasl_scram_plus_client },
	{ "EXTERNAL", true, SASL_NEEDS_CERTIFICATE, NULL, external_client },
	{ "OAUTHBEARER", true, SASL_NEEDS_TOKENS, NULL,
	    sasl_oauthbearer_client },
	{ "XOAUTH2", true, SASL_NEEDS_TOKENS, NULL, sasl_xoauth2_client },
};

const struct sasl_mech *
sasl_mech_find(struct span name)
{
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		if (span_ieqs(name, mechs[i].name))
			return &mechs[i];
	}
	return NULL;
}

const char *
sasl_mech_name(const struct sasl_mech *m)
{
	return m->name;
}

bool
sasl_mech_client_first(const struct sasl_mech *m)
{
	return m->client_first;
}

bool
sasl_mech_tells_password(const struct sasl_mech *m)
{
	return m->server != NULL;
}

enum sasl_needs
sasl_mech_needs(const struct sasl_mech *m)
{
	return m->needs;
}

enum sasl_result
sasl_server_step(struct sasl_server *s, struct span in, struct buf *out)
{
	return s->mech->server(s, in, out);
}

void
sasl_server_clear(struct sasl_server *s)
{
	buf_wipe(&s->authzid);
	buf_wipe(&s->authcid);
	buf_wipe(&s->password);
	s->step = 0;
}

enum sasl_result
sasl_client_step(struct sasl_client *c, struct span in, struct buf *out)
{
	return c->mech->client(c, in, out);
}

void
sasl_client_clear(struct sasl_client *c)
{
	sasl_scram_free(c->scram);
	*c = (struct sasl_client){ 0 };
}
