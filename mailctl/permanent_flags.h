/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_PERMANENT_FLAGS_H
#define MAILCTL_PERMANENT_FLAGS_H

#include "cmd.h"

/*
 * Which flags a mailbox keeps (RFC 9051 section 7.1, PERMANENTFLAGS).  Others
 * are not sent: servers refuse the whole command for them, or forget them.
 * Flags are strings as mail_flags.h says.
 */

/* From the code's argument, "(\Seen $Junk)"; the caller frees it.  NULL: all,
 * by "\*", or nothing is known: a mailbox that may only be read says "()". */
char *permanent_flags_read(struct span arg);

/* Those of flags that permanent keeps, for the caller to free; each of the
 * others is appended to lost, once. */
char *permanent_flags_keep(const char *permanent, const char *flags,
    struct buf *lost);

/* Warn of what is lost, if anything is. */
void permanent_flags_warn(const struct cmd *c, const char *mailbox,
    const struct buf *lost);

#endif
