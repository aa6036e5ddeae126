/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MAIL_TICKET_H
#define MAILD_MAIL_TICKET_H

#include "roles.h"

/*
 * Tickets: what auth said of logins, until front shows up with them.  Each is
 * good once, for its scope, for ROLE_TICKET_SECONDS.
 */
#define MAIL_TICKETS_MAX 4096

struct mail_tickets;

struct mail_tickets *mail_tickets_new(void);
void mail_tickets_free(struct mail_tickets *t);

/* now: seconds of a monotonic clock.  -1: there are too many, or that id is
 * there already. */
int mail_tickets_keep(struct mail_tickets *t, const struct role_ticket *id,
    enum role_scope scope, struct span user, int64_t now);

/* The user's name, which the caller frees; NULL: no such ticket, not for that
 * scope, or not any more.  It is used up in any case. */
char *mail_tickets_take(struct mail_tickets *t, const struct role_ticket *id,
    enum role_scope scope, int64_t now);

#endif
