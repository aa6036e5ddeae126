/* SPDX-License-Identifier: ISC */
#include "base64.h"
#include "smtp_client_state.h"

/*
 * AUTH, the client's side (RFC 4954).
 */

static const struct {
	const char *mech;
	bool token, binds;
} best[] = {
	{ "SCRAM-SHA-256-PLUS", false, true },
	{ "SCRAM-SHA-256", false, false },
	{ "PLAIN", false, false },
	{ "LOGIN", false, false },
	{ "OAUTHBEARER", true, false },
	{ "XOAUTH2", true, false },
};

static void
take_if_offered(struct smtp_client *c, struct span mechs, const char *wanted)
{
	struct span word;

	while (c->sasl.mech == NULL && span_split(&mechs, ' ', &word)) {
		if (span_ieqs(word, wanted))
			c->sasl.mech = sasl_mech_find(word);
	}
}

/* Of the mechanisms on offer, the one that was asked for, or the first here
 * that fits. */
void
smtp_client_auth_offer(struct smtp_client *c, struct span mechs)
{
	if (c->o.mech != NULL) {
		take_if_offered(c, mechs, c->o.mech);
		return;
	}
	for (size_t i = 0; i < sizeof(best) / sizeof(best[0]); i++) {
		if (best[i].token == c->o.token &&
		    (!best[i].binds || c->o.binding.name != NULL))
			take_if_offered(c, mechs, best[i].mech);
	}
}

static void
auth_say(struct smtp_client *c, struct buf *message, bool initial)
{
	if (initial)
		buf_addc(&c->out, ' ');
	if (initial && message->len == 0)
		buf_addc(&c->out, '=');
	base64_encode(&c->out, buf_span(message), 0);
	buf_wipe(message);
}

void
smtp_client_auth_start(struct smtp_client *c)
{
	struct buf message = { 0 };

	if (!c->secure && !c->o.plaintext) {
		smtp_client_fail(c, SMTP_CLIENT_NOAUTH,
		    "the password is not sent over a connection without TLS");
		return;
	}
	if (c->sasl.mech == NULL) {
		smtp_client_fail(c, SMTP_CLIENT_NOAUTH,
		    "the server offers no way to log in that is known here");
		return;
	}
	c->sasl.authcid = c->o.user;
	c->sasl.password = c->o.password;
	c->sasl.binding = c->o.binding;
	c->state = CLIENT_AUTH;
	buf_addf(&c->out, "AUTH %s", sasl_mech_name(c->sasl.mech));
	if (sasl_mech_client_first(c->sasl.mech)) {
		if (sasl_client_step(&c->sasl, span_of(NULL, 0), &message) !=
		    SASL_CONTINUE)
			smtp_client_fail(c, SMTP_CLIENT_NOAUTH,
			    "the user name or password is too long");
		auth_say(c, &message, true);
	}
	buf_adds(&c->out, "\r\n");
}

static void
on_challenge(struct smtp_client *c, const struct smtp_reply *r)
{
	struct buf in = { .max = SASL_MESSAGE_MAX };
	struct buf message = { .max = SASL_MESSAGE_MAX };

	buf_adds(&in, ""); /* an empty challenge is one, too */
	if (base64_decode(&in, buf_span(&r->text)) < 0 ||
	    sasl_client_step(&c->sasl, buf_span(&in), &message) !=
		SASL_CONTINUE)
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server's login challenge makes no sense");
	auth_say(c, &message, false);
	buf_adds(&c->out, "\r\n");
	buf_free(&in);
}

void
smtp_client_auth_reply(struct smtp_client *c, const struct smtp_reply *r)
{
	struct buf none = { 0 };

	if (r->code == 334)
		on_challenge(c, r);
	else if (r->code / 100 == 5)
		smtp_client_fail_reply(c, SMTP_CLIENT_BADLOGIN, r);
	else if (r->code != 235)
		smtp_client_fail_reply(c, SMTP_CLIENT_REFUSED, r);
	else if (sasl_client_step(&c->sasl, span_of(NULL, 0), &none) !=
	    SASL_DONE)
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server let us in before the login was complete");
	else
		c->state = CLIENT_READY;
	if (c->out.len == 0)
		buf_wipe(&c->out);
}
