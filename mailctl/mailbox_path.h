/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAILBOX_PATH_H
#define MAILCTL_MAILBOX_PATH_H

#include "buf.h"

/*
 * Mailboxes as folders: a level each, under its own name.  What would be no
 * folder, or be hidden, or stand in a Maildir for something else ("cur",
 * "new", "tmp") has a byte as %XX, and so has "%" itself.
 */

/* Append the path of a mailbox, whose levels are separated by separator (0:
 * it has none).  False: there is no path for it. */
bool mailbox_path(struct buf *out, const char *name, char separator);

/* Append the mailbox of a path.  False: it is no mailbox's. */
bool mailbox_path_name(struct buf *out, const char *path, char separator);

#endif
