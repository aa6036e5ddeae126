/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SPECIAL_USE_H
#define MAILCTL_SPECIAL_USE_H

#include "imap_conn.h"

/*
 * Append the name of the mailbox that the server has for that use (RFC 6154,
 * "\Sent"); where it has none, otherwise.  Returns 0 or an exit code.
 */
int special_use_find(struct imap_conn *ic, const char *use,
    const char *otherwise, struct buf *name);

#endif
