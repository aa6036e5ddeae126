/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_acl.h"
#include "store_series.h"

/* Flags of a set of messages. */
struct change {
	struct store_series series;
	enum store_flag_op op;
	uint64_t system;
	uint64_t may; /* of a row: flags that are touched at all */
	uint64_t unchangedsince;
	struct span keyword[STORE_KEYWORDS_MAX]; /* in text */
	size_t nkeywords;
	char *text;
};

/* One piece at work. */
struct work {
	const struct change *c;
	struct store_piece *piece;
	struct store_head head;
	struct store_kwlist keywords;
	uint64_t mask[STORE_KW_WORDS]; /* keywords of the change, by index */
	unsigned words;
	size_t at; /* in the set */
	bool changed;
	bool sees; /* \Seen is a guest's, in seen */
	struct seqset seen;
	struct store_page page;
};

static enum engine_status
find_keywords(struct work *w)
{
	bool add = w->c->op != STORE_FLAGS_REMOVE;

	for (size_t i = 0; i < w->c->nkeywords; i++) {
		int k = store_kwlist_index(&w->keywords, w->c->keyword[i],
		    add);

		if (k < 0 && add)
			return store_refuse(&w->piece->op, STORE_LIMIT);
		if (k < 0)
			continue;
		w->mask[k / 64] |= (uint64_t)1 << k % 64;
		if ((unsigned)k / 64 >= w->words)
			w->words = (unsigned)k / 64 + 1;
	}
	return ENGINE_OK;
}

static uint64_t
combine(enum store_flag_op op, uint64_t old, uint64_t with)
{
	switch (op) {
	case STORE_FLAGS_ADD:
		return old | with;
	case STORE_FLAGS_REMOVE:
		return old & ~with;
	case STORE_FLAGS_SET:
		break;
	}
	return with;
}

/* Of a user who does not own the mailbox.  The message's MODSEQ grows for all,
 * so that the other sessions of that user hear of it. */
static bool
change_seen(struct work *w, uint32_t uid)
{
	bool was = seqset_has(&w->seen, uid);
	bool now = combine(w->c->op, was, (w->c->system & STORE_SEEN) != 0);

	if (was == now)
		return false;
	if (now)
		seqset_add(&w->seen, uid, uid);
	else
		seqset_remove(&w->seen, uid, uid);
	return true;
}

/* True when the row is not as it was. */
static bool
change_row(struct work *w, uint32_t i)
{
	struct store_page *pg = &w->page;
	enum store_flag_op op = w->c->op;
	uint64_t old = pg->col[STORE_C_FLAGS][i], diff;
	uint64_t new = combine(op, old, w->c->system);

	new = (old & ~w->c->may) | (new & w->c->may);
	diff = old ^ new;
	pg->col[STORE_C_FLAGS][i] = new;
	if (w->sees)
		diff |= change_seen(w, (uint32_t)pg->col[STORE_C_UID][i]);
	for (unsigned k = 0;
	     (w->c->may & STORE_KEYWORDS) != 0 && k < pg->words; k++) {
		uint64_t *word = &pg->col[STORE_C_KEYWORD + k][i];
		uint64_t now = combine(op, *word, w->mask[k]);

		diff |= *word ^ now;
		*word = now;
	}
	if (diff == 0)
		return false;
	pg->col[STORE_C_MODSEQ][i] = w->head.modseq;
	w->head.unseen += !(new & STORE_SEEN);
	w->head.unseen -= !(old & STORE_SEEN);
	w->head.deleted += (new & STORE_DELETED) != 0;
	w->head.deleted -= (old & STORE_DELETED) != 0;
	return true;
}

static void
change_page(struct work *w, struct engine_txn *txn)
{
	struct store_page *pg = &w->page;
	struct store_changed *r = &w->piece->result;
	bool dirty = false;

	if (w->c->op != STORE_FLAGS_REMOVE)
		store_page_words(pg, w->words);
	for (uint32_t i = 0; i < pg->n; i++) {
		uint32_t uid = (uint32_t)pg->col[STORE_C_UID][i];

		if (!store_piece_has(w->piece, &w->at, uid))
			continue;
		if (pg->col[STORE_C_MODSEQ][i] > w->c->unchangedsince) {
			seqset_add(&r->modified, uid, uid);
			continue;
		}
		dirty |= change_row(w, i);
		seqset_add(&r->done, uid, uid);
	}
	if (dirty)
		store_page_put(txn, pg, STORE_HOT);
	w->changed |= dirty;
}

static enum engine_status
change_pages(struct work *w, struct engine_txn *txn, struct engine_part part)
{
	struct store_changed *r = &w->piece->result;
	enum engine_status st;

	w->head.modseq++;
	while ((st = store_piece_page(w->piece, txn, part, &w->page)) ==
	    ENGINE_OK)
		change_page(w, txn);
	if (st != ENGINE_NOTFOUND)
		return st;
	if (!w->changed)
		return ENGINE_OK;
	if (w->sees)
		store_seen_put(txn, w->c->series.from.who, &w->seen);
	r->first_modseq = r->last_modseq = w->head.modseq;
	w->head.flags_modseq = w->head.modseq;
	store_head_put(txn, &w->head);
	store_kwlist_put(txn, &w->keywords);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static enum engine_status
change_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct work *w = xcalloc(1, sizeof(*w));
	enum engine_status st;

	w->piece = arg;
	w->c = (const struct change *)w->piece->series;
	store_piece_clear(w->piece);
	st = store_head_get(txn, part, &w->head);
	if (st == ENGINE_OK)
		st = store_kwlist_get(txn, part, &w->keywords);
	if (st == ENGINE_OK && (w->c->may & STORE_KEYWORDS) != 0)
		st = find_keywords(w);
	w->sees = store_is_guest(&w->c->series.from) &&
	    (store_flags_allowed(&w->c->series.from) & STORE_SEEN) != 0;
	if (st == ENGINE_OK && w->sees)
		st = store_seen_get(txn, part, w->c->series.from.who,
		    &w->seen);
	if (st == ENGINE_OK)
		st = change_pages(w, txn, part);
	seqset_clear(&w->seen);
	free(w);
	return st;
}

static size_t
change_steps(struct store_piece *p, struct engine_step *steps)
{
	steps[0] = (struct engine_step){ store_part(p->series->from.id),
		change_run, p };
	return 1;
}

static void
release(struct store_series *s)
{
	free(((struct change *)s)->text);
}

static enum store_status
copy_keywords(struct change *c, const struct store_flag_change *change)
{
	size_t n = 0;
	char *at;

	if (change->nkeywords > STORE_KEYWORDS_MAX)
		return STORE_LIMIT;
	for (size_t i = 0; i < change->nkeywords; i++) {
		if (change->keyword[i].n > STORE_KEYWORD_MAX)
			return STORE_LIMIT;
		if (!store_keyword_ok(change->keyword[i]))
			return STORE_CANNOT;
		n += change->keyword[i].n;
	}
	c->text = at = xmalloc(n + 1);
	for (size_t i = 0; i < change->nkeywords; i++) {
		memcpy(at, change->keyword[i].p, change->keyword[i].n);
		c->keyword[c->nkeywords++] = span_of(at, change->keyword[i].n);
		at += change->keyword[i].n;
	}
	return STORE_OK;
}

/* RFC 4314 section 4: what may be changed is, what may not stays, unless that
 * is all. */
static enum store_status
check_rights(const struct store_mailbox *m,
    const struct store_flag_change *change)
{
	uint32_t may = store_flags_allowed(m), wants = change->system & 31;

	if (change->op == STORE_FLAGS_SET)
		wants = may != 0 ? 0 : 31;
	else if (change->nkeywords > 0)
		wants |= STORE_KEYWORDS;
	if (wants == 0 || (wants & may) != 0)
		return STORE_OK;
	return store_allowed(m, STORE_KEEP_SEEN | STORE_DELETE_MSG |
	    STORE_WRITE) == STORE_NONEXISTENT ? STORE_NONEXISTENT :
						STORE_DENIED;
}

void
store_change_flags(struct store *st, const struct store_mailbox *m,
    const struct seqset *uids, const struct store_flag_change *change,
    store_changed_fn done, void *arg)
{
	struct change *c = store_series_new(sizeof(*c), st, m, uids, done,
	    arg);
	enum store_status status = check_rights(m, change);

	c->series.steps = change_steps;
	c->series.release = release;
	c->series.wants_missing = true;
	c->series.weight = (size_t)STORE_SERIES_PAGES * 1024;
	c->op = change->op;
	c->system = change->system & 31;
	c->may = store_flags_allowed(m);
	if (store_is_guest(m))
		c->may &= ~(uint64_t)STORE_SEEN;
	c->unchangedsince = change->unchangedsince;
	if (status == STORE_OK)
		status = copy_keywords(c, change);
	store_series_submit(&c->series, status);
}
