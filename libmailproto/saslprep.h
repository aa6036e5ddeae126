/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SASLPREP_H
#define MAILPROTO_SASLPREP_H

#include "buf.h"

/*
 * SASLprep (RFC 4013): the form in which names and passwords are compared, so
 * that the same letters typed on another keyboard are the same.  Code points
 * that Unicode 3.2 did not know are let through, as normalized today.
 */
#define SASLPREP_MAX 1024 /* bytes; normalization may take quadratic time */

/* Append it.  -1: longer than SASLPREP_MAX, no valid UTF-8, or with a character
 * that may not be in it; nothing is appended. */
int saslprep(struct buf *out, struct span s);

/* The same, but what cannot be prepared is appended as it is: a password is
 * still a password. */
void saslprep_or_raw(struct buf *out, struct span s);

#endif
