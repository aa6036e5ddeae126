/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_ACCOUNT_FILE_H
#define MAILCTL_ACCOUNT_FILE_H

#include "cmd.h"
#include "user_config.h"

/*
 * The configuration (user_config.h) on disk: --config, else
 * $XDG_CONFIG_HOME/mailctl/config, else ~/.config/mailctl/config.  Functions
 * give 0, or an exit code after they have said what is wrong.
 */
struct account_file {
	char *path; /* NULL: there is no home either */
	struct buf text;
	struct user_config config;
};

/* One that does not exist is empty; where --config names it and must is set,
 * that is an error.  One with a password that others can read is refused. */
int account_file_read(struct account_file *f, const struct cmd *c, bool must);
void account_file_clear(struct account_file *f); /* wipes passwords */

/* Before one is read in order to be changed: nobody else changes it then, until
 * *lock is closed (-1: there is none, after an error). */
int account_file_lock(const struct cmd *c, int *lock);

/* Under that lock: replace its text, with mode 0600, as long as that is a configuration. */
int account_file_write(struct account_file *f, const struct cmd *c,
    struct span text);

#endif
