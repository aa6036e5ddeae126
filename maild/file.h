/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FILE_H
#define MAILD_FILE_H

#include <sys/stat.h>

#include "buf.h"

/*
 * Small files as a whole: certificates, keys, configurations.  -1: see errno.
 */

/* Append what path holds; EFBIG when that is over the limit of out.  sb, if not
 * NULL, is filled from the file that was read. */
int file_read(struct buf *out, const char *path, struct stat *sb);

/* A reader of path sees the old content or the new one; after a crash, too. */
int file_write(const char *path, mode_t mode, struct span data);

#endif
