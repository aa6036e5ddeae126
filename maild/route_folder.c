/* SPDX-License-Identifier: ISC */
#include "casefold.h"
#include "route_place.h"

struct folder_search {
	struct buf wanted, name; /* folded */
	struct store_mailbox found;
	bool hit;
};

static bool
folder_matches(void *arg, const struct store_listed *l)
{
	struct folder_search *f = arg;

	buf_clear(&f->name);
	casefold(&f->name, l->name);
	if (!l->exists || l->shared ||
	    !span_eq(buf_span(&f->name), buf_span(&f->wanted)))
		return true;
	f->found = l->mailbox;
	f->hit = true;
	return false;
}

bool
place_folder(struct store *st, const struct store_user *u, struct span detail,
    struct store_mailbox *out)
{
	struct folder_search f = { 0 };

	if (detail.n == 0)
		return false;
	/* Only the user's own; what others share is not for mail. */
	if (store_mailbox_open(st, u, detail, out) == STORE_OK &&
	    out->owner == u->id)
		return true;
	casefold(&f.wanted, detail);
	store_mailbox_each(st, u, folder_matches, &f);
	buf_free(&f.wanted);
	buf_free(&f.name);
	if (f.hit)
		*out = f.found;
	return f.hit;
}
