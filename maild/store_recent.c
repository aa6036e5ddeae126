/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_impl.h"
#include "store_recent.h"

/*
 * The header says from which UID on messages are recent.  Who takes them gets
 * the answer at once; the header follows, and until then the take is kept
 * here, so that the next caller does not get the same.
 */
struct take {
	LIST_ENTRY(take) link;
	struct store *st;
	uint64_t mailbox;
	uint32_t from; /* recent from here on */
};

struct store_takes {
	LIST_HEAD(, take) list;
};

struct store_takes *
store_takes_new(void)
{
	return xcalloc(1, sizeof(struct store_takes));
}

void
store_takes_free(struct store_takes *t)
{
	free(t);
}

static uint32_t
taken(const struct store *st, uint64_t mailbox)
{
	uint32_t from = 0;
	struct take *t;

	LIST_FOREACH(t, &st->takes->list, link) {
		if (t->mailbox == mailbox && t->from > from)
			from = t->from;
	}
	return from;
}

static enum engine_status
take_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct take *t = arg;
	struct store_page *pg;
	struct store_head h;
	enum engine_status st = store_head_get(txn, part, &h);

	if (st != ENGINE_OK || h.recent_uid >= t->from)
		return st;
	h.recent_uid = t->from;
	h.recent = 0;
	pg = xmalloc(sizeof(*pg));
	st = store_page_find(txn, part, t->from, pg);
	while (st == ENGINE_OK) {
		h.recent += pg->n - store_page_row(pg, t->from);
		st = store_page_next(txn, part, pg->first + 1, 0, pg);
	}
	free(pg);
	if (st != ENGINE_NOTFOUND)
		return st;
	store_head_put(txn, &h);
	return ENGINE_OK;
}

static void
take_done(void *arg, enum engine_status st)
{
	struct take *t = arg;

	(void)st; /* at worst a message is recent twice */
	LIST_REMOVE(t, link);
	free(t);
}

static void
take(struct store *st, uint64_t mailbox, uint32_t from)
{
	struct take *t = xcalloc(1, sizeof(*t));
	struct engine_step step = { store_part(mailbox), take_run, t };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = take_done, .arg = t };

	t->st = st;
	t->mailbox = mailbox;
	t->from = from;
	LIST_INSERT_HEAD(&st->takes->list, t, link);
	engine_update(st->c, &u);
}

uint32_t
store_recent(struct store *st, const struct store_mailbox *m, bool take_them)
{
	uint32_t from = taken(st, m->id);
	struct store_head h;
	enum engine_status es;

	if (store_allowed(m, STORE_READ) != STORE_OK)
		return UINT32_MAX;
	store_begin(st);
	es = store_head_get(st->txn, store_part(m->id), &h);
	store_end(st);
	if (es != ENGINE_OK)
		return UINT32_MAX;
	if (h.recent_uid > from)
		from = h.recent_uid;
	if (take_them && from < h.uidnext)
		take(st, m->id, h.uidnext);
	return from;
}
