/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DOMAINS_H
#define MAILD_DOMAINS_H

#include "conf.h"
#include "store.h"

/*
 * The domains whose mail is delivered here: those of the configuration, and
 * those that were added by the control API, in the store.  All are in A-labels
 * and compare without case.
 */

/* The configuration names it. */
bool domains_configured(const struct conf *conf, struct span domain);
/*
 * The domain of an address is one of them: STORE_OK, or STORE_NONEXISTENT; else
 * the store has failed.
 */
enum store_status domains_find(struct store *st, const struct conf *conf,
    struct span address);

#endif
