/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_INTERRUPT_H
#define MAILCTL_INTERRUPT_H

#include "cmd.h"

/*
 * Long commands end in order: from interrupt_catch() on the first SIGINT,
 * SIGTERM or SIGHUP only asks for it, the second one kills.
 */
void interrupt_catch(void);
bool interrupted(void);

/* Says so, and returns the exit code. */
int interrupt_fail(const struct cmd *c);

#endif
