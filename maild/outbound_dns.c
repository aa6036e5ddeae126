/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "outbound_dns.h"

#include <sys/queue.h>

#include <event2/event.h>

#include <stdlib.h>
#include <unbound.h>

#define CLASS_IN 1

struct outbound_dns {
	struct ub_ctx *ctx;
	struct event *readable;
	struct timeval timeout;
	TAILQ_HEAD(, outbound_dns_query) queries;
};

struct outbound_dns_query {
	TAILQ_ENTRY(outbound_dns_query) entry;
	struct outbound_dns *dns;
	outbound_dns_fn fn; /* NULL: cancelled */
	void *arg;
	int id; /* unbound's */
	struct event *patience;
};

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct outbound_dns *d = arg;

	(void)fd;
	(void)what;
	ub_process(d->ctx);
}

static void query_free(struct outbound_dns_query *q);

/* ---- setting up ---- */

/* The lines "nameserver ADDRESS". */
static int
use_resolv(struct ub_ctx *ctx, struct span resolv)
{
	struct span line, word;
	int rc = 0;

	while (rc == 0 && span_split(&resolv, '\n', &line)) {
		char *address;

		line = span_trim(line);
		if (!span_split(&line, ' ', &word) ||
		    !span_eq(word, SPAN_LIT("nameserver")))
			continue;
		address = span_dup(span_trim(line));
		rc = ub_ctx_set_fwd(ctx, address);
		free(address);
	}
	return rc;
}

/* RFC 1035 section 5.1; what does not read as a record, unbound says. */
static int
use_anchors(struct ub_ctx *ctx, struct span anchors)
{
	struct span line;
	int rc = 0;

	while (rc == 0 && span_split(&anchors, '\n', &line)) {
		struct span rest = line;
		char *text;

		if (!span_split(&rest, ';', &line))
			continue;
		line = span_trim(line);
		if (line.n == 0)
			continue;
		text = span_dup(line);
		rc = ub_ctx_add_ta(ctx, text);
		free(text);
	}
	return rc;
}

static void
ignore(void *arg, int rc, struct ub_result *r)
{
	(void)arg;
	(void)rc;
	ub_resolve_free(r);
}

/* A thread cannot be started once the role is in its sandbox: the first
 * question starts it, and is one that needs no network. */
static int
start_thread(struct ub_ctx *ctx)
{
	int rc = ub_ctx_async(ctx, 1);

	if (rc == 0)
		rc = ub_resolve_async(ctx, "localhost", OUTBOUND_DNS_A,
		    CLASS_IN, NULL, ignore, NULL);
	if (rc == 0)
		rc = ub_wait(ctx);
	return rc;
}

static int
configure(struct ub_ctx *ctx, const struct outbound_dns_options *o)
{
	int rc = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");

	if (rc == 0 && o->server != NULL)
		rc = ub_ctx_set_fwd(ctx, o->server);
	else if (rc == 0)
		rc = use_resolv(ctx, o->resolv);
	if (rc == 0)
		rc = use_anchors(ctx, o->anchors);
	return rc == 0 ? start_thread(ctx) : rc;
}

struct outbound_dns *
outbound_dns_new(struct event_base *base,
    const struct outbound_dns_options *options, struct buf *why)
{
	struct outbound_dns *d = xcalloc(1, sizeof(*d));
	int rc;

	TAILQ_INIT(&d->queries);
	d->ctx = ub_ctx_create();
	if (d->ctx == NULL)
		abort();
	d->timeout.tv_sec = options->timeout;
	rc = configure(d->ctx, options);
	if (rc != 0) {
		buf_addf(
		    why, "the resolver cannot be set up: %s", ub_strerror(rc));
		outbound_dns_free(d);
		return NULL;
	}
	d->readable = event_new(
	    base, ub_fd(d->ctx), EV_READ | EV_PERSIST, on_readable, d);
	event_add(d->readable, NULL);
	return d;
}

void
outbound_dns_free(struct outbound_dns *d)
{
	if (d == NULL)
		return;
	if (d->readable != NULL)
		event_free(d->readable);
	ub_ctx_delete(d->ctx);
	while (!TAILQ_EMPTY(&d->queries))
		query_free(TAILQ_FIRST(&d->queries));
	free(d);
}

/* ---- asking ---- */

static void
query_free(struct outbound_dns_query *q)
{
	TAILQ_REMOVE(&q->dns->queries, q, entry);
	event_free(q->patience);
	free(q);
}

static void
tell(struct outbound_dns_query *q, const struct outbound_dns_answer *a)
{
	outbound_dns_fn fn = q->fn;
	void *arg = q->arg;

	query_free(q);
	if (fn != NULL)
		fn(arg, a);
}

static void
on_answer(void *arg, int rc, struct ub_result *r)
{
	struct outbound_dns_answer a = { .status = OUTBOUND_DNS_FAILED };

	if (rc == 0 && r->havedata && !r->bogus) {
		a.status = OUTBOUND_DNS_OK;
		a.data = (const char *const *)r->data;
		a.len = r->len;
		while (r->data[a.n] != NULL)
			a.n++;
	} else if (rc == 0 && !r->bogus && r->nxdomain) {
		a.status = OUTBOUND_DNS_NXDOMAIN;
	} else if (rc == 0 && !r->bogus && r->rcode == 0) {
		a.status = OUTBOUND_DNS_NODATA;
	}
	if (a.status != OUTBOUND_DNS_FAILED) {
		a.secure = r->secure;
		a.canon = r->canonname;
	}
	tell(arg, &a);
	ub_resolve_free(r);
}

static void
on_patience(evutil_socket_t fd, short what, void *arg)
{
	static const struct outbound_dns_answer failed = {
		.status = OUTBOUND_DNS_FAILED
	};
	struct outbound_dns_query *q = arg;

	(void)fd;
	(void)what;
	ub_cancel(q->dns->ctx, q->id);
	tell(q, &failed);
}

struct outbound_dns_query *
outbound_dns_ask(struct outbound_dns *d, const char *name,
    enum outbound_dns_type type, outbound_dns_fn fn, void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct outbound_dns_query *q = xcalloc(1, sizeof(*q));
	int rc;

	*q = (struct outbound_dns_query){ .dns = d, .fn = fn, .arg = arg };
	TAILQ_INSERT_TAIL(&d->queries, q, entry);
	rc = ub_resolve_async(
	    d->ctx, name, (int)type, CLASS_IN, q, on_answer, &q->id);
	q->patience =
	    evtimer_new(event_get_base(d->readable), on_patience, q);
	event_add(q->patience, rc == 0 ? &d->timeout : &now);
	return q;
}

void
outbound_dns_cancel(struct outbound_dns_query *q)
{
	if (q != NULL)
		q->fn = NULL;
}
