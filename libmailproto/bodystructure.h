/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BODYSTRUCTURE_H
#define MAILPROTO_BODYSTRUCTURE_H

#include "buf.h"
#include "mime.h"

/*
 * BODY and BODYSTRUCTURE as they go on the wire (RFC 9051 section 7.5.2).
 */

/* Append the parenthesised structure; extended: BODYSTRUCTURE, with extension
 * data (MD5, disposition, language, location).  Never more than
 * BODYSTRUCTURE_MAX bytes: what would need more is described by its type and
 * sizes alone. */
#define BODYSTRUCTURE_MAX ((size_t)3 << 20)

void bodystructure_write(struct buf *out, const struct mime_parser *p,
    bool extended);

/* Append body-fld-param: NIL, or names and values.  What RFC 2231 splits is
 * joined, as "name" where it is ASCII, else as "name*" in UTF-8. */
void bodystructure_params(struct buf *out, const struct param_list *l);

#endif
