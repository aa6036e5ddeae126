/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue_state.h"

#define LOOK_AGAIN 60  /* seconds: the store could not be read */
#define WINDOW     100 /* that have waited longest: the first of those goes */

struct pick {
	struct queue *q;
	struct queue_dest *dest;
	int64_t now;
	uint64_t first, last; /* ids; last: of the one looked at before */
	int best;             /* priority, of first */
	unsigned n;           /* that are due, up to WINDOW */
};

static bool
is_running(const struct queue *q, const struct queue_dest *d, uint64_t id)
{
	if (d->domain[0] == '\0')
		return queue_report_is_running(q, id);
	if (queue_dest_is_begin(d))
		return queue_begin_is_running(q, id);
	return queue_job_find(q, id, d->domain) != NULL;
}

/* What runs already stands there yet, and is passed over; a message stands
 * there for each recipient.  Of equal priorities the one goes first that has
 * waited longer (RFC 6710 section 5.1). */
static bool
on_due(void *arg, uint64_t id, int64_t next, int priority)
{
	struct pick *p = arg;

	if (next > p->now) {
		if (p->n == 0)
			p->dest->next = next;
		return false;
	}
	if (id == p->last || is_running(p->q, p->dest, id))
		return true;
	p->dest->next = next;
	p->last = id;
	if (p->n++ == 0 || priority > p->best) {
		p->first = id;
		p->best = priority;
	}
	return p->n < WINDOW && p->best < MT_PRIORITY_MAX;
}

uint64_t
queue_pick(struct queue *q, struct queue_dest *d, int64_t now)
{
	struct pick p = { .q = q, .dest = d, .now = now };

	d->next = INT64_MAX;
	store_begin(q->store);
	if (store_queue_due(q->store, span_str(d->domain), on_due, &p) !=
	    STORE_OK) {
		d->next = now + LOOK_AGAIN;
		p.first = 0;
	}
	store_end(q->store);
	return p.first;
}
