/* SPDX-License-Identifier: ISC */
#include "store_views.h"

#include <stdlib.h>

#include "buf.h"
#include "store_uids.h"

struct kept {
	struct store_view view; /* mailbox.id is 0: free */
	uint64_t asked;         /* when: counts what was asked for */
};

struct store_views {
	struct kept kept[STORE_VIEWS_MAX];
	uint64_t asked;
};

struct store_views *
store_views_new(void)
{
	return xcalloc(1, sizeof(struct store_views));
}

void
store_views_free(struct store_views *vs)
{
	for (size_t i = 0; i < STORE_VIEWS_MAX; i++)
		store_view_clear(&vs->kept[i].view);
	free(vs);
}

/* That of the mailbox, else the one that may go. */
static struct kept *
find(struct store_views *vs, uint64_t mailbox)
{
	struct kept *oldest = &vs->kept[0];

	for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
		struct kept *k = &vs->kept[i];

		if (k->view.mailbox.id == mailbox)
			return k;
		if (k->asked < oldest->asked)
			oldest = k;
	}
	return oldest;
}

struct store_view *
store_views_get(struct store_views *vs, uint64_t mailbox)
{
	struct kept *k = find(vs, mailbox);

	if (k->view.mailbox.id != mailbox)
		store_view_clear(&k->view);
	k->view.mailbox.id = mailbox;
	k->asked = ++vs->asked;
	return &k->view;
}

void
store_views_trim(struct store_views *vs)
{
	size_t bytes = 0;
	struct kept *oldest = NULL;

	for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
		struct kept *k = &vs->kept[i];

		if (k->view.uids == NULL)
			continue;
		bytes += k->view.uids->len * sizeof(k->view.uid[0]);
		if (oldest == NULL || k->asked < oldest->asked)
			oldest = k;
	}
	if (bytes <= STORE_VIEWS_BYTES)
		return;
	store_view_clear(&oldest->view);
	store_views_trim(vs);
}
