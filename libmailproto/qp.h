/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_QP_H
#define MAILPROTO_QP_H

#include "buf.h"

/*
 * Quoted-printable (RFC 2045 section 6.7), streaming.  A zeroed struct is a
 * start.  Decoding is tolerant: a bad escape stands for itself; trailing white
 * space of an encoded line is dropped; line ends come out as they went in.
 * Call qp_stream_end() at the end of input for what was held back.
 */
#define QP_HELD_MAX 1024

struct qp_stream {
	char held[QP_HELD_MAX];
	size_t nheld;
};
void qp_stream(struct qp_stream *st, struct buf *out, struct span s);
void qp_stream_end(struct qp_stream *st, struct buf *out);

/* Append text (any line ends, which become CRLF) encoded, lines <= 76. */
void qp_encode(struct buf *out, struct span text);

#endif
