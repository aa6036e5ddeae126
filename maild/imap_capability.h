/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_CAPABILITY_H
#define MAILD_IMAP_CAPABILITY_H

#include "conf.h"

/*
 * What CAPABILITY says (RFC 3501 section 6.1.1), before login and after.
 */
enum imap_stage {
	IMAP_STAGE_CLEAR = 1, /* no TLS, and logging in needs it: STARTTLS */
	IMAP_STAGE_PLAIN = 2, /* no TLS, yet logging in is allowed */
	IMAP_STAGE_TLS = 4,   /* TLS, not logged in */
	IMAP_STAGE_IN = 8,    /* logged in */
	/* Beside one of these: */
	IMAP_STAGE_CERTIFICATE = 16, /* the client has shown one */
	IMAP_STAGE_TOKENS = 32,      /* logging in by token is possible */
	IMAP_STAGE_BACK = 64,        /* logged in by front, which has it back */
};

/* Append the capabilities, separated by spaces: for "* CAPABILITY …" and for
 * the response code of a greeting or login.  client: what it calls itself,
 * empty if it has not said. */
void imap_capability_write(struct buf *out, unsigned stage,
    const struct conf *conf, struct span client);

#endif
