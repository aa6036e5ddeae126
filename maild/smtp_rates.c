/* SPDX-License-Identifier: ISC */
#include "peer.h"
#include "rates.h"
#include "smtp_session.h"

/*
 * How much may come: of submission by user and by client address, from the
 * world by client address.
 */

/* Both count it, unless the first refuses. */
static bool
may_submit(struct smtp *sm, bool recipient)
{
	const struct conf *c = smtp_conf(sm);
	const struct session_start *start = session_started(sm->session);
	struct rates *r = session_worker(sm->session)->rates;
	const int64_t now = rates_now();

	if (recipient)
		return rates_take(r, RATES_USER_RECIPIENTS, start->user,
			   c->recipients_per_user,
			   c->recipients_per_user_period, now) &&
		    rates_take(r, RATES_ADDRESS_RECIPIENTS, start->peer,
			c->recipients_per_address,
			c->recipients_per_address_period, now);
	return rates_take(r, RATES_USER_MESSAGES, start->user,
		   c->messages_per_user, c->messages_per_user_period, now) &&
	    rates_take(r, RATES_ADDRESS_MESSAGES, start->peer,
		c->messages_per_address, c->messages_per_address_period, now);
}

static bool
may_bring(struct smtp *sm, bool recipient)
{
	const struct conf *c = smtp_conf(sm);
	const char *peer = session_started(sm->session)->peer;
	struct rates *r = session_worker(sm->session)->rates;
	char network[PEER_MAX];

	if (peer_within(peer, &c->inbound_trusted))
		return true;
	peer_network(peer, PEER_ONE_HOST, network);
	if (recipient)
		return rates_take(r, RATES_INBOUND_RECIPIENTS, network,
		    c->inbound_recipients, c->inbound_recipients_period,
		    rates_now());
	return rates_take(r, RATES_INBOUND_MESSAGES, network,
	    c->inbound_messages, c->inbound_messages_period, rates_now());
}

bool
smtp_may_send(struct smtp *sm, bool recipient)
{
	if (sm->policy->submit)
		return may_submit(sm, recipient);
	return !sm->policy->inbound || may_bring(sm, recipient);
}
