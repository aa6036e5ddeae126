/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "domains.h"
#include "queue_state.h"
#include "srs.h"

void
queue_srs(struct queue *q, const unsigned char *key)
{
	q->srs_key = key;
}

/*
 * Users send from the domains here; whoever has another one sent to an alias
 * that leads away.  In the queue it stays as it was: what fails here is told
 * to the sender itself.
 */
struct span
queue_sender(const struct queue *q, struct span sender, struct buf *made)
{
	if (q->srs_key == NULL || q->conf->srs_domain == NULL ||
	    sender.n == 0 ||
	    domains_find(q->store, q->conf, sender) != STORE_NONEXISTENT ||
	    srs_forward(made, q->srs_key, sender, q->conf->srs_domain,
		(int64_t)time(NULL)) < 0)
		return sender;
	return buf_span(made);
}
