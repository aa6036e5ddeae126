/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SASL_H
#define MAILPROTO_SASL_H

#include "scram.h"

/*
 * SASL mechanisms (RFC 4422) on decoded bytes: the profile (IMAP, SMTP) does
 * the base64.  PLAIN (RFC 4616) and LOGIN (the obsolete one of Outlook, prompts
 * "Username:" and "Password:"), both sides; SCRAM-SHA-256 and -PLUS (RFC 7677),
 * whose server is in scram.h; the client's side of EXTERNAL (RFC 4422 appendix
 * A) and, with a token as the password, of OAUTHBEARER and XOAUTH2, whose server
 * is in sasl_oauth.h.
 *
 * The server side only finds out who says to be whom, with which password;
 * checking it is the caller's.
 */
enum sasl_result {
	SASL_CONTINUE, /* send out as a challenge (server), response (client) */
	SASL_DONE,     /* server: names are set.  client: the login is whole */
	SASL_FAIL,     /* malformed */
};

#define SASL_MESSAGE_MAX 12288 /* decoded bytes of one message */

struct sasl_server {
	const struct sasl_mech *mech;
	int step;
	struct buf authzid, authcid, password;
};

struct sasl_client {
	const struct sasl_mech *mech;
	int step;
	const char *authzid, *authcid, *password; /* borrowed */
	/* What the connection has, where it is TLS: for SCRAM, borrowed. */
	struct sasl_binding binding;
	const char *nonce; /* of SCRAM; NULL: a random one */
	struct sasl_scram *scram; /* private */
};

/* NULL: unknown.  Names compare without ASCII case. */
const struct sasl_mech *sasl_mech_find(struct span name);
const char *sasl_mech_name(const struct sasl_mech *m);
/* The client speaks first: with an initial response, or to an empty "+". */
bool sasl_mech_client_first(const struct sasl_mech *m);
/* What its client says is a password: sasl_server_step() knows it. */
bool sasl_mech_tells_password(const struct sasl_mech *m);
/* What its server must have of the connection, or else may not offer it. */
enum sasl_needs {
	SASL_NEEDS_NOTHING,
	SASL_NEEDS_BINDING,     /* a channel binding, so TLS */
	SASL_NEEDS_CERTIFICATE, /* a good one of the client */
	SASL_NEEDS_TOKENS,      /* somebody to ask about tokens */
};
enum sasl_needs sasl_mech_needs(const struct sasl_mech *m);

/* in.p == NULL: no initial response was sent. */
enum sasl_result sasl_server_step(struct sasl_server *s, struct span in,
    struct buf *out);
void sasl_server_clear(struct sasl_server *s); /* wipes the secrets */

/*
 * in is the server's challenge; in.p == NULL first for an initial response
 * (where sasl_mech_client_first() says so), and last, when the server has said
 * that it is content: SASL_DONE then, or SASL_FAIL where it was so too soon.
 */
enum sasl_result sasl_client_step(struct sasl_client *c, struct span in,
    struct buf *out);
void sasl_client_clear(struct sasl_client *c);

#endif
