/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deliver.h"
#include "dsn.h"
#include "header.h"
#include "log.h"
#include "queue_state.h"
#include "signing.h"

#define AGAIN_SECONDS 60
#define HEADER_MAX    ((size_t)65536) /* of the message, in the report */

/*
 * What is to be told of one message, in one notification: written and put into
 * the sender's mailbox, or the queue, in the same commit in which what it tells
 * of goes.
 */
struct queue_report {
	TAILQ_ENTRY(queue_report) entry;
	struct queue *queue; /* NULL: it is gone, the store works yet */
	uint64_t id;
	char *sender, *envid, *future;
	struct dsn dsn;
	int priority;     /* as that of the message (RFC 6710 section 4.6) */
	bool require_tls; /* as the message (RFC 8689 section 5) */
	struct dsn_rcpt *rcpt;
	struct store_queue_change *change;
	size_t n;
	char unique[40];
	struct store_message *message;
	struct dkim_message *signing; /* NULL: it is not signed */
	struct queue_copy copy; /* of the message */
	bool writing;
};

static void
release(struct queue_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct dsn_rcpt *d = &r->rcpt[i];
		const char *const strings[] = { d->address, d->orcpt,
			d->enhanced, d->text, d->host };

		for (size_t k = 0; k < 5; k++)
			free((char *)(uintptr_t)strings[k]);
	}
	free(r->rcpt);
	free(r->change);
	free(r->sender);
	free(r->envid);
	free(r->future);
	store_message_free(r->message);
	dkim_message_free(r->signing);
	free(r);
}

static void
report_free(struct queue_report *r)
{
	TAILQ_REMOVE(&r->queue->reports, r, entry);
	r->queue->nreports--;
	r->queue = NULL;
	if (!r->writing)
		release(r);
}

void
queue_reports_free(struct queue *q)
{
	while (!TAILQ_EMPTY(&q->reports))
		report_free(TAILQ_FIRST(&q->reports));
}

bool
queue_report_is_running(const struct queue *q, uint64_t id)
{
	const struct queue_report *r;

	TAILQ_FOREACH (r, &q->reports, entry) {
		if (r->id == id)
			return true;
	}
	return false;
}

/* ---- the end ---- */

static void
end(struct queue_report *r, enum store_status st)
{
	struct queue *q = r->queue;

	if (st != STORE_OK) {
		log_error("queue: cannot tell a sender",
		    "queue=%" PRIu64 " from=%s error=%s", r->id, r->sender,
		    store_strerror(st));
		q->report_after = (int64_t)time(NULL) + AGAIN_SECONDS;
	}
	report_free(r);
	queue_ended(q, "");
}

static void
on_delivered(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct queue_report *r = arg;

	(void)out;
	(void)n;
	r->writing = false;
	if (r->queue == NULL)
		release(r);
	else
		end(r, st);
}

/* ---- delivering it ---- */

static void
deliver(struct queue_report *r)
{
	struct queue *q = r->queue;
	struct buf signatures = { 0 };
	struct route to = { .relay = true };
	struct deliver_rcpt rcpt = {
		.address = r->sender, .orcpt = "", .notify = DSN_NOTIFY_NEVER
	};
	struct deliver d = { .message = r->message,
		.sender = "",
		.envid = "",
		.body = r->dsn.eightbit || r->dsn.global ? BODY_8BITMIME
							  : BODY_7BIT,
		.utf8 = r->dsn.global,
		.require_tls = r->require_tls ? REQUIRE_TLS_YES :
						REQUIRE_TLS_UNSAID,
		.priority = r->priority,
		.rcpt = &rcpt,
		.nrcpt = 1 };
	struct store_queue_work also = {
		.id = r->id, .change = r->change, .nchanges = r->n
	};
	enum route_status st =
	    route_add(&to, q->store, q->conf, span_str(r->sender));

	if (st != ROUTE_OK)
		log_warning("queue: a sender cannot be told",
		    "queue=%" PRIu64 " from=%s", r->id, r->sender);
	if (r->signing != NULL && to.nremotes > 0)
		signing_write(q->store, r->signing, &signatures);
	d.signatures = buf_span(&signatures);
	r->writing = true;
	deliver_route(q->store, &d, &to, also, on_delivered, r);
	buf_free(&signatures);
	route_clear(&to);
}

/* ---- writing it ---- */

static bool
write_text(void *arg, struct span s)
{
	struct queue_report *r = arg;

	if (r->signing != NULL)
		dkim_message_body(r->signing, s);
	return store_message_write(r->message, s);
}

static void
write_end(struct queue_report *r)
{
	struct buf out = { 0 };
	enum store_status st;

	dsn_write_end(&out, &r->dsn);
	write_text(r, buf_span(&out));
	buf_free(&out);
	if (r->signing != NULL)
		dkim_message_end(r->signing);
	st = store_message_finish(r->message);
	if (st == STORE_OK)
		deliver(r);
	else
		end(r, st);
}

static void
copy(void *arg)
{
	struct queue_report *r = arg;
	int ret = queue_copy(r->queue, r->id, &r->copy);

	if (ret < 0)
		end(r, STORE_UNAVAILABLE);
	else if (ret > 0)
		write_end(r);
}

static void
begin(struct queue_report *r)
{
	struct buf out = { 0 };

	r->copy.write = write_text;
	r->copy.arg = r;
	r->message = store_message_new(r->queue->store, copy, r);
	dsn_write(&out, &r->dsn);
	store_message_write(r->message, buf_span(&out));
	r->signing = signing_begin(r->queue->store, buf_span(&out));
	buf_free(&out);
	copy(r);
}

/* ---- what there is to tell ---- */

static bool
action_of(const struct store_queue_rcpt *r, enum dsn_action *action)
{
	static const enum dsn_action of[] = {
		[STORE_QUEUE_FAILED] = DSN_FAILED,
		[STORE_QUEUE_DELIVERED] = DSN_DELIVERED,
		[STORE_QUEUE_RELAYED] = DSN_RELAYED,
	};

	*action = DSN_DELAYED;
	if (r->state == STORE_QUEUE_FUTURE)
		return false;
	if (r->state == STORE_QUEUE_WAITING || r->state == STORE_QUEUE_HELD)
		return r->warning == STORE_QUEUE_TO_WARN;
	*action = of[r->state];
	return true;
}

static bool
on_rcpt(void *arg, const struct store_queue_rcpt *from)
{
	struct queue_report *r = arg;
	enum dsn_action action;

	if (!action_of(from, &action))
		return true;
	r->rcpt[r->n] = (struct dsn_rcpt){ .action = action,
		.address = span_dup(from->address),
		.orcpt = span_dup(from->orcpt),
		.code = from->reply.code,
		.enhanced = span_dup(from->reply.enhanced),
		.text = span_dup(from->reply.text),
		.host = span_dup(from->reply.host),
		.last = from->last,
		.until = r->dsn.arrival + r->queue->conf->queue_lifetime };
	r->change[r->n++] = (struct store_queue_change){ .index = from->index,
		.op = action == DSN_DELAYED ? STORE_QUEUE_NOTED
					    : STORE_QUEUE_REMOVE };
	r->dsn.full = r->dsn.full && action == DSN_FAILED;
	r->dsn.global = r->dsn.global || !span_is_ascii(from->address) ||
			!span_is_ascii(from->orcpt);
	return r->n < ROLE_RCPTS_MAX;
}

/* How much of the message goes along, and whether that is ASCII. */
static enum store_status
measure(struct queue_report *r, const struct store_queue_msg *m)
{
	struct store_queue_src src;
	struct buf head = { .max = HEADER_MAX };
	struct span piece;
	int ret = 0;

	store_queue_src(r->queue->store, m, &src);
	for (uint64_t off = 0; ret == 0 && off < m->size && !head.failed &&
			       header_length(buf_span(&head)) == 0;
	     off += piece.n) {
		ret = src.src.at(src.src.arg, off, &piece);
		if (ret == 0)
			buf_add_span(
			    &head, span_sub(piece, 0, HEADER_MAX - head.len));
	}
	r->copy.end = header_length(buf_span(&head));
	if (r->copy.end == 0)
		r->copy.end = head.len;
	r->dsn.eightbit =
	    r->dsn.full ? m->body == BODY_8BITMIME
			: !span_is_ascii(span_sub(buf_span(&head), 0, r->copy.end));
	if (r->dsn.full)
		r->copy.end = m->size;
	buf_free(&head);
	return ret == 0 ? STORE_OK : STORE_UNAVAILABLE;
}

static enum store_status
gather(struct queue_report *r)
{
	struct queue *q = r->queue;
	struct store_queue_msg m;
	enum store_status st = store_queue_get(q->store, r->id, &m);
	uint32_t random = 0;

	if (st != STORE_OK)
		return st;
	(void)!getrandom(&random, sizeof(random), 0);
	snprintf(r->unique, sizeof(r->unique), "%" PRIx64 ".%" PRIx64 ".%x",
	    (uint64_t)time(NULL), r->id, random);
	r->sender = span_dup(m.sender);
	r->envid = span_dup(m.envid);
	r->future = span_dup(m.future);
	r->priority = m.priority;
	r->require_tls = m.require_tls == REQUIRE_TLS_YES;
	r->rcpt = xcalloc(ROLE_RCPTS_MAX, sizeof(*r->rcpt));
	r->change = xcalloc(ROLE_RCPTS_MAX, sizeof(*r->change));
	r->dsn = (struct dsn){ .hostname = q->conf->hostname,
		.to = r->sender,
		.unique = r->unique,
		.envid = r->envid,
		.future = r->future,
		.arrival = m.created,
		.deliver_by = m.by.mode != DELIVER_BY_NONE ? m.by.at : 0,
		.global = m.utf8 || !span_is_ascii(m.sender),
		/* A notification is in lines, which a binary text is not. */
		.full = m.ret == DSN_RET_FULL && m.body != BODY_BINARYMIME &&
			!r->require_tls,
		.rcpt = r->rcpt };
	st = store_queue_rcpts(q->store, r->id, on_rcpt, r);
	r->dsn.nrcpt = r->n;
	if (st == STORE_OK && r->n > 0)
		st = measure(r, &m);
	return st;
}

/* What is to be told of a message without a sender just goes. */
static void
drop(struct queue_report *r)
{
	struct store_queue_work also = {
		.id = r->id, .change = r->change, .nchanges = r->n
	};

	r->writing = true;
	store_deliver_queue(r->queue->store, NULL, 0, &also, on_delivered, r);
}

void
queue_report_start(struct queue *q, uint64_t id)
{
	struct queue_report *r;
	enum store_status st;

	if (q->stopping || queue_report_is_running(q, id))
		return;
	r = xcalloc(1, sizeof(*r));
	r->queue = q;
	r->id = id;
	TAILQ_INSERT_TAIL(&q->reports, r, entry);
	q->nreports++;
	store_begin(q->store);
	st = gather(r);
	store_end(q->store);
	if (st == STORE_OK && r->n > 0 && r->sender[0] != '\0')
		begin(r);
	else if (st == STORE_OK && r->n > 0)
		drop(r);
	else if (st == STORE_OK || st == STORE_NONEXISTENT)
		report_free(r);
	else
		end(r, st);
}
