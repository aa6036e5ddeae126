/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "queue_state.h"

#define RESCAN_MS   50 /* from one look at all domains to the next */
#define LOOK_MAX    60 /* seconds: the clock may be set */
#define REPORTS_MAX 10 /* under way */
#define BEGINS_MAX  10
#define GIVE_UP     8  /* seconds for jobs to end when the server stops */

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- destinations ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct queue_dest *)a)->domain,
	    ((const struct queue_dest *)b)->domain);
}

struct queue_dest *
queue_dest_find(struct queue *q, const char *domain)
{
	struct queue_dest key = { .domain = (char *)(uintptr_t)domain };

	return q->ndests > 0 ? bsearch(&key, q->dest, q->ndests,
				   sizeof(*q->dest), compare)
			     : NULL;
}

bool
queue_dest_is_begin(const struct queue_dest *d)
{
	return strcmp(d->domain, STORE_QUEUE_BEGIN) == 0;
}

struct queue_hop *
queue_hop_find(struct queue *q, const char *domain)
{
	struct queue_dest *d;

	if (q->conf->smarthost != NULL)
		return &q->smarthost;
	d = queue_dest_find(q, domain);
	return d != NULL ? &d->hop : NULL;
}

static void
dests_free(struct queue_dest *dest, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(dest[i].domain);
		buf_free(&dest[i].hop.said);
	}
	free(dest);
}

struct rescan {
	struct queue *q;
	struct queue_dest *dest;
	size_t n, cap;
};

static void
found(void *arg, struct span domain, int64_t next)
{
	struct rescan *r = arg;
	struct queue_dest *d, *known;

	if (r->n == r->cap) {
		r->cap = 2 * r->cap + 16;
		r->dest = xrealloc_array(r->dest, r->cap, sizeof(*r->dest));
	}
	d = &r->dest[r->n++];
	*d = (struct queue_dest){ .domain = span_dup(domain), .next = next };
	known = queue_dest_find(r->q, d->domain);
	if (known == NULL)
		return;
	d->hop = known->hop;
	known->hop = (struct queue_hop){ 0 };
}

static void
rescan(struct queue *q)
{
	struct rescan r = { .q = q };

	store_begin(q->store);
	store_queue_domains(q->store, found, &r);
	store_end(q->store);
	dests_free(q->dest, q->ndests);
	q->dest = r.dest;
	q->ndests = r.n;
	q->stale = false;
	q->rescanned = monotonic_ms();
}

/* ---- what is due ---- */

static bool
may_start(struct queue *q, const struct queue_dest *d, int64_t now)
{
	if (d->domain[0] == '\0')
		return q->nreports < REPORTS_MAX && q->report_after <= now;
	if (queue_dest_is_begin(d))
		return q->nbegins < BEGINS_MAX && q->begin_after <= now;
	if (q->outbound == NULL || !conf_relays(q->conf))
		return false;
	return queue_hop_may_start(q, queue_hop_find(q, d->domain));
}

static void
start_some(struct queue *q, struct queue_dest *d, int64_t now)
{
	uint64_t id;

	while (d->next <= now && may_start(q, d, now)) {
		id = queue_pick(q, d, now);
		if (id == 0)
			break;
		if (d->domain[0] == '\0') {
			queue_report_start(q, id);
		} else if (queue_dest_is_begin(d)) {
			queue_begin_start(q, id);
		} else if (!queue_job_start(q, id, d->domain, now)) {
			d->next = now;
			queue_look_in(q, 1000);
			break;
		}
	}
}

static void
set_timer(struct queue *q, int64_t now)
{
	int64_t next = now + LOOK_MAX;

	for (size_t i = 0; i < q->ndests; i++) {
		if (q->dest[i].next < next && q->dest[i].next > now)
			next = q->dest[i].next;
	}
	queue_look_in(q, (unsigned)(next - now) * 1000);
}

void
queue_look(struct queue *q)
{
	q->stale = true;
	queue_look_in(q, 0);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct queue *q = arg;
	int64_t now = (int64_t)time(NULL);
	size_t first;

	(void)fd;
	(void)what;
	if (q->stopping)
		return;
	if (q->stale) {
		int64_t wait = q->rescanned + RESCAN_MS - monotonic_ms();

		if (wait > 0) {
			queue_look_in(q, (unsigned)wait);
			return;
		}
		rescan(q);
	}
	first = q->turn++;
	for (size_t i = 0; i < q->ndests; i++)
		start_some(q, &q->dest[(first + i) % q->ndests], now);
	set_timer(q, now);
}

void
queue_look_in(struct queue *q, unsigned ms)
{
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 }, at;

	if (event_pending(q->timer, EV_TIMEOUT, &at)) {
		struct timeval now, then;

		evutil_gettimeofday(&now, NULL);
		evutil_timeradd(&now, &tv, &then);
		if (evutil_timercmp(&at, &then, <))
			return;
	}
	event_add(q->timer, &tv);
}

static bool
is_idle(const struct queue *q)
{
	return TAILQ_EMPTY(&q->jobs) && q->nreports + q->nbegins == 0;
}

static void
stopped(struct queue *q)
{
	void (*fn)(void *arg) = q->stopped;

	q->stopped = NULL;
	event_del(q->give_up);
	if (fn != NULL)
		fn(q->arg);
}

void
queue_ended(struct queue *q, const char *domain)
{
	struct queue_dest *d = queue_dest_find(q, domain);

	if (d != NULL)
		d->next = 0;
	queue_look_in(q, 0);
	if (q->stopping && is_idle(q))
		stopped(q);
}

/* ---- outside ---- */

static void
on_watch(void *arg)
{
	queue_look(arg);
}

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stopped(arg);
}

struct queue *
queue_new(struct event_base *base, struct store *st, const struct conf *conf)
{
	struct queue *q = xcalloc(1, sizeof(*q));

	q->base = base;
	q->store = st;
	q->conf = conf;
	TAILQ_INIT(&q->jobs);
	TAILQ_INIT(&q->reports);
	TAILQ_INIT(&q->begins);
	q->timer = evtimer_new(base, on_timer, q);
	q->give_up = evtimer_new(base, on_give_up, q);
	q->watch = store_queue_watch(st, on_watch, q);
	queue_look(q);
	return q;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	q->stopping = true;
	q->stopped = NULL;
	while (!TAILQ_EMPTY(&q->jobs))
		queue_job_free(TAILQ_FIRST(&q->jobs));
	queue_reports_free(q);
	queue_begins_free(q);
	engine_unwatch(q->watch);
	event_free(q->timer);
	event_free(q->give_up);
	dests_free(q->dest, q->ndests);
	buf_free(&q->smarthost.said);
	free(q);
}

void
queue_configure(struct queue *q, const struct conf *conf)
{
	q->conf = conf;
	queue_look(q);
}

void
queue_attach(struct queue *q, struct role_channel *outbound)
{
	q->outbound = outbound;
	if (outbound == NULL)
		queue_jobs_lost(q);
	else
		queue_look(q);
}

void
queue_unblock(struct queue *q)
{
	q->smarthost.blocked = 0;
	for (size_t i = 0; i < q->ndests; i++)
		q->dest[i].hop.blocked = 0;
}

void
queue_heard(struct queue *q, const struct role_msg *m)
{
	queue_job_heard(q, m);
}

void
queue_stop(struct queue *q, void (*fn)(void *arg), void *arg)
{
	static const struct timeval patience = { GIVE_UP, 0 };

	q->stopping = true;
	q->stopped = fn;
	q->arg = arg;
	event_add(q->give_up, &patience);
	if (is_idle(q))
		event_active(q->give_up, EV_TIMEOUT, 0);
}
