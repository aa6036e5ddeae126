/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_UIDS_H
#define MAILD_STORE_UIDS_H

#include <stddef.h>
#include <stdint.h>

#include "seqset.h"

/*
 * UIDs in ascending order, in an array that views of one mailbox share while
 * they see the same: each has the first so many of it.  What is new is appended
 * once for all of them; who loses a message gets an array of its own.  Four
 * bytes a message and an eighth more.  All calls are of one thread at a time;
 * another may read what a user of the array has.
 */
struct store_uids {
	unsigned users;
	size_t len, cap; /* len: of the user that has most of it */
	uint32_t uid[];
};

/* An empty one with room for so many, and for some that come later. */
struct store_uids *store_uids_new(size_t n);
/* One user more, to be released like the first. */
struct store_uids *store_uids_share(struct store_uids *u);
void store_uids_release(struct store_uids *u); /* NULL: nothing to do */
/*
 * Append uid[0..n) to the first len, which are the caller's.  *u may be another
 * array afterwards.
 */
void store_uids_append(struct store_uids **u, size_t len, const uint32_t *uid,
    size_t n);
/* Take those of gone out of the first len; how many are left.  *u as above. */
size_t store_uids_remove(struct store_uids **u, size_t len,
    const struct seqset *gone);

#endif
