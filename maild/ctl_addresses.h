/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CTL_ADDRESSES_H
#define MAILD_CTL_ADDRESSES_H

#include "ctl_request.h"

/*
 * Lists of addresses in the bodies of the control API, as the store keeps them
 * of an alias and of what a user may write from.
 */
struct ctl_addresses {
	struct buf text[STORE_TARGETS_MAX];
	struct span span[STORE_TARGETS_MAX];
	size_t len;
};

/* The body {"key": [...]}, each address completed and folded (user_name.h).
 * NULL: it is good; or what is wrong with it.  Free it in any case. */
const char *ctl_addresses_read(struct ctl_addresses *a, const struct conf *conf,
    json_t *body, const char *key);
void ctl_addresses_free(struct ctl_addresses *a);

json_t *ctl_addresses_json(const struct store_alias *a);

#endif
