/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SENT_H
#define MAILCTL_SENT_H

#include "login.h"

/*
 * File a message that was sent in the mailbox that the server has for that
 * (RFC 6154, \Sent), else in "Sent".  A failure is said, and is no more than
 * a warning.  ic is a session that is open, or NULL.
 */
struct imap_conn;
void sent_file(const struct cmd *c, struct login *l, struct imap_conn *ic,
    struct span message);

#endif
