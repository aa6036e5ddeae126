/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BASE64_H
#define MAILPROTO_BASE64_H

#include "buf.h"

/*
 * Base64 (RFC 2045 section 6.8; strict form RFC 4648 section 4).
 */

/* Append s encoded, padded; wrap > 0: CRLF after every wrap characters. */
void base64_encode(struct buf *out, struct span s, unsigned wrap);

/* Strict, for SASL: the whole of s, no white space, right padding.  -1: bad
 * syntax, nothing is appended. */
int base64_decode(struct buf *out, struct span s);

/*
 * Tolerant and streaming, for message bodies: characters outside the alphabet
 * are skipped, padding ends a group and decoding goes on behind it.  A zeroed
 * struct is a start.  Bytes that never complete a group yield what they hold.
 */
struct base64_stream {
	uint32_t acc;
	unsigned bits;
};
void base64_stream(struct base64_stream *st, struct buf *out, struct span s);

#endif
