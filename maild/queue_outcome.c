/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "queue_state.h"

int64_t
queue_next_attempt(const struct queue *q, uint32_t attempts, int64_t now)
{
	const struct conf_retries *r = &q->conf->queue_retry;
	uint32_t i = attempts < r->len ? attempts : (uint32_t)r->len - 1;
	int64_t wait = r->seconds[i], tenth = wait / 10;

	/* Which way is no secret. */
	return now + wait - tenth +
	       (tenth > 0 ? random() % (2 * tenth + 1) : 0);
}

static bool
wants(const struct queue_job *j, const struct queue_rcpt *r, unsigned what)
{
	if (j->sender[0] == '\0')
		return false;
	if (r->notify == 0)
		return what != DSN_NOTIFY_SUCCESS;
	return (r->notify & what) != 0;
}

static void
end_with(struct store_queue_change *c, bool tell, enum store_queue_state state)
{
	c->op = tell ? STORE_QUEUE_FINISH : STORE_QUEUE_REMOVE;
	c->state = state;
}

/* By when the sender is told that it is late: as it has asked for. */
static int64_t
late_at(const struct queue_job *j)
{
	return j->by.mode == DELIVER_BY_NOTIFY ? j->by.at :
	    j->created + (int64_t)j->queue->conf->queue_warn_after;
}

/* RFC 2852 section 4.1.3 */
static void
say_late(const struct queue_job *j, struct store_queue_change *c)
{
	c->reply.enhanced = SPAN_LIT("4.4.7");
	if (j->by.mode != DELIVER_BY_RETURN)
		return;
	c->reply.code = 0;
	c->reply.enhanced = SPAN_LIT("5.4.7");
	c->reply.text = SPAN_LIT("It could not be delivered within the time "
	    "that was asked for");
	c->reply.host = span_of("", 0);
}

/* An attempt follows when its time is up, if not before. */
static int64_t
next_attempt(const struct queue_job *j, const struct queue_rcpt *r, int64_t now)
{
	int64_t next = queue_next_attempt(j->queue, r->attempts, now);

	return j->by.mode != DELIVER_BY_NONE && j->by.at > now &&
		j->by.at < next ? j->by.at : next;
}

bool
queue_must_return(const struct queue_job *j, int64_t now)
{
	return j->by.mode == DELIVER_BY_RETURN && now >= j->by.at;
}

static void
put_off(const struct queue_job *j, const struct queue_rcpt *r, int64_t now,
    struct store_queue_change *c)
{
	if (queue_must_return(j, now))
		say_late(j, c);
	if (queue_must_return(j, now) ||
	    now - j->created >= (int64_t)j->queue->conf->queue_lifetime) {
		end_with(
		    c, wants(j, r, DSN_NOTIFY_FAILURE), STORE_QUEUE_FAILED);
		return;
	}
	c->op = STORE_QUEUE_DEFER;
	c->next = next_attempt(j, r, now);
	if (r->warning == STORE_QUEUE_NOT_WARNED && now >= late_at(j) &&
	    wants(j, r, DSN_NOTIFY_DELAY)) {
		c->warning = STORE_QUEUE_TO_WARN;
		if (j->by.mode == DELIVER_BY_NOTIFY)
			say_late(j, c);
	}
}

/* RFC 2852 sections 4.1.4 and 4.1.4.2: of a message whose way is to be traced,
 * or that is passed on to who does not see to its time. */
static bool
wants_trace(const struct queue_job *j, const struct queue_rcpt *r, int64_t now)
{
	if (j->sender[0] == '\0' || (r->notify & DSN_NOTIFY_NEVER) != 0)
		return false;
	return j->by.trace ||
	    (j->by.mode == DELIVER_BY_NOTIFY && !r->by && now < j->by.at);
}

struct store_queue_change
queue_outcome(const struct queue_job *j, const struct queue_rcpt *r, int64_t now)
{
	struct store_queue_change c = { .index = r->index,
		.reply = { r->code, span_str(r->enhanced), span_str(r->text),
		    span_str(r->host) } };

	if (r->code / 100 == 2)
		end_with(&c, wants_trace(j, r, now) ||
			(!r->dsn && wants(j, r, DSN_NOTIFY_SUCCESS)),
		    STORE_QUEUE_RELAYED);
	else if (r->code / 100 == 5)
		end_with(
		    &c, wants(j, r, DSN_NOTIFY_FAILURE), STORE_QUEUE_FAILED);
	else
		put_off(j, r, now, &c);
	return c;
}
