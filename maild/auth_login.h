/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_LOGIN_H
#define MAILD_AUTH_LOGIN_H

#include <sys/queue.h>

#include "auth_state.h"

/*
 * Logins under way, for the files of the auth role that check them:
 * auth_password.c those that show the password; auth_sasl.c brings the others
 * to their mechanisms, auth_scram.c and so on.  What they have in common, the
 * end, is auth_login.c: a refusal that waits for its time, or a ticket that
 * waits for mail's word.
 */
struct event;
struct login;

/*
 * A mechanism whose messages come through front.  A client that does not go on
 * is given up after login_timeout.
 */
struct auth_mechanism {
	const char *name;
	/* SASL_START, then each SASL_RESPONSE.  They say auth_login_ask(), or
	 * one of the ends. */
	void (*start)(struct login *l, const struct role_msg *m);
	void (*response)(struct login *l, struct span data); /* or NULL */
	void (*free)(void *state); /* or NULL */
};

extern const struct auth_mechanism auth_scram, auth_scram_plus, auth_external,
    auth_oauthbearer, auth_xoauth2;

struct login {
	LIST_ENTRY(login) entry;
	struct auth *auth;
	struct role_channel *front; /* NULL: gone meanwhile */
	uint64_t connection;
	enum role_scope scope;
	char *peer, *mechanism;
	struct buf name;     /* canonical; what was said where it is no name */
	struct buf password; /* empty where it is not shown */
	const struct auth_mechanism *exchange; /* NULL: none, or it is over */
	void *state; /* of the mechanism */
	struct event *timer;
	bool hashing;        /* the pool has it */
	bool waiting;        /* for mail to have the ticket */
	struct role_ticket ticket;
};

struct auth_logins {
	LIST_HEAD(, login) head;
	size_t len;
};

/* NULL: there are too many; front has been told. */
struct login *auth_login_new(struct auth *a, struct role_channel *front,
    uint64_t connection, enum role_scope scope);
void auth_login_free(struct login *l);
void auth_login_name(struct login *l, struct span authcid);
/* Nobody acts as another: an authorization identity is one's own, or none. */
bool auth_login_is_own(const struct login *l, struct span authzid);
struct auth_try auth_login_try(const struct login *l);

/* The client gets this challenge. */
void auth_login_ask(struct login *l, struct span data);
/* Something must come within that time; else the login ends. */
void auth_login_wait(struct login *l, unsigned seconds);

/* The ends of a login, which is freed, now or when its time has come.  reason
 * is for the log. */
void auth_login_grant(struct login *l);
/* The same where the login has not looked at the user: one that is not there,
 * or is disabled, is refused. */
void auth_login_grant_known(struct login *l);
void auth_login_refuse(struct login *l, const char *reason);
void auth_login_temporary(struct login *l, const char *reason);
void auth_login_end(struct login *l, enum role_verdict verdict);
/* Front speaks of one that is not there (any more). */
void auth_login_lost(struct role_channel *front, uint64_t connection);

#endif
