/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_USER_CONFIG_EDIT_H
#define MAILCTL_USER_CONFIG_EDIT_H

#include "user_config.h"

/*
 * Changes to the text of a configuration.  What they are not about stays as it
 * is; the comment lines right above an account are the account's.  Each appends
 * the whole new text to *out, which should be wiped.
 */

/* Behind the others; what is NULL is not written. */
void user_config_add(struct buf *out, struct span text,
    const struct user_account *a);
/* Without that account, or with it before all others.  False: there is none
 * of that name, and nothing was appended. */
bool user_config_remove(struct buf *out, struct span text, const char *name);
bool user_config_first(struct buf *out, struct span text, const char *name);

/* It would be read back as it is: not empty, one line, no space around it. */
bool user_config_value_ok(const char *value);

#endif
