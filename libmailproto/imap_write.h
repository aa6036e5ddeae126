/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_WRITE_H
#define MAILPROTO_IMAP_WRITE_H

#include "buf.h"

/*
 * Pieces of IMAP responses and commands (RFC 9051 section 9).
 */

/* Append s as a quoted string where it can be one, else as a literal.  NUL
 * cannot be sent and becomes '?'. */
void imap_write_string(struct buf *out, struct span s);
/* The same, NIL for s.p == NULL. */
void imap_write_nstring(struct buf *out, struct span s);
/* As an atom where it can be one, else as imap_write_string() does. */
void imap_write_astring(struct buf *out, struct span s);
/* A mailbox name (UTF-8 in): modified UTF-7, or UTF-8 quoted where utf8. */
void imap_write_mailbox(struct buf *out, struct span name, bool utf8);
/* "name" may stand as an atom. */
bool imap_is_atom(struct span s);

#endif
