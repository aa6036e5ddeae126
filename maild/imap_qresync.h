/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_QRESYNC_H
#define MAILD_IMAP_QRESYNC_H

#include "imap_state.h"

/*
 * The QRESYNC parameter of SELECT and EXAMINE (RFC 7162 section 3.2.5): what a
 * client knows of a mailbox, and what it then must be told.  Zeroed: nothing
 * was said.
 */
struct imap_qresync {
	bool given;
	uint32_t uidvalidity; /* last known … */
	uint64_t modseq;
	bool some;            /* … of these UIDs only: */
	struct seqset known;
	struct seqset seqs, uids; /* pairs that were so, in order */
};

/* Take what stands behind "QRESYNC".  False: the reply is set. */
bool imap_qresync_parse(struct imap *im, struct imap_qresync *q);
/* The mailbox has been selected: what has changed since is to be told by
 * imap_tell_write(); within store_begin() and store_end(). */
enum store_status imap_qresync_tell(struct imap *im, struct imap_qresync *q);
void imap_qresync_clear(struct imap_qresync *q);

#endif
