/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_HASH_H
#define MAILD_AUTH_HASH_H

#include "buf.h"

/*
 * Password hashes by crypt(3) of libxcrypt: yescrypt for new ones; all that the
 * library knows are verified, so that hashes can be brought along from other
 * servers.  Both are slow on purpose, and safe to be called from any thread.
 */
#define AUTH_HASH_COST_MIN 1  /* a millisecond or two, for tests */
#define AUTH_HASH_COST_MAX 11
#define AUTH_PASSWORD_MAX  511 /* bytes (CRYPT_MAX_PASSPHRASE_SIZE) */

/* Neither empty nor too long, and no NUL in it. */
bool auth_password_is_valid(struct span password);

/* Append the hash of a valid password to out.  -1: it cannot be made. */
int auth_hash_make(struct span password, unsigned cost, struct buf *out);

/* Takes as long for a wrong password as for the right one.  An invalid one is
 * wrong, and takes as long, too. */
bool auth_hash_verify(struct span password, const char *hash);

#endif
