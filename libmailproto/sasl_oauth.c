/* SPDX-License-Identifier: ISC */
#include "sasl_oauth.h"

#define KVSEP '\1'

/* ---- the server ---- */

/* b64token (RFC 6750 section 2.1) */
static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_alpha(c) && !ascii_digit(c) &&
		    (c == '\0' || strchr("-._~+/=", c) == NULL))
			return false;
	}
	return s.n > 0;
}

static bool
take_prefix(struct span *s, const char *prefix)
{
	struct span want = span_str(prefix);

	if (!span_iprefix(*s, want))
		return false;
	*s = span_sub(*s, want.n, s->n);
	return true;
}

/* Key-value pairs, each with a separator behind it, and one more at the end;
 * other keys (host, port) tell nothing new. */
static bool
read_pairs(struct sasl_oauth *o, struct span in)
{
	struct span pair;

	if (in.n < 2 || in.p[in.n - 1] != KVSEP || in.p[in.n - 2] != KVSEP)
		return false;
	in.n--;
	while (span_split(&in, KVSEP, &pair)) {
		if (memchr(pair.p, '=', pair.n) == NULL)
			return false;
		if (!take_prefix(&pair, "auth="))
			continue;
		if (o->token.n > 0 || !take_prefix(&pair, "Bearer ") ||
		    !is_token(span_trim(pair)))
			return false;
		o->token = span_trim(pair);
	}
	return o->token.n > 0;
}

int
sasl_oauthbearer_parse(struct sasl_oauth *o, struct span in)
{
	struct span flag, authzid;

	*o = (struct sasl_oauth){ 0 };
	if (in.n <= SASL_MESSAGE_MAX && span_split(&in, ',', &flag) &&
	    (span_eq(flag, SPAN_LIT("n")) || span_eq(flag, SPAN_LIT("y"))) &&
	    span_split(&in, ',', &authzid) && in.n > 0 && in.p[0] == KVSEP &&
	    scram_authzid(&o->user, authzid) &&
	    read_pairs(o, span_sub(in, 1, in.n)))
		return 0;
	sasl_oauth_clear(o);
	return -1;
}

int
sasl_xoauth2_parse(struct sasl_oauth *o, struct span in)
{
	struct span user;

	*o = (struct sasl_oauth){ 0 };
	if (in.n <= SASL_MESSAGE_MAX && take_prefix(&in, "user=") &&
	    span_split(&in, KVSEP, &user) && user.n > 0 &&
	    memchr(user.p, '\0', user.n) == NULL && read_pairs(o, in)) {
		buf_add_span(&o->user, user);
		return 0;
	}
	sasl_oauth_clear(o);
	return -1;
}

void
sasl_oauth_clear(struct sasl_oauth *o)
{
	buf_free(&o->user);
	o->token = span_of(NULL, 0);
}

/* ---- the client: its password is the token ---- */

enum { OAUTH_FIRST, OAUTH_SAID, OAUTH_FAILED };

/* A challenge tells why the token is not taken; the answer to it lets the
 * server end the exchange. */
static enum sasl_result
after_first(struct sasl_client *c, struct span in, struct buf *out,
    const char *answer)
{
	if (in.p == NULL)
		return c->step == OAUTH_SAID ? SASL_DONE : SASL_FAIL;
	if (c->step != OAUTH_SAID)
		return SASL_FAIL;
	c->step = OAUTH_FAILED;
	buf_adds(out, answer);
	return SASL_CONTINUE;
}

static void
add_token(struct sasl_client *c, struct buf *out)
{
	buf_reserve(out, strlen(c->password) + 16);
	buf_addf(out, "auth=Bearer %s\1\1", c->password);
}

enum sasl_result
sasl_oauthbearer_client(struct sasl_client *c, struct span in, struct buf *out)
{
	if (c->step != OAUTH_FIRST)
		return after_first(c, in, out, "\1");
	c->step = OAUTH_SAID;
	buf_adds(out, "n,a=");
	scram_add_name(out, span_str(c->authcid));
	buf_adds(out, ",\1");
	add_token(c, out);
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}

enum sasl_result
sasl_xoauth2_client(struct sasl_client *c, struct span in, struct buf *out)
{
	if (c->step != OAUTH_FIRST)
		return after_first(c, in, out, "");
	c->step = OAUTH_SAID;
	buf_addf(out, "user=%s\1", c->authcid);
	add_token(c, out);
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}
