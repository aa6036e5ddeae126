/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_ENVELOPE_H
#define MAILPROTO_ENVELOPE_H

#include "buf.h"

/*
 * ENVELOPE as it goes on the wire (RFC 9051 section 7.5.2).
 */

/* Append the parenthesised envelope of a message with that header block.
 * Well-formed whatever the header: strings are quoted or literals without
 * NUL, line ends unfolded.  Never more than ENVELOPE_MAX bytes: overlong
 * fields are cut. */
#define ENVELOPE_MAX ((size_t)3 << 20)

void envelope_write(struct buf *out, struct span header);

#endif
