/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_BODIES_H
#define MAILCTL_BODIES_H

#include "mailbox_index.h"

/*
 * The bytes of many messages of the open mailbox.  Commands are pipelined, a
 * few hundred kB each, so that the line is never idle; a message over 1 MB
 * comes in pieces by way of an unlinked temporary file.  Memory is bounded
 * whatever the server sends.
 */

/* One message, whole; body lives as long as the call.  Returns 0, or the exit
 * code to end with. */
typedef int (*body_fn)(void *arg, const struct index_message *m,
    struct span body);

/*
 * Calls fn for each message of x whose UID is in uids, in no certain order; one
 * that is gone by now is left out.  An interrupt ends it in order, with its
 * exit code.
 */
int bodies_fetch(struct imap_conn *ic, const char *mailbox,
    uint32_t uidvalidity, const struct mailbox_index *x,
    const struct seqset *uids, body_fn fn, void *arg);

#endif
