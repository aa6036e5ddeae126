/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MSGTEXT_DECODE_H
#define MAILPROTO_MSGTEXT_DECODE_H

#include "base64.h"
#include "charset.h"
#include "mime.h"
#include "msgsrc.h"
#include "qp.h"

/*
 * Reading a part from where its message lies, a window at a time.
 */

/* A run of bytes of the message, left to be read. */
struct msgtext_reader {
	const struct msgsrc *src;
	uint64_t off, left;
};

/* 1: the next bytes, valid until the next call; 0: none are left; -1: they
 * cannot be read. */
int msgtext_read(struct msgtext_reader *r, struct span *out);

/* The header of a part, up to MIME_HEADER_MAX of it; in place or in copy,
 * valid until the next read from src.  -1: cannot be read. */
int msgtext_header(struct buf *copy, const struct mime_part *p,
    const struct msgsrc *src, struct span *out);

/* The body of a part with its transfer encoding undone, and its charset. */
struct msgtext_decoder {
	struct msgtext_reader in;
	enum mime_encoding encoding;
	struct base64_stream base64;
	struct qp_stream qp;
	struct buf bytes;
	struct charset_stream *charset; /* NULL: bytes are wanted */
};

/* charset NULL: not told; it is UTF-8 then, or guessed. */
void msgtext_decoder_init(struct msgtext_decoder *d, const struct mime_part *p,
    const struct msgsrc *src, const char *charset);
/* Without the charset. */
void msgtext_decoder_init_bytes(struct msgtext_decoder *d,
    const struct mime_part *p, const struct msgsrc *src);
void msgtext_decoder_clear(struct msgtext_decoder *d);

/* Append what the next window holds, whole characters.  1: there is more, 0:
 * that was all, -1: cannot be read. */
int msgtext_decoder_next(struct msgtext_decoder *d, struct buf *out);

#endif
