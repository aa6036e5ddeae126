/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_GUARD_H
#define MAILD_AUTH_GUARD_H

#include "buf.h"

/*
 * What may be said about a login before its password is hashed: from what was
 * seen lately.  All of it is memory of a fixed size, kept under keyed digests:
 * nobody can read a password out of it, or aim at another's place in it.
 *
 * Failures are counted per client address (IPv6: per /64).  A user and an
 * address that have logged in together have a count of their own, so that
 * whoever tries passwords from there, or from everywhere, does not lock the
 * user out.
 */
struct auth_guard;

struct auth_try {
	const char *peer;       /* address, as ROLE_LOGIN has it */
	struct span user;       /* canonical */
	struct span password;   /* empty: it was not shown; nothing is known
				 * or remembered of it */
};

enum auth_guess {
	AUTH_CHECK,       /* hash it; it counts as a failure until
			   * auth_guard_right() or _void() says otherwise */
	AUTH_CHECK_FIRST, /* the same, before strangers */
	AUTH_RIGHT,       /* it was right minutes ago, and is */
	AUTH_REPEATED,    /* it was wrong minutes ago, and is; not counted */
	AUTH_BLOCKED,     /* too many failures: refuse it unchecked */
};

#define AUTH_RIGHT_SECONDS 300
#define AUTH_WRONG_SECONDS 600
#define AUTH_DELAY_MAX     5000 /* milliseconds */

/* At most failures within period seconds per address: a bucket that leaks. */
struct auth_guard *auth_guard_new(uint32_t failures, uint32_t period);
void auth_guard_free(struct auth_guard *g);
void auth_guard_configure(struct auth_guard *g, uint32_t failures,
    uint32_t period);

/* now: seconds of a monotonic clock. */
enum auth_guess auth_guard_ask(struct auth_guard *g, const struct auth_try *t,
    int64_t now);

/* How a check went. */
void auth_guard_right(struct auth_guard *g, const struct auth_try *t,
    int64_t now);
void auth_guard_wrong(struct auth_guard *g, const struct auth_try *t,
    int64_t now);
/* There was none: it did not happen. */
void auth_guard_void(struct auth_guard *g, const struct auth_try *t,
    int64_t now);

/* Milliseconds that a refusal waits: the longer the more failures. */
unsigned auth_guard_delay(struct auth_guard *g, const struct auth_try *t,
    int64_t now);

/* The user's password is another, or the user is gone. */
void auth_guard_forget(struct auth_guard *g, struct span user);

#endif
