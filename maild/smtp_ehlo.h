/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SMTP_EHLO_H
#define MAILD_SMTP_EHLO_H

#include "buf.h"

/*
 * The reply to EHLO and LHLO (RFC 5321 section 4.1.1.1), in front and in mail.
 */
struct conf;

enum smtp_stage {
	SMTP_STAGE_CLEAR = 1,  /* no TLS, and logging in needs it: STARTTLS */
	SMTP_STAGE_PLAIN = 2,  /* no TLS, yet logging in is allowed */
	SMTP_STAGE_TLS = 4,    /* TLS, not logged in */
	SMTP_STAGE_IN = 8,     /* logged in */
	SMTP_STAGE_LMTP = 16,
	SMTP_STAGE_WORLD = 128,     /* mail from the world, no TLS … */
	SMTP_STAGE_WORLD_TLS = 256, /* … and with it */
	/* Beside one of these: */
	SMTP_STAGE_CERTIFICATE = 32, /* the client has shown one */
	SMTP_STAGE_TOKENS = 64,      /* logging in by token is possible */
	SMTP_STAGE_SECURE = 512,     /* there is TLS once it has logged in */
};

/* Append the whole reply, "250-…" to "250 …". */
void smtp_ehlo_write(struct buf *out, const struct conf *conf,
    unsigned stage);

#endif
