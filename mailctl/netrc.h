/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_NETRC_H
#define MAILCTL_NETRC_H

#include "buf.h"

/*
 * ~/.netrc: "machine HOST login USER password SECRET", and "default".
 */

/* The password of user (NULL: whoever stands there) on host goes into
 * *password, the login into *login.  False: there is none. */
bool netrc_find(struct span text, const char *host, const char *user,
    struct buf *login, struct buf *password);

#endif
