/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_RAW_H
#define MAILCTL_RAW_H

#include "cmd.h"

/*
 * A session by hand: lines of standard input go to the server, what it says
 * goes to standard output as it is; on a terminal, cleaned.  Literals of IMAP,
 * and the chunks of BDAT, are so many bytes of standard input.  At its end the
 * session is closed and the last answers are awaited.
 */
struct transport;

enum raw_protocol { RAW_IMAP, RAW_SMTP };

/* A session that is logged in.  EX_NO: the server refused something. */
int raw_run(struct cmd *c, struct transport *t, enum raw_protocol protocol);

#endif
