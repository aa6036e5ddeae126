/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SASL_OAUTH_H
#define MAILPROTO_SASL_OAUTH_H

#include "sasl.h"

/*
 * Logins by an OAuth 2.0 bearer token: OAUTHBEARER (RFC 7628) and XOAUTH2, its
 * forerunner, which has one more field and no header.
 */
struct sasl_oauth {
	struct buf user;   /* whom to act as; "": whomever the token names */
	struct span token; /* borrowed from the message */
};

/* The client's first message.  -1: malformed, or without a bearer token. */
int sasl_oauthbearer_parse(struct sasl_oauth *o, struct span in);
int sasl_xoauth2_parse(struct sasl_oauth *o, struct span in);
void sasl_oauth_clear(struct sasl_oauth *o);

/* ---- the client, behind sasl_client_step(); for sasl.c only ---- */

enum sasl_result sasl_oauthbearer_client(struct sasl_client *c, struct span in,
    struct buf *out);
enum sasl_result sasl_xoauth2_client(struct sasl_client *c, struct span in,
    struct buf *out);

#endif
