/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_STORE_H
#define MAILD_AUTH_STORE_H

#include "auth_record.h"

/*
 * Credentials by user, in an LMDB environment of their own that only the auth
 * role opens.
 *
 * A record is a version byte, a checksum over key and content, and the content
 * (auth_record.h).  What is not so is AUTH_STORE_FAILED, never a wrong answer.
 */
struct auth_store;

enum auth_store_status {
	AUTH_STORE_OK = 0,
	AUTH_STORE_NONE,   /* no such user */
	AUTH_STORE_EXISTS,
	AUTH_STORE_FAILED, /* the log says why */
	AUTH_STORE_NO_APP, /* no such application password */
	AUTH_STORE_LIMIT,  /* AUTH_APPS_MAX of them */
};

#define AUTH_STORE_USER_MAX 254

/* dir must exist.  NULL: why names it and says what is wrong. */
struct auth_store *auth_store_open(const char *dir, struct buf *why);
void auth_store_close(struct auth_store *s);

/* The user's record; its spans point into bytes, which is overwritten. */
enum auth_store_status auth_store_get(struct auth_store *s, struct span user,
    struct buf *bytes, struct auth_record *r);

/*
 * The salt of the user's SCRAM keys, also of one who is not there: then always
 * the same, and what the user would get, so that it tells nobody who exists.
 */
enum auth_store_status auth_store_salt(struct auth_store *s, struct span user,
    uint8_t salt[SCRAM_SALT_SIZE]);

enum auth_change_what {
	AUTH_CHANGE_CREATE, /* the user must be new; else must be there */
	AUTH_CHANGE_PASSWORD,
	AUTH_CHANGE_DELETE,
	AUTH_CHANGE_DISABLE,
	AUTH_CHANGE_ENABLE,
	AUTH_CHANGE_APP_ADD,
	AUTH_CHANGE_APP_REVOKE,
};

struct auth_change {
	enum auth_change_what what;
	struct span user;
	/* CREATE, PASSWORD: */
	struct span hash;
	uint8_t salt[SCRAM_SALT_SIZE]; /* auth_store_salt() */
	struct scram_keys keys;
	/* APP_ADD gives it its id; APP_REVOKE needs no more than that. */
	struct auth_app app;
	enum auth_store_status status; /* out */
};

/*
 * All changes in one commit, durable when this returns; those that cannot be
 * made (NONE, EXISTS) are left out.  If the commit fails, all have FAILED.
 */
void auth_store_apply(struct auth_store *s, struct auth_change *c, size_t n);

#endif
