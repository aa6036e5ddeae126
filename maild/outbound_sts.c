/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "outbound_sts.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "outbound_dns.h"
#include "outbound_host.h"
#include "outbound_http.h"

#define KEPT_MAX      1000 /* policies */
#define FETCH_SECONDS 60   /* RFC 8461 section 3.3 */
#define AGAIN_SECONDS 300  /* after one that could not be fetched */

/* A domain of which a policy was asked for. */
struct kept {
	TAILQ_ENTRY(kept) entry;
	char *domain;
	char id[MTA_STS_ID_MAX + 1]; /* of the policy; "": there is none */
	struct mta_sts policy;
	time_t expires;
	char failed_id[MTA_STS_ID_MAX + 1]; /* of one that was not to be had */
	time_t failed;
};

struct outbound_sts {
	struct outbound_sts_options options;
	struct buf ca;
	TAILQ_HEAD(keptq, kept) kept; /* the one used last is first */
	size_t nkept;
	TAILQ_HEAD(, outbound_sts_query) queries;
};

struct outbound_sts_query {
	TAILQ_ENTRY(outbound_sts_query) entry;
	struct outbound_sts *sts;
	char *domain;
	char id[MTA_STS_ID_MAX + 1];
	struct outbound_dns_query *dns;
	struct outbound_host *host;
	outbound_sts_fn fn; /* NULL: cancelled */
	void *arg;
};

/* Monotonic: a clock that is set neither ends nor prolongs a policy. */
static time_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- what is kept ---- */

static void
kept_free(struct outbound_sts *s, struct kept *k)
{
	TAILQ_REMOVE(&s->kept, k, entry);
	s->nkept--;
	mta_sts_clear(&k->policy);
	free(k->domain);
	free(k);
}

/* Of that domain, made where it is not there. */
static struct kept *
find(struct outbound_sts *s, const char *domain)
{
	struct kept *k;

	TAILQ_FOREACH (k, &s->kept, entry) {
		if (strcasecmp(k->domain, domain) == 0)
			break;
	}
	if (k == NULL) {
		if (s->nkept == KEPT_MAX)
			kept_free(s, TAILQ_LAST(&s->kept, keptq));
		k = xcalloc(1, sizeof(*k));
		k->domain = xstrdup(domain);
		s->nkept++;
	} else {
		TAILQ_REMOVE(&s->kept, k, entry);
	}
	TAILQ_INSERT_HEAD(&s->kept, k, entry);
	if (k->id[0] != '\0' && k->expires <= now()) {
		k->id[0] = '\0';
		mta_sts_clear(&k->policy);
	}
	return k;
}

void
outbound_sts_keep(struct outbound_sts *s,
    const struct outbound_sts_known *known)
{
	char *domain = span_dup(known->domain);
	struct kept *k = find(s, domain);
	uint32_t seconds = known->seconds;

	free(domain);
	if (k->id[0] != '\0' || known->id.n > MTA_STS_ID_MAX ||
	    mta_sts_parse(&k->policy, known->text) < 0)
		return;
	memcpy(k->id, known->id.p, known->id.n);
	k->id[known->id.n] = '\0';
	if (seconds > k->policy.max_age)
		seconds = k->policy.max_age;
	k->expires = now() + (time_t)seconds;
}

/* ---- telling ---- */

static void
query_free(struct outbound_sts_query *q)
{
	TAILQ_REMOVE(&q->sts->queries, q, entry);
	outbound_dns_cancel(q->dns);
	outbound_host_cancel(q->host);
	free(q->domain);
	free(q);
}

/* What is kept, if it is still good; else none. */
static void
tell(struct outbound_sts_query *q)
{
	struct mta_sts policy = { 0 };
	outbound_sts_fn fn = q->fn;
	void *arg = q->arg;

	mta_sts_copy(&policy, &find(q->sts, q->domain)->policy);
	query_free(q);
	if (fn != NULL)
		fn(arg, &policy);
	mta_sts_clear(&policy);
}

/* ---- fetching ---- */

static void
fetch_failed(struct outbound_sts_query *q, const char *problem)
{
	struct kept *k = find(q->sts, q->domain);

	log_warning("outbound: a policy of MTA-STS cannot be had",
	    "domain=%s problem=%s", q->domain, problem);
	memcpy(k->failed_id, q->id, sizeof(k->failed_id));
	k->failed = now();
	tell(q);
}

static void
on_policy(void *arg, unsigned status, struct span body, const char *problem)
{
	struct outbound_sts_query *q = arg;
	struct mta_sts policy = { 0 };
	struct kept *k;

	if (status != 200) {
		fetch_failed(q, status == 0 ? problem : "it is not there");
		return;
	}
	if (mta_sts_parse(&policy, body) < 0) {
		fetch_failed(q, "that is no policy");
		return;
	}
	k = find(q->sts, q->domain);
	mta_sts_copy(&k->policy, &policy);
	mta_sts_clear(&policy);
	memcpy(k->id, q->id, sizeof(k->id));
	k->expires = now() + (time_t)k->policy.max_age;
	q->sts->options.fetched(q->sts->options.arg, q->domain, k->id,
	    &k->policy);
	tell(q);
}

static void
write_url(struct buf *out, const struct outbound_sts_query *q)
{
	buf_addf(out, "https://mta-sts.%s:%u/.well-known/mta-sts.txt",
	    q->domain, q->sts->options.port);
}

static void
on_host(void *arg, const char *address)
{
	struct outbound_sts_query *q = arg;
	const struct outbound_sts_options *o = &q->sts->options;
	struct buf url = { 0 };

	q->host = NULL;
	if (address == NULL) {
		fetch_failed(q, "its server has no address");
		return;
	}
	write_url(&url, q);
	outbound_http_request(o->http,
	    &(struct outbound_http_ask){ .url = url.data,
		.address = address,
		.ca = buf_span(&q->sts->ca),
		.type = "text/plain",
		.max = MTA_STS_POLICY_MAX,
		.seconds = FETCH_SECONDS },
	    on_policy, q);
	buf_free(&url);
}

static void
fetch(struct outbound_sts_query *q)
{
	struct buf url = { 0 };

	write_url(&url, q);
	outbound_host_find(&q->host, q->sts->options.dns, url.data, on_host, q);
	buf_free(&url);
}

/* ---- the record ---- */

/* The strings of TXT data (RFC 1035 section 3.3.14), joined. */
static void
join(struct buf *out, struct span rr)
{
	while (rr.n > 0) {
		size_t n = (unsigned char)rr.p[0];

		buf_add_span(out, span_sub(rr, 1, n));
		rr = span_sub(rr, n + 1, rr.n);
	}
}

/* Just one of the records may be of MTA-STS, and it must be good. */
static bool
read_id(const struct outbound_dns_answer *a, char id[MTA_STS_ID_MAX + 1])
{
	char one[MTA_STS_ID_MAX + 1];
	struct buf text = { 0 };
	bool bad = false;

	id[0] = '\0';
	for (size_t i = 0; i < a->n; i++) {
		int ret;

		buf_clear(&text);
		join(&text, span_of(a->data[i], (size_t)a->len[i]));
		ret = mta_sts_record_parse(buf_span(&text), one);
		if (ret == -1)
			continue;
		bad = bad || ret < 0 || id[0] != '\0';
		memcpy(id, one, sizeof(one));
	}
	buf_free(&text);
	return !bad && id[0] != '\0';
}

static void
on_record(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_sts_query *q = arg;
	struct kept *k = find(q->sts, q->domain);

	q->dns = NULL;
	if (a->status != OUTBOUND_DNS_OK || !read_id(a, q->id) ||
	    strcmp(k->id, q->id) == 0 ||
	    (strcmp(k->failed_id, q->id) == 0 &&
		now() - k->failed < AGAIN_SECONDS))
		tell(q);
	else
		fetch(q);
}

struct outbound_sts_query *
outbound_sts_ask(struct outbound_sts *s, const char *domain,
    outbound_sts_fn fn, void *arg)
{
	struct outbound_sts_query *q = xcalloc(1, sizeof(*q));
	struct buf name = { 0 };

	q->sts = s;
	q->domain = xstrdup(domain);
	q->fn = fn;
	q->arg = arg;
	TAILQ_INSERT_TAIL(&s->queries, q, entry);
	buf_addf(&name, "_mta-sts.%s", domain);
	q->dns = outbound_dns_ask(
	    s->options.dns, name.data, OUTBOUND_DNS_TXT, on_record, q);
	buf_free(&name);
	return q;
}

/* What has begun goes on: others may want the policy. */
void
outbound_sts_cancel(struct outbound_sts_query *q)
{
	if (q != NULL)
		q->fn = NULL;
}

/* ---- all ---- */

struct outbound_sts *
outbound_sts_new(const struct outbound_sts_options *options)
{
	struct outbound_sts *s = xcalloc(1, sizeof(*s));

	s->options = *options;
	buf_add_span(&s->ca, options->ca);
	TAILQ_INIT(&s->kept);
	TAILQ_INIT(&s->queries);
	return s;
}

void
outbound_sts_free(struct outbound_sts *s)
{
	if (s == NULL)
		return;
	while (!TAILQ_EMPTY(&s->queries))
		query_free(TAILQ_FIRST(&s->queries));
	while (!TAILQ_EMPTY(&s->kept))
		kept_free(s, TAILQ_FIRST(&s->kept));
	buf_free(&s->ca);
	free(s);
}
