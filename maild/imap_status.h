/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_STATUS_H
#define MAILD_IMAP_STATUS_H

#include "imap_state.h"

/*
 * STATUS responses, of STATUS itself and of LIST (RFC 5819).
 */
struct imap_status_answer {
	struct span name;
	struct store_mailbox mailbox;
	unsigned items; /* as imap_status_items() found them */
	struct store_counts counts;
	uint64_t deleted_storage;
	enum store_status st; /* of looking them up */
	bool begun;
	uint32_t from; /* the UID to go on from; 0: all is summed up */
};

/* The item of that name. */
unsigned imap_status_item(struct span name);
/* Take "(MESSAGES …)" off the arguments.  False: the reply is set. */
bool imap_status_items(struct imap *im, unsigned *items);
/* Look up what the items need; a->st is the outcome.  False: this turn was long
 * enough, call it again after an imap_pause(). */
bool imap_status_get(struct imap *im, struct imap_status_answer *a);
/* Append the response. */
void imap_status_write(struct imap *im, const struct imap_status_answer *a);

#endif
