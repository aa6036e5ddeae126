/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "queue_state.h"

#define LATE_SECONDS   60 /* past its lifetime: it is not tried again */
#define SETTLE_SECONDS 5  /* until the store is asked again */
#define PIECES_A_TURN  16

/* ---- the end of one ---- */

static void
close_stream(struct queue_job *j)
{
	if (j->fd < 0)
		return;
	event_free(j->writable);
	close(j->fd);
	j->fd = -1;
}

static void
release(struct queue_job *j)
{
	close_stream(j);
	if (j->again != NULL)
		event_free(j->again);
	for (size_t i = 0; i < j->nrcpt; i++) {
		free(j->rcpt[i].address);
		free(j->rcpt[i].enhanced);
		free(j->rcpt[i].text);
		free(j->rcpt[i].host);
	}
	free(j->rcpt);
	free(j->domain);
	free(j->sender);
	free(j);
}

void
queue_job_free(struct queue_job *j)
{
	TAILQ_REMOVE(&j->queue->jobs, j, entry);
	j->queue->njobs--;
	j->queue = NULL;
	if (!j->writing)
		release(j);
}

struct queue_job *
queue_job_find(const struct queue *q, uint64_t id, const char *domain)
{
	struct queue_job *j;

	TAILQ_FOREACH (j, &q->jobs, entry) {
		if (j->id == id && strcmp(j->domain, domain) == 0)
			return j;
	}
	return NULL;
}

/* ---- what becomes of each recipient ---- */

static void
log_outcome(const struct queue_job *j, const struct queue_rcpt *r,
    const struct store_queue_change *c)
{
	const char *result = r->code / 100 == 2           ? "relayed"
			     : c->op == STORE_QUEUE_DEFER ? "deferred"
							  : "failed";

	log_info("queue: attempt",
	    "queue=%" PRIu64 " from=%s to=%s result=%s host=%s code=%u "
	    "enhanced=%s text=%s attempts=%u",
	    j->id, j->sender, r->address, result, r->host, r->code, r->enhanced,
	    r->text, r->attempts + 1);
}

/* ---- into the store ---- */

static void settle(struct queue_job *j);

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

/* What another server has must not go there again: so until it is known to be
 * written, the job stays. */
static void
on_settled(void *arg, enum store_status st)
{
	static const struct timeval patience = { SETTLE_SECONDS, 0 };
	struct queue_job *j = arg;
	struct queue *q = j->queue;
	uint64_t id = j->id;
	char *domain;

	j->writing = false;
	if (q == NULL) {
		release(j);
		return;
	}
	if (st != STORE_OK && st != STORE_NONEXISTENT && !q->stopping) {
		log_error("queue: cannot write what became of a message",
		    "queue=%" PRIu64 " error=%s", id, store_strerror(st));
		if (j->again == NULL)
			j->again = evtimer_new(q->base, on_again, j);
		event_add(j->again, &patience);
		return;
	}
	domain = xstrdup(j->domain);
	queue_job_free(j);
	queue_report_start(q, id);
	queue_ended(q, domain);
	free(domain);
}

static void
settle(struct queue_job *j)
{
	struct store_queue_change *c = xcalloc(j->nrcpt, sizeof(*c));
	int64_t now = (int64_t)time(NULL);

	for (size_t i = 0; i < j->nrcpt; i++) {
		c[i] = queue_outcome(j, &j->rcpt[i], now);
		log_outcome(j, &j->rcpt[i], &c[i]);
	}
	j->writing = true;
	store_queue_change(j->queue->store, j->id, c, j->nrcpt, on_settled, j);
	free(c);
}

static void
said(struct queue_rcpt *r, uint32_t code, struct span enhanced,
    struct span text, struct span host)
{
	free(r->enhanced);
	free(r->text);
	free(r->host);
	r->code = code;
	r->enhanced = span_dup(enhanced);
	r->text = span_dup(text);
	r->host = span_dup(host);
}

/* Outbound is done with it: for those of whom nothing is known, why. */
static void
finish(struct queue_job *j, const char *why)
{
	j->settling = true;
	close_stream(j);
	for (size_t i = 0; i < j->nrcpt; i++) {
		if (j->rcpt[i].text == NULL)
			said(&j->rcpt[i], 451, SPAN_LIT("4.4.0"), span_str(why),
			    SPAN_LIT(""));
	}
	settle(j);
}

/* ---- from outbound ---- */

static struct queue_job *
find_number(struct queue *q, uint32_t number)
{
	struct queue_job *j;

	TAILQ_FOREACH (j, &q->jobs, entry) {
		if (j->number == number && !j->settling)
			return j;
	}
	return NULL;
}

static void
on_relayed(struct queue *q, const struct role_msg *m)
{
	struct queue_job *j = find_number(q, m->relayed.job);

	if (j == NULL || m->relayed.index >= j->nrcpt)
		return;
	said(&j->rcpt[m->relayed.index], m->relayed.code, m->relayed.enhanced,
	    m->relayed.text, m->relayed.host);
	j->rcpt[m->relayed.index].dsn = m->relayed.dsn;
	j->rcpt[m->relayed.index].by = m->relayed.by;
}

/* A domain that is refused for good is no failure to reach it. */
static enum queue_hop_end
how_it_ended(const struct queue_job *j, const struct role_msg *m)
{
	if (m->relay_done.answered ||
	    (j->rcpt[0].text != NULL && j->rcpt[0].code / 100 == 5))
		return QUEUE_HOP_ANSWERED;
	return m->relay_done.reached ? QUEUE_HOP_BROKEN : QUEUE_HOP_FAILED;
}

static void
on_done(struct queue *q, const struct role_msg *m)
{
	struct queue_job *j = find_number(q, m->relay_done.job);

	if (j == NULL)
		return;
	queue_hop_end(queue_hop_find(q, j->domain), j, how_it_ended(j, m));
	finish(j, "nothing was said of it");
}

void
queue_job_heard(struct queue *q, const struct role_msg *m)
{
	if (m->type == ROLE_STS_POLICY)
		queue_sts_heard(q, m);
	else if (m->type == ROLE_RELAYED)
		on_relayed(q, m);
	else
		on_done(q, m);
}

void
queue_jobs_lost(struct queue *q)
{
	struct queue_job *j, *next;

	for (j = TAILQ_FIRST(&q->jobs); j != NULL; j = next) {
		next = TAILQ_NEXT(j, entry);
		if (j->settling)
			continue;
		queue_hop_end(
		    queue_hop_find(q, j->domain), j, QUEUE_HOP_LOST);
		finish(j, "it was interrupted");
	}
}

/* ---- the stream ---- */

/* 1: go on, 0: wait, -1: it is over. */
static int
send_piece(struct queue_job *j)
{
	struct store *st = j->queue->store;
	struct store_queue_src src;
	struct store_queue_msg m;
	struct span piece;
	ssize_t n = -1;
	int error = EIO;

	store_begin(st);
	if (store_queue_get(st, j->id, &m) == STORE_OK) {
		store_queue_src(st, &m, &src);
		if (j->off == m.size)
			n = 0;
		else if (src.src.at(src.src.arg, j->off, &piece) == 0) {
			n = send(j->fd, piece.p, piece.n, MSG_NOSIGNAL);
			error = errno;
		}
	}
	store_end(st);
	if (n > 0)
		j->off += (uint64_t)n;
	return n > 0 ? 1 : n < 0 && error == EAGAIN ? 0 : -1;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct queue_job *j = arg;
	int ret = 1;

	(void)fd;
	(void)what;
	for (int i = 0; i < PIECES_A_TURN && ret > 0; i++)
		ret = send_piece(j);
	if (ret < 0)
		close_stream(j);
}

/* ---- beginning ---- */

struct gather {
	struct queue_job *job;
	int64_t now;
	struct role_msg *m; /* of each recipient; spans are the store's */
};

static bool
on_rcpt(void *arg, const struct store_queue_rcpt *r)
{
	struct gather *g = arg;
	struct queue_job *j = g->job;

	if (r->state != STORE_QUEUE_WAITING || r->next > g->now ||
	    !span_eq(r->domain, span_str(j->domain)))
		return true;
	g->m[j->nrcpt] = (struct role_msg){ .type = ROLE_RELAY_RCPT };
	g->m[j->nrcpt].relay_rcpt.job = j->number;
	g->m[j->nrcpt].relay_rcpt.address = r->address;
	g->m[j->nrcpt].relay_rcpt.orcpt = r->orcpt;
	g->m[j->nrcpt].relay_rcpt.notify = r->notify;
	j->rcpt[j->nrcpt++] = (struct queue_rcpt){ .index = r->index,
		.attempts = r->attempts,
		.notify = r->notify,
		.warning = r->warning,
		.address = span_dup(r->address) };
	return j->nrcpt < ROLE_RCPTS_MAX;
}

static bool
tell_outbound(struct queue_job *j, const struct store_queue_msg *m,
    const struct role_msg *rcpts)
{
	struct role_msg relay = { .type = ROLE_RELAY };
	struct queue *q = j->queue;
	struct buf sender = { 0 };
	int fd[2];
	bool ok;

	if (!role_channel_has_room(q->outbound) ||
	    !queue_sts_tell(q, j->domain) ||
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		return false;
	relay.relay.job = j->number;
	relay.relay.domain = span_str(j->domain);
	relay.relay.sender = queue_sender(q, m->sender, &sender);
	relay.relay.envid = m->envid;
	relay.relay.ret = m->ret;
	relay.relay.body = m->body;
	relay.relay.utf8 = m->utf8;
	relay.relay.require_tls = m->require_tls;
	relay.relay.priority = (unsigned)(m->priority + MT_PRIORITY_MAX);
	relay.relay.by = m->by.mode;
	relay.relay.by_trace = m->by.trace;
	relay.relay.by_at = (uint64_t)m->by.at;
	relay.relay.size = m->size;
	relay.relay.recipients = (uint32_t)j->nrcpt;
	ok = role_send(q->outbound, &relay, fd[0]) == 0;
	for (size_t i = 0; ok && i < j->nrcpt; i++)
		role_send(q->outbound, &rcpts[i], -1);
	buf_free(&sender);
	close(fd[0]);
	j->fd = fd[1];
	j->writable =
	    event_new(q->base, j->fd, EV_WRITE | EV_PERSIST, on_writable, j);
	event_add(j->writable, NULL);
	return ok;
}

static struct queue_job *
job_new(struct queue *q, uint64_t id, const char *domain)
{
	struct queue_job *j = xcalloc(1, sizeof(*j));

	j->queue = q;
	j->number = ++q->last_job;
	j->id = id;
	j->domain = xstrdup(domain);
	j->sender = xstrdup("");
	j->fd = -1;
	j->rcpt = xcalloc(ROLE_RCPTS_MAX, sizeof(*j->rcpt));
	TAILQ_INSERT_TAIL(&q->jobs, j, entry);
	q->njobs++;
	return j;
}

/* What its hop has said lately goes for this message, too, unless it may do
 * without the TLS that others want. */
static bool
is_hopeless(const struct queue_job *j, const struct queue_hop *h,
    const struct store_queue_msg *m, int64_t now)
{
	return queue_must_return(j, now) ||
	       (now < h->blocked && m->require_tls != REQUIRE_TLS_NO) ||
	       now - j->created >=
		   (int64_t)j->queue->conf->queue_lifetime + LATE_SECONDS;
}

static bool
begin(struct queue_job *j, const struct store_queue_msg *m, struct gather *g)
{
	struct queue_hop *h = queue_hop_find(j->queue, j->domain);

	free(j->sender);
	j->sender = span_dup(m->sender);
	j->created = m->created;
	j->by = m->by;
	if (h == NULL)
		return false;
	if (is_hopeless(j, h, m, g->now)) {
		finish(j, h->said.len > 0 ? h->said.data : "it is too old");
		return true;
	}
	if (!tell_outbound(j, m, g->m))
		return false;
	queue_hop_begin(h, j);
	return true;
}

bool
queue_job_start(struct queue *q, uint64_t id, const char *domain, int64_t now)
{
	struct queue_job *j = job_new(q, id, domain);
	struct gather g = {
		.job = j, .now = now, .m = xcalloc(ROLE_RCPTS_MAX, sizeof(*g.m))
	};
	struct store_queue_msg m;
	bool ok;

	store_begin(q->store);
	ok = store_queue_get(q->store, id, &m) == STORE_OK &&
	     store_queue_rcpts(q->store, id, on_rcpt, &g) == STORE_OK &&
	     j->nrcpt > 0 && begin(j, &m, &g);
	store_end(q->store);
	if (!ok)
		queue_job_free(j);
	free(g.m);
	return ok;
}
