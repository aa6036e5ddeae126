/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "queue_state.h"
#include "store_sts.h"

/*
 * Policies of MTA-STS outlive the outbound role: a policy must hold where its
 * server cannot be asked again (RFC 8461 section 5.1).
 */

static void
on_kept(void *arg, enum store_status st)
{
	char *domain = arg;

	if (st == STORE_OK)
		log_info("queue: keeps a policy of MTA-STS", "domain=%s",
		    domain);
	else
		log_warning("queue: cannot keep a policy of MTA-STS",
		    "domain=%s error=%s", domain, store_strerror(st));
	free(domain);
}

void
queue_sts_heard(struct queue *q, const struct role_msg *m)
{
	const struct store_sts policy = {
		.expires = (int64_t)time(NULL) + m->sts_policy.seconds,
		.id = m->sts_policy.id,
		.text = m->sts_policy.text,
	};

	store_sts_set(q->store, m->sts_policy.domain, &policy, on_kept,
	    span_dup(m->sts_policy.domain));
}

bool
queue_sts_tell(const struct queue *q, const char *domain)
{
	struct role_msg m = { .type = ROLE_STS_POLICY };
	int64_t now = (int64_t)time(NULL), left;
	struct store_sts policy;
	enum store_status st;

	if (!q->conf->mta_sts || q->conf->smarthost != NULL)
		return true;
	st = store_sts_find(q->store, span_str(domain), &policy);
	if (st != STORE_OK || policy.expires <= now)
		return st == STORE_OK || st == STORE_NONEXISTENT;
	left = policy.expires - now;
	m.sts_policy.domain = span_str(domain);
	m.sts_policy.id = policy.id;
	m.sts_policy.seconds = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
	m.sts_policy.text = policy.text;
	return role_send(q->outbound, &m, -1) == 0;
}
