/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_STATE_H
#define MAILD_AUTH_STATE_H

#include "auth_guard.h"
#include "auth_pool.h"
#include "auth_store.h"
#include "roles_peers.h"
#include "roles_process.h"

/*
 * What the files of the auth role share: auth.c is the role, auth_password.c
 * and auth_sasl.c decide about logins (auth_login.h), auth_admin.c makes the
 * changes that mail asks for.
 */
struct auth {
	struct role_process *process;
	struct auth_store *store;
	struct auth_pool *pool;
	struct auth_guard *guard;
	struct role_peers peers;
	struct buf nobody; /* a hash that no password has */
	struct auth_tokens *tokens;
	uint32_t last_request; /* to outbound */
	struct auth_logins *logins;
	struct auth_admin *admin;
};

/* Seconds, monotonic. */
int64_t auth_now(void);

/* ---- auth_login.c ---- */

struct auth_logins *auth_logins_new(void);
void auth_logins_free(struct auth_logins *ls);
/* Mail can read all that it was sent. */
void auth_tickets_sent(struct auth *a);
/* The channel is about to be freed. */
void auth_logins_lose(struct auth *a, struct role_channel *ch);

/* ---- auth_password.c ---- */

void auth_login(struct auth *a, struct role_channel *front,
    const struct role_msg *m);

/* ---- auth_sasl.c ---- */

void auth_sasl_start(struct auth *a, struct role_channel *front,
    const struct role_msg *m);
void auth_sasl_response(struct auth *a, struct role_channel *front,
    const struct role_msg *m);

/* ---- auth_oauth.c ---- */

void auth_introspected(struct auth *a, const struct role_msg *m);

/* ---- auth_admin.c ---- */

struct auth_admin *auth_admin_new(struct auth *a);
void auth_admin_free(struct auth_admin *ad);
/* SET_PASSWORD, DELETE_USER, CHANGE_USER. */
void auth_set_password(struct auth *a, const struct role_msg *m);
void auth_delete_user(struct auth *a, const struct role_msg *m);
void auth_change_user(struct auth *a, const struct role_msg *m);

#endif
