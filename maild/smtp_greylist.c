/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "greylist.h"
#include "peer.h"
#include "rates.h"
#include "smtp_session.h"

/* Hosts that send for each other stand in one network. */
static const struct peer_bits network_bits = { 24, 64 };

bool
smtp_greylist_again(struct smtp *sm, const char *recipient)
{
	const struct conf *c = smtp_conf(sm);
	const struct greylist_times t = { c->greylist_delay,
		c->greylist_window, c->greylist_lifetime, c->greylist_known };
	const char *peer = session_started(sm->session)->peer;
	char network[PEER_MAX];

	if (peer_within(peer, &c->inbound_trusted))
		return true;
	peer_network(peer, network_bits, network);
	return greylist_wait(session_worker(sm->session)->greylist, &t,
		   network, sm->txn->sender, recipient,
		   rates_now() / 1000000) == 0;
}

bool
smtp_greylist(struct smtp *sm, struct span recipient)
{
	char *address;
	bool passes;

	if (!sm->policy->inbound || !smtp_conf(sm)->greylist)
		return true;
	address = span_dup(recipient);
	passes = smtp_greylist_again(sm, address);
	free(address);
	return passes;
}
