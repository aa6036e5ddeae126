/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_expunge.h"
#include "store_insert.h"

/*
 * COPY and MOVE: a piece is read from one mailbox, put into the other, and, to
 * move it, taken out of the first.  What is carried from step to step:
 */
struct carried {
	struct store_row row; /* keywords by index in the source */
	uint32_t uid;
	size_t prefix; /* where it is in text */
};

struct carry {
	struct carried *msg;
	size_t n, cap;
	struct buf text; /* names of keywords and prefixes */
	size_t keyword[STORE_KEYWORDS_MAX + 1];
	size_t nkeywords;
};

struct copy {
	struct store_series series;
	bool move;
	int64_t now;
	store_changed_fn done;
	void *arg;
};

static const struct copy *
copy_of(const struct store_piece *p)
{
	return (const struct copy *)p->series;
}

static void
carry_free(struct store_piece *p)
{
	struct carry *c = p->carry;

	if (c == NULL)
		return;
	free(c->msg);
	buf_free(&c->text);
	free(c);
	p->carry = NULL;
}

/* ---- step 1: read the source ---- */

/* What a guest has seen is another thing than what the owner has. */
static enum engine_status
guest_flags(struct store_piece *p, struct engine_txn *txn,
    struct engine_part part)
{
	const struct store_mailbox *from = &p->series->from;
	struct carry *c = p->carry;
	struct seqset seen = { 0 };
	enum engine_status st;

	if (!store_is_guest(from))
		return ENGINE_OK;
	st = store_seen_get(txn, part, from->who, &seen);
	for (size_t i = 0; i < c->n; i++) {
		c->msg[i].row.flags &= ~(uint64_t)STORE_SEEN;
		if (seqset_has(&seen, c->msg[i].uid))
			c->msg[i].row.flags |= STORE_SEEN;
	}
	seqset_clear(&seen);
	return st;
}

static struct carried *
carry_new(struct carry *c)
{
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 64;
		c->msg = xrealloc_array(c->msg, c->cap, sizeof(*c->msg));
	}
	c->msg[c->n] = (struct carried){ 0 };
	return &c->msg[c->n++];
}

static enum engine_status
read_prefix(struct carry *c, struct engine_txn *txn, struct engine_part part,
    struct carried *m)
{
	char key[5];
	struct span v;
	enum engine_status st;

	st = engine_get(txn, part, store_uid_key(key, 'b', m->uid), &v);
	if (st == ENGINE_NOTFOUND)
		return ENGINE_CORRUPT;
	if (st != ENGINE_OK)
		return st;
	m->prefix = c->text.len;
	m->row.prefix.n = v.n;
	buf_add_span(&c->text, v);
	return c->text.failed ? ENGINE_TOOBIG : ENGINE_OK;
}

static enum engine_status
read_row(struct carry *c, struct engine_txn *txn, struct engine_part part,
    const struct store_page *pg, uint32_t i)
{
	struct carried *m = carry_new(c);
	struct store_row *row = &m->row;

	m->uid = (uint32_t)pg->col[STORE_C_UID][i];
	row->flags = pg->col[STORE_C_FLAGS][i];
	for (unsigned w = 0; w < pg->words; w++)
		row->keyword[w] = pg->col[STORE_C_KEYWORD + w][i];
	row->size = pg->col[STORE_C_SIZE][i];
	row->date.sec = (int64_t)pg->col[STORE_C_DATE][i];
	row->date.zone = (int16_t)pg->col[STORE_C_ZONE][i];
	row->sent = (int64_t)pg->col[STORE_C_SENT][i];
	row->blob = pg->col[STORE_C_BLOB][i];
	if (pg->col[STORE_C_PREFIX][i] == 0)
		return ENGINE_OK;
	return read_prefix(c, txn, part, m);
}

static void
count_added(struct store_piece *p)
{
	const struct carry *c = p->carry;

	p->added.messages = c->n;
	for (size_t i = 0; i < c->n; i++)
		p->added.storage += c->msg[i].row.size;
}

static enum engine_status
read_pages(struct store_piece *p, struct engine_txn *txn,
    struct engine_part part, struct store_page *pg)
{
	enum engine_status st;
	size_t at = 0;

	pg->n = 0;
	while ((st = store_piece_page(p, txn, part, pg)) == ENGINE_OK) {
		st = store_page_cold(txn, part, pg);
		for (uint32_t i = 0; st == ENGINE_OK && i < pg->n; i++) {
			if (store_piece_has(p, &at,
				(uint32_t)pg->col[STORE_C_UID][i]))
				st = read_row(p->carry, txn, part, pg, i);
		}
		if (st != ENGINE_OK)
			return st;
	}
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

static enum engine_status
read_keywords(struct carry *c, struct engine_txn *txn, struct engine_part part)
{
	struct store_kwlist l;
	enum engine_status st = store_kwlist_get(txn, part, &l);

	if (st != ENGINE_OK)
		return st;
	for (c->nkeywords = 0; c->nkeywords < l.len; c->nkeywords++) {
		c->keyword[c->nkeywords] = c->text.len;
		buf_add_span(&c->text, l.name[c->nkeywords]);
	}
	c->keyword[c->nkeywords] = c->text.len;
	return ENGINE_OK;
}

static enum engine_status
read_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_page *pg;
	struct store_piece *p = arg;
	struct store_head h;
	enum engine_status st = store_head_get(txn, part, &h);

	store_piece_clear(p);
	carry_free(p);
	p->carry = xcalloc(1, sizeof(struct carry));
	if (st == ENGINE_OK)
		st = read_keywords(p->carry, txn, part);
	if (st != ENGINE_OK)
		return st;
	pg = xmalloc(sizeof(*pg));
	st = read_pages(p, txn, part, pg);
	free(pg);
	count_added(p);
	return st == ENGINE_OK ? guest_flags(p, txn, part) : st;
}

/* ---- step 2: put them into the target ---- */

/* The target of a piece: what it has of the source's keywords, where known. */
struct put {
	struct store_insert in;
	struct store_piece *piece;
	int keyword[STORE_KEYWORDS_MAX]; /* by index in the source; -1 */
};

static int
map_keyword(struct put *put, const struct carry *c, size_t i)
{
	if (put->keyword[i] < 0)
		put->keyword[i] = store_insert_keyword(&put->in,
		    span_sub(buf_span(&c->text), c->keyword[i],
			c->keyword[i + 1] - c->keyword[i]));
	return put->keyword[i];
}

static enum engine_status
map_keywords(struct put *put, const struct carry *c, struct store_row *row)
{
	uint64_t from[STORE_KW_WORDS];

	memcpy(from, row->keyword, sizeof(from));
	memset(row->keyword, 0, sizeof(row->keyword));
	for (size_t i = 0; i < c->nkeywords; i++) {
		int k;

		if (!(from[i / 64] >> i % 64 & 1))
			continue;
		k = map_keyword(put, c, i);
		if (k < 0)
			return ENGINE_REFUSED;
		row->keyword[k / 64] |= (uint64_t)1 << k % 64;
	}
	return ENGINE_OK;
}

static enum engine_status
put_row(struct put *put, const struct carried *m)
{
	struct store_piece *p = put->piece;
	const struct carry *c = p->carry;
	struct store_row row = m->row;
	uint32_t uid;
	enum engine_status st = map_keywords(put, c, &row);

	row.saved = copy_of(p)->now;
	row.prefix = span_sub(buf_span(&c->text), m->prefix,
	    m->row.prefix.n);
	if (st == ENGINE_OK)
		st = store_insert_row(&put->in, &row, &uid);
	if (st != ENGINE_OK)
		return st;
	seqset_add(&p->result.source, m->uid, m->uid);
	seqset_add(&p->result.done, m->uid, m->uid);
	seqset_add(&p->result.copy, uid, uid);
	return ENGINE_OK;
}

static enum engine_status
put_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_piece *p = arg;
	const struct carry *c = p->carry;
	struct put *put = xmalloc(sizeof(*put));
	enum engine_status st = store_insert_begin(&put->in, &p->op, txn,
	    &p->series->to);

	put->piece = p;
	memset(put->keyword, -1, sizeof(put->keyword));
	for (size_t i = 0; st == ENGINE_OK && i < c->n; i++)
		st = put_row(put, &c->msg[i]);
	st = store_insert_end(&put->in, st);
	(void)part;
	if (st == ENGINE_OK)
		p->result.uidvalidity = put->in.head.uidvalidity;
	free(put);
	return st;
}

static enum engine_status
reserve_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_piece *p = arg;

	return store_usage_add(txn, part, &p->op, &p->added,
	    &p->series->limits);
}

/* ---- the last step of MOVE ---- */

static enum engine_status
take_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	return store_expunge_piece(txn, part, arg, false);
}

static size_t
copy_steps(struct store_piece *p, struct engine_step *steps)
{
	const struct store_series *s = p->series;

	uint64_t owner = store_mailbox_owner(s->to.id);
	bool move = copy_of(p)->move;
	/* What a user moves from one place to another is held as before. */
	bool counts = !move || owner != store_mailbox_owner(s->from.id);
	size_t n = 0;

	steps[n++] = (struct engine_step){ store_part(s->from.id), read_run,
		p };
	if (counts)
		steps[n++] = (struct engine_step){ store_root(owner),
			reserve_run, p };
	steps[n++] = (struct engine_step){ store_part(s->to.id), put_run, p };
	if (move)
		steps[n++] = (struct engine_step){ store_part(s->from.id),
			take_run, p };
	if (move && counts)
		steps[n++] = store_piece_release(p);
	return n;
}

/* ---- a COPY that breaks off ---- */

struct undo {
	struct store_series series;
	enum store_status status; /* of the copy */
	store_changed_fn done;
	void *arg;
};

static enum engine_status
undo_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	store_piece_clear(arg);
	return store_expunge_piece(txn, part, arg, false);
}

static size_t
undo_steps(struct store_piece *p, struct engine_step *steps)
{
	steps[0] = (struct engine_step){ store_part(p->series->from.id),
		undo_run, p };
	steps[1] = store_piece_release(p);
	return 2;
}

static void
undone(void *arg, enum store_status status, const struct store_changed *c)
{
	static const struct store_changed nothing;
	struct undo *u = arg;

	(void)status; /* what could not be taken back stays: no loss */
	(void)c;
	u->done(u->arg, u->status, &nothing);
}

/* RFC 3501 section 6.4.7: a COPY that fails leaves nothing behind.  What a
 * MOVE has moved is moved. */
static void
copied(void *arg, enum store_status status, const struct store_changed *changed)
{
	struct copy *c = arg;
	struct undo *u;

	if (status == STORE_OK || c->move || changed->copy.len == 0) {
		c->done(c->arg, status, changed);
		return;
	}
	u = store_series_new(sizeof(*u), c->series.st, &c->series.to,
	    &changed->copy, undone, NULL);
	u->series.arg = u;
	u->series.steps = undo_steps;
	u->series.weight = (size_t)STORE_SERIES_PAGES * 4096;
	u->status = status;
	u->done = c->done;
	u->arg = c->arg;
	store_series_submit(&u->series, STORE_OK);
}

void
store_copy(struct store *st, const struct store_mailbox *from,
    const struct seqset *uids, const struct store_mailbox *to, bool move,
    store_changed_fn done, void *arg)
{
	struct copy *c = store_series_new(sizeof(*c), st, from, uids, copied,
	    NULL);
	enum store_status status = store_allowed(from, move ?
		STORE_READ | STORE_DELETE_MSG | STORE_EXPUNGE : STORE_READ);

	c->series.arg = c;
	c->done = done;
	c->arg = arg;
	c->series.to = *to;
	c->series.steps = copy_steps;
	c->series.release_piece = carry_free;
	c->series.wants_missing = true;
	c->series.weight = (size_t)STORE_SERIES_PAGES * 8192;
	c->move = move;
	c->now = date_now().sec;
	if (status == STORE_OK)
		status = store_allowed(to, STORE_INSERT);
	store_series_submit(&c->series, status);
}
