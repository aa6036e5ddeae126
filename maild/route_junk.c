/* SPDX-License-Identifier: ISC */
#include "route.h"

static bool
is_junk(void *arg, const struct store_listed *l)
{
	struct store_mailbox *junk = arg;

	if (l->shared || !l->exists || (l->use & STORE_USE_JUNK) == 0)
		return true;
	*junk = l->mailbox;
	return false;
}

static bool
stands_before(const struct route *r, size_t n, uint64_t mailbox)
{
	for (size_t i = 0; i < n; i++) {
		if (r->target[i].mailbox.id == mailbox)
			return true;
	}
	return false;
}

void
route_junk(struct route *r, struct store *st)
{
	size_t n = 0;

	store_begin(st);
	for (size_t i = 0; i < r->ntargets; i++) {
		struct route_target t = r->target[i];
		struct store_user u = { .id = t.mailbox.owner };

		store_mailbox_each(st, &u, is_junk, &t.mailbox);
		if (!stands_before(r, n, t.mailbox.id))
			r->target[n++] = t;
	}
	store_end(st);
	r->ntargets = n;
}
