/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_STORE_H
#define MAILD_AUTH_STORE_H

#include "buf.h"

/*
 * Password hashes by user, in an LMDB environment of their own that only the
 * auth role opens.
 *
 * A record is a version byte, a checksum over key and hash, and the hash as
 * crypt(3) writes it.  What is not so is AUTH_STORE_FAILED, never a wrong
 * answer.
 */
struct auth_store;

enum auth_store_status {
	AUTH_STORE_OK = 0,
	AUTH_STORE_NONE,   /* no such user */
	AUTH_STORE_EXISTS,
	AUTH_STORE_FAILED, /* the log says why */
};

#define AUTH_STORE_USER_MAX 254
#define AUTH_STORE_HASH_MAX 384 /* CRYPT_OUTPUT_SIZE */

/* dir must exist.  NULL: why names it and says what is wrong. */
struct auth_store *auth_store_open(const char *dir, struct buf *why);
void auth_store_close(struct auth_store *s);

/* Append the hash to out. */
enum auth_store_status auth_store_get(struct auth_store *s, struct span user,
    struct buf *out);

struct auth_change {
	struct span user;
	struct span hash; /* empty: remove the user */
	bool create;      /* the user must be new; else must be there */
	enum auth_store_status status; /* out */
};

/*
 * All changes in one commit, durable when this returns; those that cannot be
 * made (NONE, EXISTS) are left out.  If the commit fails, all have FAILED.
 */
void auth_store_apply(struct auth_store *s, struct auth_change *c, size_t n);

#endif
