/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROUTE_PLACE_H
#define MAILD_ROUTE_PLACE_H

#include "conf.h"
#include "store.h"

/* One address taken apart; the text is local + "@" + domain. */
struct place {
	char text[STORE_ADDRESS_MAX + 1];
	struct span local, domain; /* in text */
};

/* Without quotes, the domain in A-labels.  False: it is too long, or no
 * domain. */
bool place_set(struct place *p, struct span local, struct span domain);
/* "local@domain" as in RCPT, or "postmaster". */
bool place_parse(struct place *p, const struct conf *conf, struct span address);
/* The local part up to the separator, and what stands behind it. */
bool place_split_detail(const struct conf *conf, struct span local,
    struct span *base, struct span *detail);
/* The user's mailbox that the detail names; senders may have changed its case
 * on the way.  Between store_begin() and store_end().  False: there is none. */
bool place_folder(struct store *st, const struct store_user *u,
    struct span detail, struct store_mailbox *out);

#endif
