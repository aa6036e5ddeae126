/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_RECORD_H
#define MAILD_AUTH_RECORD_H

#include "scram.h"

/*
 * What auth's store holds of one user: credentials in forms that check a login
 * and cannot make one.
 *
 * As bytes: flags, salt, keys, the hash's length (16 bits) and the hash; then
 * the application passwords, each as id, time, digest, keys and a name with its
 * length (8 bits).
 */
#define AUTH_RECORD_HASH_MAX 384 /* CRYPT_OUTPUT_SIZE */
#define AUTH_APPS_MAX        32
#define AUTH_APP_NAME_MAX    64

/* SCRAM's count for all keys: the same for every user, known or not, so that
 * it tells nothing. */
#define AUTH_SCRAM_ITERATIONS 10000

/*
 * A password made by this server for one program.  It is random and long, so
 * that a digest guards it as well as a slow hash.
 */
struct auth_app {
	uint32_t id; /* of this user's */
	int64_t created;
	uint8_t digest[32];
	struct scram_keys keys;
	struct span name;
};

struct auth_record {
	bool disabled;
	uint8_t salt[SCRAM_SALT_SIZE]; /* of all its SCRAM keys */
	struct scram_keys keys;
	struct span hash; /* as crypt(3) writes it */
	struct auth_app app[AUTH_APPS_MAX];
	size_t napps;
};

/* Spans point into s.  -1: it is none. */
int auth_record_parse(struct span s, struct auth_record *r);
void auth_record_format(struct buf *out, const struct auth_record *r);

#endif
