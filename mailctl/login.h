/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_LOGIN_H
#define MAILCTL_LOGIN_H

#include "account_file.h"

/*
 * Which servers a command talks to, and as whom: from the options, then the
 * configuration, then ~/.netrc and the terminal for the password.
 */
struct login {
	const char *imap, *smtp; /* URLs; NULL: none is known */
	const char *user;        /* NULL: none */
	const char *from;        /* as in a From field; NULL: none */
	const char *ca_file;     /* NULL: the system's */
	bool admin; /* no password: by the control socket, which imap names */
	bool asked; /* from login_password() on: it stands in no file */
	bool token; /* from login_password() on: it is an OAuth 2.0 token */
	/* private */
	struct buf password, netrc_user;
	bool has_password;
	char *ca_path;
	struct account_file file;
	const struct user_account *account;
};

/* Returns 0, or an exit code after it has said what is wrong. */
int login_init(struct login *l, const struct cmd *c);
/* The same for an account that is in no file yet; a is borrowed. */
void login_use(struct login *l, const struct cmd *c,
    const struct user_account *a);
void login_clear(struct login *l); /* wipes the password */

/* The password for the server at url, asked for now if need be; it lives as
 * long as l. */
int login_password(struct login *l, const struct cmd *c, const char *url,
    const char **password);

#endif
