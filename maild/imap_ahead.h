/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_AHEAD_H
#define MAILD_IMAP_AHEAD_H

#include "imap_state.h"

/*
 * Reading ahead.  A command that walks messages asks at each turn; while the
 * store is cold (store.h) the reader pool reads a run of them before it, only
 * to have them in memory.
 */
#define IMAP_AHEAD_BYTES ((uint64_t)1 << 20) /* a run, and of one message */

struct imap_ahead {
	struct imap *im;
	const struct store_view *view;
	const struct seqset *seqs; /* the messages, by sequence number … */
	unsigned columns;          /* … and what is read of each: STORE_HOT, … */
	bool meta, bytes;          /* … and these */
	uint64_t end;              /* this turn may read those below it … */
	bool hot;                  /* … and only this turn */
};

/* A turn begins, at message from.  False: return IMAP_WAIT; resume is called. */
bool imap_ahead_begin(struct imap_ahead *a, uint64_t from);

#endif
