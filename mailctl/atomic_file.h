/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_ATOMIC_FILE_H
#define MAILCTL_ATOMIC_FILE_H

#include "span.h"

/*
 * Replace the file at path, or make it, with mode 0600; the folders above it
 * are made where they lack, with mode 0700.  Whatever interrupts that, the
 * file has its old content or the new one.  -1: errno says why not.
 */
int atomic_file_write(const char *path, struct span content);

/*
 * For who reads the file, and replaces it by what follows from that: wait until
 * nobody else does so, here or in another process.  The lock is the folder's,
 * since the file does not stay the same one; it is held until the descriptor
 * that is returned is closed.  -1: errno says why not.
 */
int atomic_file_lock(const char *path);

#endif
