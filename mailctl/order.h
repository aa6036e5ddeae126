/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_ORDER_H
#define MAILCTL_ORDER_H

#include "buf.h"

/*
 * In what order messages are shown, where that is not of their UIDs.
 */
#define ORDER_MAX 1000000 /* messages; what is beyond them is left out */

enum order_key {
	ORDER_NONE,
	ORDER_DATE, /* when the server got it */
	ORDER_FROM,
	ORDER_SIZE,
	ORDER_SUBJECT, /* without "Re:" and the like */
};

struct order_entry {
	uint32_t uid, depth; /* depth: in its thread */
};

struct order {
	struct order_entry *entry;
	size_t len, cap;
};

/* "date" and so on; -1: no such word, and *err says which there are. */
int order_key_parse(const char *word, enum order_key *key, struct buf *err);
/* As SORT calls it (RFC 5256, RFC 5957). */
const char *order_key_imap(enum order_key key);

void order_add(void *order, uint32_t uid, uint32_t depth);
void order_reverse(struct order *o);
/* Keep the last ones; 0: all. */
void order_cut(struct order *o, size_t limit);
void order_clear(struct order *o);

#endif
