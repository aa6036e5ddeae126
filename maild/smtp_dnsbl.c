/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "dnsbl.h"
#include "filter.h"
#include "peer.h"
#include "smtp_session.h"

/*
 * Whether lists in the DNS name the client: asked about once in a session, with
 * its first MAIL, which is answered when they are.
 */
#define PATIENCE 2 /* seconds that outbound may need for itself */

static void
on_answer(void *arg, struct span answer)
{
	struct smtp *sm = arg;

	sm->lookup = NULL;
	sm->looked_up = true;
	if (answer.p != NULL) {
		sm->listed = span_dup(answer);
		log_info("smtp: listed", "session=" LOG_ID " peer=%s by=%s",
		    session_started(sm->session)->id,
		    session_started(sm->session)->peer, sm->listed);
	}
	smtp_set_state(sm, SMTP_COMMANDS);
	smtp_mail_answer(sm);
	smtp_resume(sm);
}

bool
smtp_dnsbl_asks(struct smtp *sm)
{
	struct worker *w = session_worker(sm->session);
	const struct conf *conf = smtp_conf(sm);
	const char *peer = session_started(sm->session)->peer;

	if (!sm->policy->inbound || conf->dnsbl == NULL || sm->looked_up ||
	    peer_within(peer, &conf->inbound_trusted))
		return false;
	smtp_set_state(sm, SMTP_ASKING);
	sm->lookup = filter_look_up(w->filter, w->base, peer,
	    conf->dnsbl_timeout + PATIENCE, on_answer, sm);
	return true;
}

void
smtp_dnsbl_clear(struct smtp *sm)
{
	if (sm->lookup != NULL)
		filter_cancel(sm->lookup);
	free(sm->listed);
}
