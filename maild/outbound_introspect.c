/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "conf.h"
#include "introspection.h"
#include "log.h"
#include "outbound_host.h"
#include "outbound_http.h"
#include "outbound_state.h"

/*
 * Tokens that auth asks about, of the authorization server that the
 * configuration names.
 */
#define QUERIES_MAX 1000
#define SECONDS     10 /* auth waits a little longer */

struct outbound_query {
	LIST_ENTRY(outbound_query) entry;
	struct outbound *outbound;
	uint32_t request; /* auth's */
	struct buf token;
	struct outbound_host *host;
};

static void
query_free(struct outbound_query *q)
{
	LIST_REMOVE(q, entry);
	q->outbound->nqueries--;
	outbound_host_cancel(q->host);
	buf_wipe(&q->token);
	free(q);
}

void
outbound_queries_free(struct outbound *o)
{
	while (!LIST_EMPTY(&o->queries))
		query_free(LIST_FIRST(&o->queries));
}

static void
tell(struct outbound *o, const struct role_msg *m)
{
	struct role_channel *auth = o->peers.other[ROLE_AUTH];

	if (auth != NULL)
		role_send(auth, m, -1);
}

static void
fail(struct outbound_query *q, const char *problem)
{
	struct role_msg m = { .type = ROLE_INTROSPECTED };

	log_warning("outbound: a token was not checked", "problem=%s", problem);
	m.introspected.request = q->request;
	m.introspected.verdict = ROLE_TOKEN_UNKNOWN;
	tell(q->outbound, &m);
	query_free(q);
}

/* A name that is longer than any of ours is nobody's. */
static void
answer(struct outbound_query *q, const struct introspection *in)
{
	struct role_msg m = { .type = ROLE_INTROSPECTED };

	m.introspected.request = q->request;
	m.introspected.verdict = ROLE_TOKEN_BAD;
	if (in->active && strlen(in->user) <= ROLE_USER_MAX) {
		m.introspected.verdict = ROLE_TOKEN_GOOD;
		m.introspected.user = span_str(in->user);
		m.introspected.seconds = in->seconds;
	}
	tell(q->outbound, &m);
	query_free(q);
}

static void
on_answer(void *arg, unsigned status, struct span body, const char *problem)
{
	struct outbound_query *q = arg;
	const struct conf *conf = q->outbound->process->conf;
	const struct introspection_wants wants = {
		.claim = conf->introspection_claim,
		.scope = conf->introspection_scope,
		.now = time(NULL),
	};
	struct introspection in;

	if (status == 0)
		fail(q, problem);
	else if (status != 200)
		fail(q, "the authorization server refuses to tell");
	else if (introspection_parse(&in, body, &wants) < 0)
		fail(q, "that is no answer to the question");
	else {
		answer(q, &in);
		free(in.user);
	}
}

static void
on_host(void *arg, const char *address)
{
	struct outbound_query *q = arg;
	struct outbound *o = q->outbound;
	const struct conf *conf = o->process->conf;
	struct buf form = { 0 };
	struct outbound_http_ask ask = {
		.url = conf->introspection_url,
		.address = address != NULL && address[0] != '\0' ? address :
								   NULL,
		.user = conf->introspection_user,
		.password = o->introspection_password,
		.max = INTROSPECTION_ANSWER_MAX,
		.seconds = SECONDS,
	};

	q->host = NULL;
	if (address == NULL) {
		fail(q, "the authorization server's name has no address");
		return;
	}
	introspection_form(&form, buf_span(&q->token));
	ask.form = buf_span(&form);
	outbound_http_request(o->http, &ask, on_answer, q);
	buf_wipe(&form);
}

void
outbound_introspect(struct outbound *o, const struct role_msg *m)
{
	struct outbound_query *q = xcalloc(1, sizeof(*q));

	q->outbound = o;
	q->request = m->introspect.request;
	buf_add_span(&q->token, m->introspect.token);
	LIST_INSERT_HEAD(&o->queries, q, entry);
	o->nqueries++;
	if (o->http == NULL || o->nqueries > QUERIES_MAX)
		fail(q, "too many questions at a time");
	else
		outbound_host_find(&q->host, o->dns,
		    o->process->conf->introspection_url, on_host, q);
}
