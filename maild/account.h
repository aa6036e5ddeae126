/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ACCOUNT_H
#define MAILD_ACCOUNT_H

#include "auth_client.h"
#include "conf.h"
#include "store.h"

/*
 * Users, who live in two places: their credentials with the auth role, their
 * mail in the store.  Creating one writes auth first, deleting removes it
 * there first, so that a user whose mail is not (or no longer) there cannot
 * log in.  What stops half-way is taken back, or else finished by the same
 * call made again:
 *
 *	only in auth	creating it again sets the password and makes its mail
 *	only in store	creating it again takes the mail over; deleting it
 *			again removes it
 */
enum account_status {
	ACCOUNT_OK = 0,
	ACCOUNT_NONE,        /* no such user */
	ACCOUNT_EXISTS,
	ACCOUNT_BAD_NAME,    /* no address, or of a domain that is not ours */
	ACCOUNT_BAD_PASSWORD,
	ACCOUNT_ALIAS,       /* the address is an alias's */
	ACCOUNT_FULL,        /* the disk */
	ACCOUNT_UNAVAILABLE, /* auth or the store: the log says more */
};

#define ACCOUNT_PASSWORD_MAX 1024 /* bytes, none of them NUL; at least 1 */

/* What the calls below work with, on one thread. */
struct accounts {
	struct store *store;
	struct auth_client *auth;
	const struct conf *conf;
	/* The user's sessions must end: it is deleted or disabled, or a
	 * password of it is no longer good; may be NULL. */
	void (*ended)(void *arg, const char *user);
	void *arg;
};

typedef void (*account_done)(void *arg, enum account_status st);

/*
 * Append the canonical name (user_name.h) of a user or alias that is, or may
 * be made, here.  False: it is no address, or of a domain that is not ours.
 */
bool account_name(const struct accounts *a, struct span in, struct buf *out);

/* done may run from within the call; *a is copied. */
void account_create(const struct accounts *a, struct span user,
    struct span password, account_done done, void *arg);
void account_set_password(const struct accounts *a, struct span user,
    struct span password, account_done done, void *arg);
/* One that is disabled cannot log in, and gets no mail. */
void account_disable(const struct accounts *a, struct span user, bool disabled,
    account_done done, void *arg);
void account_delete(const struct accounts *a, struct span user,
    account_done done, void *arg);

#endif
