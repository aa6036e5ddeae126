/* SPDX-License-Identifier: ISC */
#include "order.h"

#include <stdlib.h>

static const struct {
	const char *word, *imap;
} keys[] = {
	[ORDER_DATE] = { "date", "ARRIVAL" },
	[ORDER_FROM] = { "from", "DISPLAYFROM" },
	[ORDER_SIZE] = { "size", "SIZE" },
	[ORDER_SUBJECT] = { "subject", "SUBJECT" },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

int
order_key_parse(const char *word, enum order_key *key, struct buf *err)
{
	for (size_t i = ORDER_NONE + 1; i < NKEYS; i++) {
		if (strcmp(word, keys[i].word) == 0) {
			*key = (enum order_key)i;
			return 0;
		}
	}
	buf_adds(err, "--sort may be");
	for (size_t i = ORDER_NONE + 1; i < NKEYS; i++)
		buf_addf(err, " %s", keys[i].word);
	return -1;
}

const char *
order_key_imap(enum order_key key)
{
	return keys[key].imap;
}

void
order_add(void *order, uint32_t uid, uint32_t depth)
{
	struct order *o = order;

	if (o->len == ORDER_MAX)
		return;
	if (o->len == o->cap) {
		o->cap = o->cap > 0 ? 2 * o->cap : 64;
		o->entry = xrealloc_array(o->entry, o->cap,
		    sizeof(o->entry[0]));
	}
	o->entry[o->len++] = (struct order_entry){ uid, depth };
}

void
order_reverse(struct order *o)
{
	for (size_t i = 0; i < o->len / 2; i++) {
		struct order_entry e = o->entry[i];

		o->entry[i] = o->entry[o->len - 1 - i];
		o->entry[o->len - 1 - i] = e;
	}
}

void
order_cut(struct order *o, size_t limit)
{
	if (limit == 0 || o->len <= limit)
		return;
	memmove(o->entry, o->entry + o->len - limit,
	    limit * sizeof(o->entry[0]));
	o->len = limit;
}

void
order_clear(struct order *o)
{
	free(o->entry);
	*o = (struct order){ 0 };
}
