/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_USER_CONFIG_H
#define MAILCTL_USER_CONFIG_H

#include "buf.h"

/*
 * ~/.config/mailctl/config: a setting a line, its name and its value; "#"
 * begins a comment line.  "account NAME" begins an account, whose settings
 * follow; the first one is the default.
 *
 *	account home
 *	imap imaps://mail.example.org
 *	smtp smtps://mail.example.org
 *	user bob@example.org
 *	from Bob <bob@example.org>
 *	password_cmd pass show mail
 */
#define USER_CONFIG_ACCOUNTS_MAX 100

/* What is not set is NULL. */
struct user_account {
	char *name;
	char *imap, *smtp;
	char *user, *from;
	char *password, *password_file, *password_cmd, *token_cmd;
	char *ca_file;
};

struct user_config {
	struct user_account *account;
	size_t len;
};

/* -1: what is wrong, "line 3: …", stands in *err; config is empty. */
int user_config_parse(struct user_config *config, struct span text,
    struct buf *err);
void user_config_clear(struct user_config *config); /* wipes passwords */
void user_account_clear(struct user_account *a);

/* NULL: the default.  Returns NULL where there is none. */
const struct user_account *user_config_find(const struct user_config *config,
    const char *name);

/* The settings in order, for i from 0 on; *value is NULL where that one is not
 * set.  False: there are no more. */
bool user_config_setting(const struct user_account *a, size_t i,
    const char **name, const char **value);

/* An account holds its password in clear: nobody else may read the file. */
bool user_config_secret(const struct user_config *config);

#endif
