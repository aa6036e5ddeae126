/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAIL_FILE_H
#define MAILCTL_MAIL_FILE_H

#include "cmd.h"

/*
 * Messages as files.  Functions that return int give 0, or an exit code after
 * they have said what is wrong.
 */
#define MAIL_FILE_MAX ((size_t)256 << 20)

/*
 * Write body to the file at temp, give it that modification time, and rename
 * it to path: a file at path is always whole.  lf: with LF line ends.  It is
 * not synced.
 */
int mail_file_write(const struct cmd *c, const char *temp, const char *path,
    struct span body, int64_t mtime, bool lf);

/* Append its bytes with CRLF line ends. */
int mail_file_read(const struct cmd *c, const char *path, struct buf *out,
    int64_t *mtime);

/* mkdir that is content with one that is there. */
int mail_file_folder(const struct cmd *c, const char *path);
/* cur, new and tmp in it, too. */
int mail_file_maildir(const struct cmd *c, const char *path);

/* What was written to the file system of that folder is durable. */
int mail_file_sync(const struct cmd *c, const char *folder);

/*
 * Call fn for each name in a folder but those that begin with a dot, in order;
 * its first return that is not 0 ends it.  A folder that is not there is
 * empty.
 */
int mail_file_each(const struct cmd *c, const char *folder,
    int (*fn)(void *arg, const char *folder, const char *name), void *arg);

/* "PATH: why". */
int mail_file_fail(const struct cmd *c, int code, const char *path);

#endif
