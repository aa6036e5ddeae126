/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_ARGS_H
#define MAILD_IMAP_ARGS_H

#include "imap_state.h"

/*
 * Arguments that several commands take.  Each function takes one off
 * im->cmd.args, or sets the reply and returns false.
 */

/* SP. */
bool imap_arg_sp(struct imap *im);
/* That nothing is left. */
bool imap_arg_end(struct imap *im);

/* Append name as UTF-8, which it is already or (before UTF8=ACCEPT is enabled)
 * has to become.  False: it cannot be a name. */
bool imap_arg_decode(struct imap *im, struct buf *out, struct span name);
/* A mailbox name, as UTF-8 in out (one of cmd.name). */
bool imap_arg_mailbox(struct imap *im, struct buf *out);
/* The same up to the end, behind SP, opened. */
bool imap_arg_open(struct imap *im, struct store_mailbox *out);

/*
 * A sequence set, of numbers or, behind "UID", of UIDs; out is in sequence
 * numbers of the view.  UIDs that are not there are passed over; a number that
 * is not there is BAD, but for n:* with a large n, which means the last.  "$"
 * is what SEARCH has saved (RFC 5182).
 */
bool imap_arg_set(struct imap *im, bool uid, struct seqset *out);

/*
 * The same as a key of a search in a view, where UIDs stay UIDs.  A number that
 * is not there is one that no message has (RFC 7377 section 2).
 */
bool imap_arg_search_set(struct imap *im, const struct store_view *view,
    bool uid, struct seqset *out);

/* Make UIDs sequence numbers, without those that are not in the view. */
void imap_view_numbers(const struct store_view *v, struct seqset *set);

#endif
