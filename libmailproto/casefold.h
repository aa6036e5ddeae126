/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_CASEFOLD_H
#define MAILPROTO_CASEFOLD_H

#include "buf.h"

/*
 * i;unicode-casemap (RFC 5051): titlecase mapping, then full decomposition
 * (compatibility).  The one function behind SEARCH, SORT, the index and the
 * comparison of user names; by utf8proc.
 */

/* Append the folded form of s (UTF-8; invalid bytes are kept as they are).
 * Folding what is folded may change it again (RFC 5051 section 2, U+01C4). */
void casefold(struct buf *out, struct span s);

/* Append s, a name, in Normalization Form C.  -1: no valid UTF-8, or longer
 * than UTF8_NFC_MAX, as the time is quadratic in combining marks; nothing is
 * appended. */
#define UTF8_NFC_MAX 1024
int utf8_nfc(struct buf *out, struct span s);

#endif
