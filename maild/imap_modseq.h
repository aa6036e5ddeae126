/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_MODSEQ_H
#define MAILD_IMAP_MODSEQ_H

#include "imap_state.h"

/*
 * Mod-sequences on the wire (RFC 7162).
 */
#define IMAP_MODSEQ_MAX ((uint64_t)INT64_MAX) /* they have 63 bits */

/* Take a mod-sequence, 0 included, off the arguments; or set the reply and
 * return false. */
bool imap_arg_modseq(struct imap *im, uint64_t *out);

/* The UIDs of set among those that were expunged after modseq, of which this
 * session has not been told that they exist. */
enum store_status imap_vanished_find(struct imap *im, uint64_t modseq,
    const struct seqset *set, struct seqset *out);

#endif
