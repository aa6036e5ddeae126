/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_UTF7_H
#define MAILPROTO_UTF7_H

#include "buf.h"

/*
 * Modified UTF-7 of IMAP mailbox names (RFC 3501 section 5.1.3).
 */

/* UTF-8 to modified UTF-7.  -1: s is no valid UTF-8; nothing is appended. */
int utf7_encode(struct buf *out, struct span s);

/* Modified UTF-7 to UTF-8; strict: only the canonical encoding of a name is
 * accepted.  -1: bad syntax or U+0000; nothing is appended. */
int utf7_decode(struct buf *out, struct span s);

#endif
