/* SPDX-License-Identifier: ISC */
#ifndef MAILD_USER_NAME_H
#define MAILD_USER_NAME_H

#include "buf.h"

/*
 * The canonical form of an address: valid UTF-8, lower case, Normalization
 * Form C, its domain in A-labels where it was completed.  Users and aliases are stored, logged in, shown and logged under it,
 * so that one name stands everywhere.
 */
#define USER_NAME_MAX 254 /* bytes of an address */

struct conf;

/* Append it.  -1: no valid UTF-8, or too long; nothing is appended. */
int user_name_fold(struct buf *out, struct span address);

/*
 * As what users type: without a domain it is completed with the first one of
 * the configuration, then folded, and its domain made A-labels.  Whether that is
 * an address, or a user, is not asked.  -1 as above, or it has no A-labels.
 */
int user_name_complete(struct buf *out, const struct conf *conf,
    struct span name);

/* The domain, behind the last "@"; empty: there is none. */
struct span user_name_domain(struct span address);

#endif
