/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_LIMIT_H
#define MAILD_IMAP_LIMIT_H

#include "imap_state.h"

/*
 * How many messages one command may work on, where the configuration says so
 * (MESSAGELIMIT, RFC 9738).  Without such a setting there is no limit.
 */

/* For commands that work on all of n messages or on none.  False: the reply is
 * set. */
bool imap_limit_allows(struct imap *im, uint64_t n);

/*
 * For the others: leave in seqs, sequence numbers of the selected mailbox, as
 * many as are allowed, the highest.  An OK then tells the client where to go
 * on.
 */
void imap_limit_cut(struct imap *im, struct seqset *seqs);

/*
 * Of the command in hand, whose reply is set: append "[MESSAGELIMIT n uid] ", or
 * where a response code takes its place (coded) an untagged OK with it.
 * Nothing was cut: append nothing.
 */
void imap_limit_tell(struct imap *im, bool coded, struct buf *out);

#endif
