/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BODYSTRUCTURE_H
#define MAILPROTO_BODYSTRUCTURE_H

#include "buf.h"
#include "mime.h"

/*
 * BODY and BODYSTRUCTURE as they go on the wire (RFC 9051 section 7.5.2).
 */

/* Append the parenthesised structure; extended: BODYSTRUCTURE, with extension
 * data (MD5, disposition, language, location). */
void bodystructure_write(struct buf *out, const struct mime_parser *p,
    bool extended);

#endif
