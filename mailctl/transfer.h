/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_TRANSFER_H
#define MAILCTL_TRANSFER_H

#include "message.h"

/*
 * Messages of the selected mailbox into another one (RFC 6851, RFC 4315), or
 * away.  Functions that return int give 0 or an exit code.
 */
struct transfer {
	const char *to;    /* mailbox */
	bool move, create; /* create it where it lacks */
	/* Which UIDs they have there; uidvalidity 0: the server does not say. */
	uint32_t uidvalidity;
	struct seqset uids;
};

int transfer_messages(const struct message_look *l, struct transfer *t);
void transfer_clear(struct transfer *t);

/* Remove them for ever. */
int transfer_purge(const struct message_look *l);

#endif
