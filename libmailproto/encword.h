/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_ENCWORD_H
#define MAILPROTO_ENCWORD_H

#include "buf.h"

/*
 * Encoded words in header text (RFC 2047, language tags of RFC 2231).
 */

/* Append s (unfolded) with its encoded words decoded to UTF-8; white space
 * between two of them is dropped, and words of one charset and encoding that
 * split a character are joined first.  Control characters that come out become
 * spaces.  What is no encoded word is kept as it is. */
void encword_decode(struct buf *out, struct span s);

/* Append s (UTF-8) so that it may stand in an unstructured field, or as a name
 * in front of an address, whose line has col characters already: as it is when
 * ASCII, else as UTF-8 encoded words of at most 75 characters with folds
 * between.  Control characters become spaces: no line can be smuggled in. */
void encword_encode(struct buf *out, struct span s, size_t col);

#endif
