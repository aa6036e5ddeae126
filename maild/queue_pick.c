/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue_state.h"

#define LOOK_AGAIN 60  /* seconds: the store could not be read */
#define WINDOW     100 /* that have waited longest: the first of those goes */

struct pick {
	struct queue *q;
	struct queue_dest *dest;
	int64_t now;
	uint64_t id[WINDOW];
	size_t n;
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
 * there for each recipient. */
static bool
on_due(void *arg, uint64_t id, int64_t next)
{
	struct pick *p = arg;

	if (next > p->now) {
		if (p->n == 0)
			p->dest->next = next;
		return false;
	}
	if (is_running(p->q, p->dest, id) ||
	    (p->n > 0 && p->id[p->n - 1] == id))
		return true;
	p->dest->next = next;
	p->id[p->n++] = id;
	return p->n < WINDOW;
}

/* Of equal priorities the one that has waited longer (RFC 6710 section 5.1). */
static uint64_t
first(const struct pick *p)
{
	int best = -MT_PRIORITY_MAX - 1;
	uint64_t id = 0;

	for (size_t i = 0; i < p->n && best < MT_PRIORITY_MAX; i++) {
		struct store_queue_msg m;

		if (store_queue_get(p->q->store, p->id[i], &m) != STORE_OK)
			m.priority = 0;
		if (m.priority > best) {
			best = m.priority;
			id = p->id[i];
		}
	}
	return id;
}

uint64_t
queue_pick(struct queue *q, struct queue_dest *d, int64_t now)
{
	struct pick p = { .q = q, .dest = d, .now = now };
	uint64_t id;

	d->next = INT64_MAX;
	store_begin(q->store);
	if (store_queue_due(q->store, span_str(d->domain), on_due, &p) !=
	    STORE_OK) {
		d->next = now + LOOK_AGAIN;
		p.n = 0;
	}
	id = first(&p);
	store_end(q->store);
	return id;
}
