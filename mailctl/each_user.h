/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_EACH_USER_H
#define MAILCTL_EACH_USER_H

#include "cmd.h"

/*
 * -A: run c's command once for each user of the server, those left out that are
 * disabled.  It goes on behind a user for whom it fails; who that was is said
 * at the end.  What they print is one table.  Returns the exit code of the first that failed; else EX_OK where
 * there was an answer for anyone, or EX_NO.
 */
int each_user_run(struct cmd *c);

/* The file or folder of a command that runs for each user: the user's own in
 * the folder path, which is made if need be (make); path itself where it does
 * not.  Borrowed from path or *own, which is the caller's to free; NULL: there
 * is none, as has been said. */
const char *each_user_path(const struct cmd *c, const char *path, bool make,
    struct buf *own);

#endif
