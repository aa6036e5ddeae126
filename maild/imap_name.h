/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_NAME_H
#define MAILD_IMAP_NAME_H

#include "imap_state.h"

/*
 * Mailbox names in the one form that they are kept in, for clients that have
 * enabled IMAP4rev2; to others these write nothing.
 */

/* The LIST response that SELECT and EXAMINE owe (RFC 9051 section 6.3.2). */
void imap_name_selected(struct imap *im, struct span given);
/* The mailbox that was given one name is called by the other's one form now:
 * LIST with OLDNAME (section 6.3.9.7), if one was not in that form. */
void imap_name_made(struct imap *im, struct span old, struct span given);
void imap_name_deleted(struct imap *im, struct span given);

#endif
