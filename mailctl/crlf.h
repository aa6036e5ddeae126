/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_CRLF_H
#define MAILCTL_CRLF_H

#include <stdio.h>

#include "buf.h"

/*
 * Line ends: CRLF as mail travels, LF as it lies in files.
 */

/* Write s with each CRLF as LF; other bytes stay.  -1: errno says why. */
int crlf_write_lf(FILE *file, struct span s);

/* Append s with each LF as CRLF; those that have it stay. */
void crlf_add(struct buf *out, struct span s);
/* The bytes that it appends. */
uint64_t crlf_size(struct span s);

#endif
