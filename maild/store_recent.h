/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_RECENT_H
#define MAILD_STORE_RECENT_H

/* Takes of store_recent() that are on their way to the mailbox's header. */
struct store_takes;

struct store_takes *store_takes_new(void);
void store_takes_free(struct store_takes *t);

#endif
