/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deliver.h"
#include "log.h"
#include "queue_state.h"
#include "stats.h"

#define AGAIN_SECONDS 60
#define ATTEMPTS_MAX  30 /* some five days, as retries go */

/*
 * A message that was to go later (RFC 4865), at its time: its recipients are
 * routed as if it had come now, and it leaves their place in the queue in the
 * commit that puts it into mailboxes, and into the queue for other servers.
 */
struct queue_begin {
	TAILQ_ENTRY(queue_begin) entry;
	struct queue *queue; /* NULL: it is gone, the store works yet */
	uint64_t id;
	char *sender, *envid, *future;
	struct buf signatures; /* what goes before it where it leaves */
	enum dsn_ret ret;
	enum body_kind body;
	bool utf8;
	enum require_tls require_tls;
	int priority;
	struct deliver_by by;
	struct deliver_rcpt *rcpt; /* strings ours */
	struct store_queue_change *change;
	uint32_t *attempts;
	size_t n;
	struct store_message *message;
	struct queue_copy text;
	bool writing;
};

static void
release(struct queue_begin *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free((char *)(uintptr_t)b->rcpt[i].address);
		free((char *)(uintptr_t)b->rcpt[i].orcpt);
	}
	free(b->rcpt);
	free(b->change);
	free(b->attempts);
	free(b->sender);
	free(b->envid);
	free(b->future);
	buf_free(&b->signatures);
	store_message_free(b->message);
	free(b);
}

static void
begin_free(struct queue_begin *b)
{
	TAILQ_REMOVE(&b->queue->begins, b, entry);
	b->queue->nbegins--;
	b->queue = NULL;
	if (!b->writing)
		release(b);
}

void
queue_begins_free(struct queue *q)
{
	while (!TAILQ_EMPTY(&q->begins))
		begin_free(TAILQ_FIRST(&q->begins));
}

bool
queue_begin_is_running(const struct queue *q, uint64_t id)
{
	const struct queue_begin *b;

	TAILQ_FOREACH (b, &q->begins, entry) {
		if (b->id == id)
			return true;
	}
	return false;
}

/* ---- the end ---- */

static void
end(struct queue_begin *b, enum store_status st)
{
	struct queue *q = b->queue;
	uint64_t id = b->id;

	if (st != STORE_OK) {
		log_error("queue: cannot begin with a message",
		    "queue=%" PRIu64 " from=%s error=%s", id, b->sender,
		    store_strerror(st));
		q->begin_after = (int64_t)time(NULL) + AGAIN_SECONDS;
	}
	begin_free(b);
	if (st == STORE_OK)
		queue_report_start(q, id);
	queue_ended(q, STORE_QUEUE_BEGIN);
}

static void
on_delivered(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct queue_begin *b = arg;

	(void)out;
	if (st == STORE_OK)
		stats_add(STATS_DELIVERIES, (int64_t)n);
	b->writing = false;
	if (b->queue == NULL)
		release(b);
	else
		end(b, st);
}

/* ---- delivering it ---- */

/* "452 4.2.2 Mailbox is full" as what was said of a recipient. */
static struct store_queue_reply
as_reply(const char *text)
{
	return (struct store_queue_reply){
		.code = (uint32_t)strtoul(text, NULL, 10),
		.enhanced = span_of(text + 4, 5),
		.text = span_str(text + 10),
		.host = span_of("", 0),
	};
}

static bool
wants_failure(const struct queue_begin *b, const struct deliver_rcpt *r)
{
	return b->sender[0] != '\0' &&
	       (r->notify == 0 || (r->notify & DSN_NOTIFY_FAILURE) != 0);
}

/* What becomes of a recipient's place in the queue. */
static void
settle(struct queue_begin *b, size_t i, enum route_status st, int64_t now)
{
	struct store_queue_change *c = &b->change[i];
	const char *said = route_reply(b->queue->conf, st);

	c->op = STORE_QUEUE_REMOVE;
	if (st == ROUTE_OK)
		return;
	log_info("queue: attempt",
	    "queue=%" PRIu64 " from=%s to=%s result=%s reply=%s", b->id,
	    b->sender, b->rcpt[i].address, said[0] == '4' ? "deferred" : "failed",
	    said);
	c->reply = as_reply(said);
	if (said[0] == '4' && b->attempts[i] < ATTEMPTS_MAX) {
		c->op = STORE_QUEUE_DEFER;
		c->next = queue_next_attempt(b->queue, b->attempts[i], now);
	} else if (wants_failure(b, &b->rcpt[i])) {
		c->op = STORE_QUEUE_FINISH;
		c->state = STORE_QUEUE_FAILED;
	}
}

static void
deliver(struct queue_begin *b)
{
	struct queue *q = b->queue;
	struct route to = { .relay = true, .size = b->text.end };
	struct store_queue_work also = {
		.id = b->id, .change = b->change, .nchanges = b->n
	};
	struct deliver d = { .message = b->message,
		.sender = b->sender,
		.envid = b->envid,
		.future = b->future,
		.signatures = buf_span(&b->signatures),
		.ret = b->ret,
		.body = b->body,
		.utf8 = b->utf8,
		.require_tls = b->require_tls,
		.priority = b->priority,
		.by = b->by,
		.rcpt = b->rcpt,
		.nrcpt = b->n };

	for (size_t i = 0; i < b->n; i++) {
		enum route_status st;

		to.origin = i;
		to.here = false;
		st = route_add(&to, q->store, q->conf,
		    span_str(b->rcpt[i].address));
		b->rcpt[i].here = to.here && st == ROUTE_OK;
		settle(b, i, st, (int64_t)time(NULL));
	}
	b->writing = true;
	deliver_route(q->store, &d, &to, also, on_delivered, b);
	route_clear(&to);
}

/* ---- its text ---- */

static bool
write_text(void *arg, struct span s)
{
	return store_message_write(((struct queue_begin *)arg)->message, s);
}

static void
copy(void *arg)
{
	struct queue_begin *b = arg;
	enum store_status st = STORE_UNAVAILABLE;
	int ret = queue_copy(b->queue, b->id, &b->text);

	if (ret == 0)
		return;
	if (ret > 0)
		st = store_message_finish(b->message);
	if (st == STORE_OK)
		deliver(b);
	else
		end(b, st);
}

/* ---- what is due ---- */

static bool
on_rcpt(void *arg, const struct store_queue_rcpt *from)
{
	struct queue_begin *b = arg;

	if (from->state != STORE_QUEUE_FUTURE ||
	    from->next > (int64_t)time(NULL))
		return true;
	b->rcpt[b->n] = (struct deliver_rcpt){ .address =
						   span_dup(from->address),
		.orcpt = span_dup(from->orcpt),
		.notify = from->notify };
	b->attempts[b->n] = from->attempts;
	b->change[b->n++].index = from->index;
	return b->n < ROLE_RCPTS_MAX;
}

static enum store_status
gather(struct queue_begin *b)
{
	struct store *st = b->queue->store;
	struct store_queue_msg m;
	enum store_status status = store_queue_get(st, b->id, &m);

	if (status != STORE_OK)
		return status;
	b->sender = span_dup(m.sender);
	b->envid = span_dup(m.envid);
	b->future = span_dup(m.future);
	buf_add_span(&b->signatures, m.prefix);
	b->text = (struct queue_copy){ m.prefix.n, m.size, write_text, b };
	b->ret = m.ret;
	b->body = m.body;
	b->utf8 = m.utf8;
	b->require_tls = m.require_tls;
	b->priority = m.priority;
	b->by = m.by;
	b->rcpt = xcalloc(ROLE_RCPTS_MAX, sizeof(*b->rcpt));
	b->change = xcalloc(ROLE_RCPTS_MAX, sizeof(*b->change));
	b->attempts = xcalloc(ROLE_RCPTS_MAX, sizeof(*b->attempts));
	return store_queue_rcpts(st, b->id, on_rcpt, b);
}

void
queue_begin_start(struct queue *q, uint64_t id)
{
	struct queue_begin *b = xcalloc(1, sizeof(*b));
	enum store_status st;

	b->queue = q;
	b->id = id;
	TAILQ_INSERT_TAIL(&q->begins, b, entry);
	q->nbegins++;
	store_begin(q->store);
	st = gather(b);
	store_end(q->store);
	if (st == STORE_OK && b->n > 0) {
		b->message = store_message_new(q->store, copy, b);
		copy(b);
	} else if (st == STORE_OK || st == STORE_NONEXISTENT) {
		begin_free(b);
	} else {
		b->sender = b->sender != NULL ? b->sender : xstrdup("");
		end(b, st);
	}
}
