/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "bytes.h"
#include "store_acl.h"
#include "store_index.h"
#include "store_purge.h"

/* Of one update: */
#define PAGES   64
#define RECORDS 1000
#define BOXES   50

static struct span
grave_key(char key[9], enum store_grave_kind kind, uint64_t id)
{
	key[0] = (char)kind;
	be64_put(key + 1, id);
	return span_of(key, 9);
}

void
store_bury(struct engine_txn *txn, enum store_grave_kind kind, uint64_t id)
{
	char key[9];

	engine_put(txn, grave_key(key, kind, id), SPAN_LIT(""));
}

struct purge {
	struct store *st;
	enum store_grave_kind kind;
	uint64_t id;
	bool more; /* something was still there */
	/* of a user, the mailboxes of this round: */
	uint64_t box[BOXES];
	size_t nboxes;
	bool last;
};

static void run(struct purge *p);

static void
done(void *arg, enum engine_status es)
{
	struct purge *p = arg;

	bool go_on = es == ENGINE_OK && !p->st->closing;

	for (size_t i = 0; go_on && i < p->nboxes; i++)
		store_purge(p->st, STORE_GRAVE_MAILBOX, p->box[i]);
	if (go_on && !p->last) {
		run(p);
		return;
	}
	/* Otherwise the grave waits for the next start. */
	store_told(es);
	free(p);
}

static enum engine_status
close_grave(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct purge *p = arg;
	char key[9];

	(void)part;
	engine_del(txn, grave_key(key, p->kind, p->id));
	return ENGINE_OK;
}

static void
submit(struct purge *p, const struct engine_step *steps, size_t n)
{
	struct engine_update u = { .steps = steps, .nsteps = n, .done = done,
		.arg = p, .weight = (size_t)256 << 10 };

	engine_update(p->st->c, &u);
}

/* ---- a mailbox ---- */

/* References of a page's rows.  A damaged page cannot name its blobs: they
 * stay, which store verify will tell. */
static void
unref_page(struct engine_txn *txn, struct engine_part part, struct span key,
    struct store_page *pg)
{
	struct span v;

	pg->first = be32_get(key.p + 1);
	if (engine_get(txn, part, key, &v) != ENGINE_OK ||
	    store_page_unpack_hot(pg, v) < 0 ||
	    store_page_cold(txn, part, pg) != ENGINE_OK)
		return;
	for (uint32_t i = 0; i < pg->n; i++)
		engine_blob_unref(txn, pg->col[STORE_C_BLOB][i]);
}

static enum engine_status
purge_mailbox(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_page *pg = xmalloc(sizeof(*pg));
	struct engine_scan s = { .part = part };
	struct purge *p = arg;
	size_t pages = 0, records = 0;
	enum engine_status st;

	p->more = false;
	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK ||
	    st == ENGINE_CORRUPT) {
		p->more = true;
		if (pages == PAGES || records++ == RECORDS)
			break;
		if (s.key.n == 5 && store_key_is(s.key, 'p')) {
			unref_page(txn, part, s.key, pg);
			pages++;
		} else if (span_eq(s.key, STORE_INDEX_KEY)) {
			store_index_unref(txn, s.value);
		}
		engine_del(txn, s.key);
	}
	engine_scan_end(&s);
	free(pg);
	return st == ENGINE_NOTFOUND || st == ENGINE_CORRUPT ? ENGINE_OK : st;
}

/* ---- a user ---- */

/* The names that are left, BOXES of them with a mailbox at most. */
static void
plan_user(struct purge *p)
{
	struct engine_scan s = { .part = store_root(p->id),
		.from = SPAN_LIT("m") };
	struct store_namerec n;

	p->nboxes = 0;
	store_begin(p->st);
	while (p->nboxes < BOXES &&
	    engine_scan_next(p->st->txn, &s) == ENGINE_OK &&
	    store_key_is(s.key, 'm')) {
		if (store_namerec_parse(s.value, &n) == 0 && n.id != 0)
			p->box[p->nboxes++] = n.id;
	}
	engine_scan_end(&s);
	store_end(p->st);
}

static enum engine_status
purge_header(struct engine_txn *txn, struct engine_part part, void *arg)
{
	(void)arg;
	store_head_del(txn);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static enum engine_status
bury_boxes(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct purge *p = arg;

	(void)part;
	for (size_t i = 0; i < p->nboxes; i++)
		store_bury(txn, STORE_GRAVE_MAILBOX, p->box[i]);
	return ENGINE_OK;
}

/* In the root of those whom all its users' mailboxes can be shared with. */
static enum engine_status
unpoint(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct purge *p = arg;

	for (size_t i = 0; i < p->nboxes; i++)
		store_acl_point(txn, p->box[i], false);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static bool
planned(const struct purge *p, uint64_t id)
{
	for (size_t i = 0; i < p->nboxes; i++) {
		if (p->box[i] == id)
			return true;
	}
	return false;
}

static enum engine_status
purge_names(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct engine_scan s = { .part = part };
	struct purge *p = arg;
	struct store_namerec n;
	enum engine_status st;

	p->more = false;
	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK ||
	    st == ENGINE_CORRUPT) {
		bool box = st == ENGINE_OK && store_key_is(s.key, 'm') &&
		    store_namerec_parse(s.value, &n) == 0 && n.id != 0;

		if (!box || planned(p, n.id))
			engine_del(txn, s.key);
		else
			p->more = true;
	}
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

/* ---- both ---- */

static void
run_user(struct purge *p)
{
	struct engine_step steps[BOXES + 3];
	size_t n = 0;

	plan_user(p);
	for (size_t i = 0; i < p->nboxes; i++)
		steps[n++] = (struct engine_step){ store_part(p->box[i]),
			purge_header, NULL };
	steps[n++] = (struct engine_step){ store_grave(), bury_boxes, p };
	steps[n++] = (struct engine_step){ store_root(STORE_ANYONE), unpoint,
		p };
	steps[n++] = (struct engine_step){ store_root(p->id), purge_names, p };
	submit(p, steps, n);
}

static void
run(struct purge *p)
{
	struct engine_step mailbox = { store_part(p->id), purge_mailbox, p };
	struct engine_step last = { store_grave(), close_grave, p };

	if (!p->more) {
		p->last = true;
		p->nboxes = 0;
		submit(p, &last, 1);
	} else if (p->kind == STORE_GRAVE_MAILBOX) {
		submit(p, &mailbox, 1);
	} else {
		run_user(p);
	}
}

void
store_purge(struct store *st, enum store_grave_kind kind, uint64_t id)
{
	struct purge *p = xcalloc(1, sizeof(*p));

	p->st = st;
	p->kind = kind;
	p->id = id;
	p->more = true;
	run(p);
}

void
store_purge_resume(struct store *st)
{
	struct engine_scan s = { .part = store_grave() };
	uint64_t *id = NULL;
	char *kind = NULL;
	size_t n = 0;

	store_begin(st);
	while (engine_scan_next(st->txn, &s) == ENGINE_OK) {
		if (s.key.n != 9)
			continue;
		id = xrealloc_array(id, n + 1, sizeof(*id));
		kind = xrealloc_array(kind, n + 1, 1);
		kind[n] = s.key.p[0];
		id[n++] = be64_get(s.key.p + 1);
	}
	engine_scan_end(&s);
	store_end(st);
	for (size_t i = 0; i < n; i++)
		store_purge(st, (enum store_grave_kind)kind[i], id[i]);
	free(id);
	free(kind);
}
