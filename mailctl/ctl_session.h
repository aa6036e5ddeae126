/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_CTL_SESSION_H
#define MAILCTL_CTL_SESSION_H

#include "cmd.h"

struct transport;

/*
 * A connection to maild's control socket that goes on as an IMAP session of
 * user, without its password (GET /v1/users/{address}/imap).  In *input is what
 * came of IMAP already.  Returns 0, or an exit code after it has said what is
 * wrong, with *transport NULL.
 */
int ctl_session_open(const struct cmd *c, const char *user,
    struct transport **transport, struct buf *input);

#endif
