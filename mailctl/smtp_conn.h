/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SMTP_CONN_H
#define MAILCTL_SMTP_CONN_H

#include "cmd.h"
#include "login.h"

/*
 * Submission of one message over a transport.
 */
struct smtp_conn_mail {
	const char *from; /* "": the null path */
	const char *const *rcpt;
	size_t nrcpt;
	struct span text; /* header and body */
};

/* 0: the server has taken it for all recipients.  Else an exit code; what was
 * refused has been said, by recipient; *accepted counts the others. */
int smtp_conn_send(const struct cmd *c, struct login *l,
    const struct smtp_conn_mail *mail, size_t *accepted);

/* Only log in, and call fn, if not NULL, for what to do there: it gives 0, or
 * an exit code after it has said what is wrong, and so does this. */
struct transport;
int smtp_conn_with(const struct cmd *c, struct login *l,
    int (*fn)(struct transport *t, void *arg), void *arg);

#endif
