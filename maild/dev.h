/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DEV_H
#define MAILD_DEV_H

#include "conf.h"
#include "master.h"

/*
 * maild --dev: a server for trying things, that needs no root.  It is an
 * ordinary configuration, made as text, for ports from a base on, on
 * localhost, with all state in one folder and users whose password is "test".
 */
#define DEV_BASE_DEFAULT 1000
#define DEV_BASE_MAX     (65535 - 993)
#define DEV_USERS_MAX    100000
#define DEV_PASSWORD     "test"

struct dev_options {
	const char *dir; /* made if missing; NULL: a temporary one */
	uint16_t base;   /* ports: base + 143, 993, 587, 465, 24 */
	uint32_t users;  /* user1 … besides test */
	bool plaintext;
};

struct dev {
	struct dev_options options;
	char *dir; /* absolute */
	bool temporary;
	struct buf text; /* the configuration */
	struct master_user *user;
	char **name;
	size_t nusers;
};

/* Make the folder, the configuration's text and the users.  -1: why. */
int dev_init(struct dev *d, const struct dev_options *o, struct buf *why);
/* Make the certificate and leave its authority in dir/ca.pem. */
int dev_certificate(const struct dev *d, const struct conf *c,
    struct buf *why);
/* What to do with the server that runs now, for people. */
void dev_hints(const struct dev *d, struct buf *out);
/* Removes the folder if it was temporary. */
void dev_clear(struct dev *d);

#endif
