/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_CLIENT_H
#define MAILD_AUTH_CLIENT_H

#include <stdbool.h>

#include "span.h"

/*
 * What the mail role asks of the auth role: the credentials of users that the
 * control API creates, changes and deletes, by their canonical names
 * (user_name.h).  done runs on the loop of the caller's thread.
 */
enum auth_client_status {
	AUTH_CLIENT_OK = 0,
	AUTH_CLIENT_NOUSER,
	AUTH_CLIENT_EXISTS,
	AUTH_CLIENT_FAILED, /* the role is away, or its store failed */
};

struct auth_client;
struct event_base;
struct role_channel;
struct role_msg;

typedef void (*auth_client_done)(void *arg, enum auth_client_status st);

/* create: the user must be new; else it must be there. */
void auth_client_set_password(struct auth_client *ac, struct span user,
    struct span password, bool create, auth_client_done done, void *arg);
void auth_client_delete(struct auth_client *ac, struct span user,
    auth_client_done done, void *arg);

/* ---- for the mail role, which has the channel ---- */

#define AUTH_CLIENT_REQUESTS_MAX 4096 /* under way; more are FAILED */

struct auth_client *auth_client_new(struct event_base *base);
/* The channel to auth; NULL: it is away, so that what waits has FAILED. */
void auth_client_attach(struct auth_client *ac, struct role_channel *ch);
/* A USER_ANSWER has come. */
void auth_client_answered(struct auth_client *ac, const struct role_msg *m);
/* What waits is dropped, without done. */
void auth_client_free(struct auth_client *ac);

#endif
