/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_APP_H
#define MAILD_AUTH_APP_H

#include "auth_record.h"

/*
 * Application passwords: made here, one for each program that a user has, so
 * that each can be taken back alone.  A digest with the user's salt guards
 * them, which suffices for 125 random bits and costs no time.
 */
#define AUTH_APP_TEXT "xxxxx-xxxxx-xxxxx-xxxxx-xxxxx"

/* A new one: all of app but id and name, and its text appended to password. */
void auth_app_make(struct auth_app *app, const uint8_t salt[SCRAM_SALT_SIZE],
    struct buf *password);

/* Whether it is one of the user's. */
bool auth_app_matches(const struct auth_record *r, struct span password);

/* As a role's answer: each one's id, time, and name with its length. */
void auth_apps_format(struct buf *out, const struct auth_record *r);

#endif
