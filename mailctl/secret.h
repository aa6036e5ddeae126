/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_SECRET_H
#define MAILCTL_SECRET_H

#include "cmd.h"

/*
 * Passwords, never from the command line.  Each function appends one to *out,
 * which should be wiped, without the line end behind it.  They return 0, or an
 * exit code after they have said what is wrong.
 */
#define SECRET_MAX 4096

/* By --password-fd, --password-file or MAILCTL_PASSWORD; *found says whether
 * there was one. */
int secret_given(const struct cmd *c, struct buf *out, bool *found);
int secret_file(const struct cmd *c, const char *path, struct buf *out);
/* What a shell command, of that setting, prints; its standard error is ours. */
int secret_command(const struct cmd *c, const char *setting,
    const char *command, struct buf *out);
/* Ask on the terminal; without one that is EX_NOPERM.  twice: for a new one. */
int secret_prompt(const struct cmd *c, const char *prompt, bool twice,
    struct buf *out);

#endif
