/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_PREVIEW_H
#define MAILPROTO_PREVIEW_H

#include "mime.h"
#include "msgsrc.h"

/*
 * The first words of a message, for lists of messages (RFC 8970).
 */
#define PREVIEW_MAX 200 /* characters */

/*
 * Append the beginning of the first text/plain part that is no attachment,
 * else of the first text/html: UTF-8 on one line, white space folded, without
 * quoted lines and without markup.  Nothing where there is no text.  src may
 * hold fewer bytes than the message has.
 */
void preview_make(
    struct buf *out, const struct mime_tree *t, const struct msgsrc *src);

/* The same as an IMAP string. */
void preview_write(struct buf *out, const struct mime_tree *t,
    const struct msgsrc *src);

/* The same of text at hand, of so many characters. */
void preview_plain(struct buf *out, struct span text, size_t max);
void preview_html(struct buf *out, struct span text, size_t max);

#endif
