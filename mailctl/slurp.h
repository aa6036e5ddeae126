/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SLURP_H
#define MAILCTL_SLURP_H

#include "buf.h"

/*
 * Whole files into memory, within the buffer's limit.  errno says why not;
 * EFBIG: it is larger.
 */
int slurp_fd(int fd, struct buf *out);
int slurp_file(const char *path, struct buf *out);

/* PATH below the home directory, for the caller to free; NULL: no HOME. */
char *slurp_home_path(const char *path);
/* The same for what mailctl remembers: $XDG_STATE_HOME/mailctl/NAME, which is
 * below ~/.local/state where it is not set. */
char *slurp_state_path(const char *name);

#endif
