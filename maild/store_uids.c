/* SPDX-License-Identifier: ISC */
#include "store_uids.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

static size_t
bytes(size_t room)
{
	return sizeof(struct store_uids) + room * sizeof(uint32_t);
}

/* With what is likely to come. */
static size_t
and_more(size_t n)
{
	return n + n / 8 + 16;
}

static struct store_uids *
new(size_t room)
{
	struct store_uids *u = xmalloc(bytes(room));

	*u = (struct store_uids){ .users = 1, .cap = room };
	return u;
}

struct store_uids *
store_uids_new(size_t n)
{
	return new(and_more(n));
}

struct store_uids *
store_uids_share(struct store_uids *u)
{
	u->users++;
	return u;
}

void
store_uids_release(struct store_uids *u)
{
	if (u != NULL && --u->users == 0)
		free(u);
}

/* The first len, where there is room for more, and nobody else. */
static struct store_uids *
own(struct store_uids *u, size_t len, size_t room)
{
	struct store_uids *mine;

	if (u->users == 1) {
		mine = xrealloc_array(u, 1, bytes(room));
		mine->cap = room;
	} else {
		mine = new(room);
		memcpy(mine->uid, u->uid, len * sizeof(u->uid[0]));
		store_uids_release(u);
	}
	mine->len = len;
	return mine;
}

void
store_uids_append(struct store_uids **u, size_t len, const uint32_t *uid,
    size_t n)
{
	size_t others = (*u)->len - len, same = others < n ? others : n;

	if (memcmp((*u)->uid + len, uid, same * sizeof(*uid)) != 0 ||
	    len + n > (*u)->cap)
		*u = own(*u, len, len + len / 2 + n);
	others = (*u)->len - len; /* a reader of the pool may be at them */
	if (others >= n)
		return;
	memcpy((*u)->uid + (*u)->len, uid + others,
	    (n - others) * sizeof(*uid));
	(*u)->len = len + n;
}

size_t
store_uids_remove(struct store_uids **u, size_t len, const struct seqset *gone)
{
	struct store_uids *mine = *u = own(*u, len, and_more(len));
	size_t out = 0, r = 0;

	for (size_t i = 0; i < len; i++) {
		while (r < gone->len && gone->range[r].hi < mine->uid[i])
			r++;
		if (r == gone->len || mine->uid[i] < gone->range[r].lo)
			mine->uid[out++] = mine->uid[i];
	}
	mine->len = out;
	return out;
}
