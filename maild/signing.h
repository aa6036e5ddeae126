/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SIGNING_H
#define MAILD_SIGNING_H

#include "dkim.h"
#include "store.h"

/*
 * Signatures on what this server's users and the server itself write
 * (RFC 6376), by the keys of their domains.
 */

/* begin as for dkim_message_new().  NULL: the domain of the author has no
 * keys, or the message is one that cannot be signed. */
struct dkim_message *signing_begin(struct store *st, struct span begin);
/* After its end: append a signature of each of the keys. */
void signing_write(struct store *st, const struct dkim_message *m,
    struct buf *out);

#endif
