/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_STS_H
#define MAILD_STORE_STS_H

#include "store.h"

/*
 * The policies of MTA-STS that other domains have published (RFC 8461), for as
 * long as they say.  When there are too many, the one that ends first makes
 * room.
 */
#define STORE_STS_MAX      1000
#define STORE_STS_ID_MAX   32
#define STORE_STS_TEXT_MAX 32768

struct store_sts {
	int64_t expires;      /* seconds since 1970 */
	struct span id, text; /* of one that was found: live until store_end() */
};

/* Between store_begin() and store_end().  One that has ended is found, too. */
enum store_status store_sts_find(struct store *st, struct span domain,
    struct store_sts *out);
/* In the place of what was there.  domain in any case. */
void store_sts_set(struct store *st, struct span domain,
    const struct store_sts *policy, store_done done, void *arg);

#endif
