/* SPDX-License-Identifier: ISC */
#include "base64.h"
#include "imap_client_state.h"

/*
 * AUTHENTICATE (RFC 9051 section 6.2.2, RFC 4959) and, where the server knows
 * no better, LOGIN.
 */
static const struct {
	enum imap_client_cap cap;
	const char *mech;
	bool token;
} mechs[] = { /* the best first */
	{ IMAP_CAP_AUTH_SCRAM_PLUS, "SCRAM-SHA-256-PLUS", false },
	{ IMAP_CAP_AUTH_SCRAM, "SCRAM-SHA-256", false },
	{ IMAP_CAP_AUTH_PLAIN, "PLAIN", false },
	{ IMAP_CAP_AUTH_LOGIN, "LOGIN", false },
	{ IMAP_CAP_AUTH_OAUTHBEARER, "OAUTHBEARER", true },
	{ IMAP_CAP_AUTH_XOAUTH2, "XOAUTH2", true },
};

static bool
complete(struct imap_client *c)
{
	struct buf more = { 0 };
	bool done;

	done = c->sasl.mech == NULL ||
	    sasl_client_step(&c->sasl, span_of(NULL, 0), &more) == SASL_DONE;
	buf_wipe(&more);
	return done;
}

static void
on_login(void *arg, struct imap_resp *r)
{
	struct imap_client *c = arg;

	if (r->type != IMAP_RESP_OK) {
		imap_client_fail_resp(c, r->code == IMAP_CODE_UNAVAILABLE ?
		    IMAP_CLIENT_REFUSED : IMAP_CLIENT_BADLOGIN, r);
	} else if (!complete(c)) {
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server let us in before the login was complete");
	} else {
		c->logged_in = true;
		imap_client_go_on(c);
	}
}

static const struct sasl_mech *
choose(const struct imap_client *c)
{
	unsigned caps = c->caps;

	if (c->o.binding.name == NULL)
		caps &= ~(unsigned)IMAP_CAP_AUTH_SCRAM_PLUS;
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		if ((caps & mechs[i].cap) && mechs[i].token == c->o.token)
			return sasl_mech_find(span_str(mechs[i].mech));
	}
	return NULL;
}

/* The next message of the mechanism, as a line or part of one. */
static bool
say(struct imap_client *c, struct span challenge, struct buf *out)
{
	struct buf message = { .max = SASL_MESSAGE_MAX };
	bool ok;

	ok = sasl_client_step(&c->sasl, challenge, &message) == SASL_CONTINUE;
	if (ok)
		base64_encode(out, buf_span(&message), 0);
	buf_wipe(&message);
	return ok;
}

static void
authenticate(struct imap_client *c, const struct sasl_mech *mech)
{
	sasl_client_clear(&c->sasl);
	c->sasl.mech = mech;
	c->sasl.authcid = c->o.user;
	c->sasl.password = c->o.password;
	c->sasl.binding = c->o.binding;
	imap_client_begin(c, 0, on_login, c);
	imap_client_add(c, "AUTHENTICATE %s", sasl_mech_name(mech));
	c->making->sasl = true;
	if (sasl_mech_client_first(mech) && (c->caps & IMAP_CAP_SASL_IR)) {
		imap_client_add(c, " ");
		if (!say(c, span_of(NULL, 0), &c->making->text))
			imap_client_fail(c, IMAP_CLIENT_NOAUTH,
			    "the user name or password is too long");
	}
	imap_client_end(c);
}

void
imap_client_login(struct imap_client *c)
{
	const struct sasl_mech *mech = choose(c);

	if (!c->o.secure && !c->o.plaintext) {
		imap_client_fail(c, IMAP_CLIENT_NOAUTH,
		    "the password is not sent over a connection without TLS");
	} else if (mech != NULL) {
		authenticate(c, mech);
	} else if ((c->caps & IMAP_CAP_LOGINDISABLED) || c->o.token) {
		imap_client_fail(c, IMAP_CLIENT_NOAUTH,
		    "the server offers no way to log in that is known here");
	} else {
		imap_client_begin(c, 0, on_login, c);
		imap_client_add(c, "LOGIN ");
		imap_client_add_astring(c, span_str(c->o.user));
		imap_client_add(c, " ");
		imap_client_add_astring(c, span_str(c->o.password));
		imap_client_end(c);
	}
}

void
imap_client_challenge(struct imap_client *c, const struct imap_resp *r)
{
	struct buf in = { .max = SASL_MESSAGE_MAX };
	bool first = sasl_mech_client_first(c->sasl.mech) && c->sasl.step == 0;

	buf_adds(&in, ""); /* an empty challenge is one, too */
	/* Some servers put words where there is nothing to say. */
	if (base64_decode(&in, r->text) < 0 && !first)
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server's login challenge makes no sense");
	else if (!say(c, first ? span_of(NULL, 0) : buf_span(&in), &c->out))
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "the server's login exchange makes no sense");
	buf_adds(&c->out, "\r\n");
	buf_free(&in);
}
