/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_PRIVATE_FILE_H
#define MAILCTL_PRIVATE_FILE_H

#include "cmd.h"

/*
 * Files of the user that may hold passwords.
 */
#define PRIVATE_FILE_MAX ((size_t)1 << 20)

/* Append what is in it, which should be wiped.  *shared: others can read it.
 * -1: errno says why not. */
int private_file_read(const char *path, struct buf *text, bool *shared);

/* Says that a shared one holds a password, and what to do; returns EX_CONFIG. */
int private_file_refuse(const struct cmd *c, const char *path);

/* Of a path in a configuration, for the caller to free: "~/" is the home. */
char *private_file_path(const char *path);

#endif
