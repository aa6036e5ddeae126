/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SANDBOX_H
#define MAILD_SANDBOX_H

#include "buf.h"
#include "roles.h"

/*
 * What a role gives up, for good, so that a bug in it stays in it.  In two
 * steps: before it opens its files, and after.  -1: why says what could not be
 * given up; the role then does not run.
 *
 * sandbox_enter(), before the process has threads: core dumps, new privileges,
 * all capabilities; as root also the user (the setting "user") and, in front
 * and outbound, the file system; where the kernel has Landlock, every file but the role's
 * own.
 *
 * sandbox_limit(): all system calls but those that the role needs; also for
 * threads that run already.
 *
 * Builds with sanitizers keep their files and system calls: they need them.
 */
struct conf;

int sandbox_enter(enum role role, const struct conf *conf, struct buf *why);
int sandbox_limit(enum role role, struct buf *why);

/* The part of sandbox_enter() that is Landlock's: sandbox_files.c.  Where there
 * is none, nothing is done. */
int sandbox_files(enum role role, const struct conf *conf, struct buf *why);

#endif
