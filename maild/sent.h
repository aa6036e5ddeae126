/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SENT_H
#define MAILD_SENT_H

#include "store.h"

/*
 * What users have submitted, filed where they keep what they sent.
 *
 * A filed message has the keyword $Submitted (RFC 5550 section 5.10), which is
 * all that is remembered of it.  It is replaced by what the client itself puts
 * there afterwards: a message with the same Message-ID and, where it has one,
 * the same Date, that comes within SENT_WINDOW seconds and while it is among
 * the last SENT_LAST UIDs of the mailbox.
 */
#define SENT_NAME    "Sent"
#define SENT_KEYWORD "$Submitted"
#define SENT_WINDOW  3600
#define SENT_LAST    100

/* The mailbox: the user's own with the special use \Sent, or else SENT_NAME.
 * STORE_NONEXISTENT: there is neither. */
enum store_status sent_mailbox(struct store *st, const struct store_user *u,
    struct store_mailbox *out);

/* The UID of that message in it as the rule above says; filed: only of those
 * with the keyword.  0: there is none. */
uint32_t sent_find(struct store *st, const struct store_mailbox *m,
    const struct store_message *message, bool filed);

#endif
