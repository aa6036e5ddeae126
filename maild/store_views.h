/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_VIEWS_H
#define MAILD_STORE_VIEWS_H

#include "store.h"

/*
 * Views of mailboxes that were opened lately, so that who opens one again need
 * only be told what has happened since.  They are nobody's: who may read is for
 * the caller to see to.  The one that nobody asked for longest goes first.
 */
#define STORE_VIEWS_MAX   64                /* mailboxes … */
#define STORE_VIEWS_BYTES ((size_t)8 << 20) /* … and what their UIDs take */

struct store_views;

struct store_views *store_views_new(void);
void store_views_free(struct store_views *vs);
/* That of a mailbox; where there is none, an empty one whose uids are NULL.  It
 * is good until the next call of any, and may be cleared. */
struct store_view *store_views_get(struct store_views *vs, uint64_t mailbox);
/* After one of them grew: keep to STORE_VIEWS_BYTES. */
void store_views_trim(struct store_views *vs);

#endif
