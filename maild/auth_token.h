/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_TOKEN_H
#define MAILD_AUTH_TOKEN_H

#include "buf.h"

/*
 * Tokens that the authorization server has called good, for some minutes: a
 * client opens five connections.  They are kept as keyed digests, in memory of
 * a fixed size.
 */
#define AUTH_TOKEN_SECONDS 300 /* at most; less where the token ends before */

struct auth_tokens;

struct auth_tokens *auth_tokens_new(void);
void auth_tokens_free(struct auth_tokens *t);

/* now: seconds of a monotonic clock. */
void auth_tokens_keep(struct auth_tokens *t, struct span token,
    struct span user, uint32_t seconds, int64_t now);
/* Append whose it is.  False: it is not known. */
bool auth_tokens_find(const struct auth_tokens *t, struct span token,
    int64_t now, struct buf *user);

#endif
