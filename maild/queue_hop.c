/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <time.h>

#include "queue_state.h"

#define BLOCK_SECONDS 60 /* that a hop is left alone, at most */

/* Of all connections: what has not answered may hold each of them until its
 * time-out. */
static size_t
share_of_probes(const struct queue *q)
{
	return (q->conf->relay_connections + 1) / 2;
}

bool
queue_hop_may_start(const struct queue *q, const struct queue_hop *h)
{
	if (q->njobs >= q->conf->relay_connections)
		return false;
	/* One finds out whether it is there. */
	if (h->answers == 0)
		return h->running == 0 && q->nprobes < share_of_probes(q);
	return h->running <= h->answers &&
	       h->running < q->conf->relay_connections_destination;
}

void
queue_hop_begin(struct queue_hop *h, struct queue_job *j)
{
	h->running++;
	j->probes = h->answers == 0;
	j->queue->nprobes += j->probes;
}

static void
leave_alone(struct queue_hop *h, const struct queue_job *j)
{
	uint32_t wait = j->queue->conf->queue_retry.seconds[0];

	h->blocked =
	    (int64_t)time(NULL) + (wait < BLOCK_SECONDS ? wait : BLOCK_SECONDS);
	buf_clear(&h->said);
	buf_adds(&h->said,
	    j->rcpt[0].text != NULL ? j->rcpt[0].text : "it cannot be reached");
}

void
queue_hop_end(
    struct queue_hop *h, struct queue_job *j, enum queue_hop_end how)
{
	j->queue->nprobes -= j->probes;
	j->probes = false;
	if (h == NULL)
		return;
	h->running -= h->running > 0;
	switch (how) {
	case QUEUE_HOP_ANSWERED:
		h->answers++;
		h->blocked = 0;
		break;
	case QUEUE_HOP_BROKEN:
		h->answers = 0;
		h->blocked = 0;
		break;
	case QUEUE_HOP_FAILED:
		h->answers = 0;
		leave_alone(h, j);
		break;
	case QUEUE_HOP_LOST:
		break;
	}
}
