/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_CLIENT_H
#define MAILD_AUTH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

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
	AUTH_CLIENT_NO_APP, /* no such application password */
	AUTH_CLIENT_LIMIT,  /* the user has too many of them */
};

struct auth_client;
struct event_base;
struct role_channel;
struct role_msg;

typedef void (*auth_client_done)(void *arg, enum auth_client_status st);
/* data: what was asked for, where st is OK; lives as long as the call. */
typedef void (*auth_client_told)(void *arg, enum auth_client_status st,
    struct span data);

/* create: the user must be new; else it must be there. */
void auth_client_set_password(struct auth_client *ac, struct span user,
    struct span password, bool create, auth_client_done done, void *arg);
void auth_client_delete(struct auth_client *ac, struct span user,
    auth_client_done done, void *arg);

/* A user that is disabled cannot log in. */
void auth_client_disable(struct auth_client *ac, struct span user,
    bool disabled, auth_client_done done, void *arg);

/*
 * Application passwords.  name: 1 to AUTH_CLIENT_NAME_MAX bytes, no control
 * characters.  Adding one tells it, listing them tells what
 * auth_client_app_next() takes apart.
 */
#define AUTH_CLIENT_NAME_MAX 64

void auth_client_app_add(struct auth_client *ac, struct span user,
    struct span name, auth_client_told told, void *arg);
void auth_client_app_list(struct auth_client *ac, struct span user,
    auth_client_told told, void *arg);
void auth_client_app_revoke(struct auth_client *ac, struct span user,
    uint32_t id, auth_client_done done, void *arg);

struct auth_client_app {
	uint32_t id;
	int64_t created;
	struct span name;
};

/* False: there are no more. */
bool auth_client_app_next(struct span *list, struct auth_client_app *out);

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
