/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SMTP_H
#define MAILD_SMTP_H

#include "session.h"

/*
 * SMTP in the mail role: submission of a user who has logged in (front has
 * spoken EHLO, STARTTLS and AUTH; the first words here are the 235), LMTP (RFC
 * 2033), and mail from the world, of which front speaks the SMTP (inbound.h).
 *
 * A reply to the end of data means that the message is durable in every
 * mailbox that it names.
 */
extern const struct session_proto smtp_submission_proto, smtp_lmtp_proto,
    smtp_inbound_proto;

#endif
