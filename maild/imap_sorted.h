/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SORTED_H
#define MAILD_IMAP_SORTED_H

#include "imap_sort.h"

/*
 * The results of a SORT that is kept up to date, in their order (CONTEXT=SORT,
 * RFC 5267), and how they change: each change has the place at which the client
 * makes it, so all are told, one after the other.
 */
#define IMAP_SORTED_MAX 50000 /* results of one; beyond, it is refused */

struct imap_sorted;

/*
 * Take over rows, whose ids are UIDs, and order, which says in which order they
 * are the results.  NULL: they are too many, and stay the caller's.
 */
struct imap_sorted *imap_sorted_new(struct sort_rows *rows, uint32_t **order);
void imap_sorted_free(struct imap_sorted *s); /* NULL is fine */

/* The message with that UID is a result now; m can load it.  told: what stands
 * for it in the answer.  What cannot be read is not added. */
enum store_status imap_sorted_add(struct imap_sorted *s,
    struct imap_message *m, uint32_t uid, uint32_t told);
/* It is one no more. */
void imap_sorted_remove(struct imap_sorted *s, uint32_t uid, uint32_t told);

/* Write the changes.  False: there is no room for all. */
bool imap_sorted_write(struct imap_sorted *s, struct imap *im, const char *tag,
    bool uid);
/* There are none to be written. */
bool imap_sorted_told(const struct imap_sorted *s);

#endif
