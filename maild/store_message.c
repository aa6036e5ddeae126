/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_acl.h"
#include "store_meta.h"
#include "store_sorts.h"

/* ---- cursors ---- */

void
store_cursor_end(struct store_cursor *c)
{
	free(c->page);
	c->page = NULL;
	if (c->seen != NULL)
		seqset_clear(c->seen);
	free(c->seen);
	c->seen = NULL;
}

static uint32_t
last_uid(const struct store_page *pg)
{
	return (uint32_t)pg->col[STORE_C_UID][pg->n - 1];
}

/* uid is in the page at hand, or in the gap before its first row. */
static bool
covers(const struct store_page *pg, uint32_t uid)
{
	return pg->n > 0 && uid >= pg->first && uid <= last_uid(pg);
}

/* Load the page with the lowest UID >= uid, unless it is at hand. */
static enum engine_status
load(struct store *st, struct store_cursor *c, uint32_t uid)
{
	struct engine_part part = store_part(c->mailbox.id);
	struct store_page *pg = c->page;
	enum engine_status es = ENGINE_OK;

	if (covers(pg, uid))
		return ENGINE_OK;
	if (pg->n > 0 && uid - 1 == last_uid(pg))
		/* No page can hold uid but one that begins with it. */
		es = store_page_next(st->txn, part, uid, 0, pg);
	else
		es = store_page_find(st->txn, part, uid, pg);
	if (es != ENGINE_OK)
		pg->n = 0;
	return es;
}

static enum store_status
begin(struct store *st, struct store_cursor *c)
{
	enum store_status status = store_allowed(&c->mailbox, STORE_READ);

	if (c->page == NULL) {
		c->page = xmalloc(sizeof(*c->page));
		c->page->n = c->page->row = 0;
	}
	if (status == STORE_OK && c->seen == NULL &&
	    store_is_guest(&c->mailbox)) {
		c->seen = xcalloc(1, sizeof(*c->seen));
		status = store_told(store_seen_get(st->txn,
		    store_part(c->mailbox.id), c->mailbox.who, c->seen));
	}
	return status;
}

/* \Seen is each user's own. */
static void
guest_flags(const struct store_cursor *c, struct store_msg *m)
{
	if (c->seen == NULL)
		return;
	m->flags.system &= ~(uint32_t)STORE_SEEN;
	if (seqset_has(c->seen, m->uid))
		m->flags.system |= STORE_SEEN;
}

static void
fill(const struct store_page *pg, uint32_t i, struct store_msg *out)
{
	out->uid = (uint32_t)pg->col[STORE_C_UID][i];
	out->modseq = pg->col[STORE_C_MODSEQ][i];
	store_page_flags(pg, i, &out->flags);
	if (!(pg->columns & STORE_COLD))
		return;
	out->size = pg->col[STORE_C_SIZE][i];
	out->internaldate.sec = (int64_t)pg->col[STORE_C_DATE][i];
	out->internaldate.zone = (int16_t)pg->col[STORE_C_ZONE][i];
	out->savedate = (int64_t)pg->col[STORE_C_SAVED][i];
	out->sent = (int64_t)pg->col[STORE_C_SENT][i];
	out->blob = pg->col[STORE_C_BLOB][i];
	out->prefix_len = (uint32_t)pg->col[STORE_C_PREFIX][i];
}

/* The row found, with the columns that are wanted. */
static enum engine_status
finish(struct store *st, struct store_cursor *c, uint32_t row,
    struct store_msg *out)
{
	enum engine_status es = ENGINE_OK;

	if (c->columns & STORE_COLD)
		es = store_page_cold(st->txn, store_part(c->mailbox.id),
		    c->page);
	if (es == ENGINE_OK) {
		fill(c->page, row, out);
		guest_flags(c, out);
	}
	c->page->row = row;
	return es;
}

/* A walk asks for the next row of the page. */
static bool
is_next(const struct store_page *pg, uint32_t uid)
{
	return pg->row + 1 < pg->n && pg->col[STORE_C_UID][pg->row] < uid &&
	    pg->col[STORE_C_UID][pg->row + 1] >= uid;
}

enum store_status
store_msg_next(struct store *st, struct store_cursor *c, uint32_t uid,
    struct store_msg *out)
{
	enum store_status status;
	enum engine_status es;

	if (c->page != NULL && is_next(c->page, uid))
		return store_told(finish(st, c, c->page->row + 1, out));
	status = begin(st, c);
	if (status != STORE_OK)
		return status;
	if (uid == 0)
		uid = 1;
	es = load(st, c, uid);
	if (es == ENGINE_OK)
		es = finish(st, c, store_page_row(c->page, uid), out);
	return store_told(es);
}

enum store_status
store_msg_get(struct store *st, struct store_cursor *c, uint32_t uid,
    struct store_msg *out)
{
	enum store_status status = store_msg_next(st, c, uid, out);

	if (status == STORE_OK && out->uid != uid)
		return STORE_NONEXISTENT;
	return status;
}

/* First row from uid on with a MODSEQ above modseq; n where there is none. */
static uint32_t
changed_row(const struct store_page *pg, uint32_t uid, uint64_t modseq)
{
	uint32_t row = is_next(pg, uid) ? pg->row + 1 :
					  store_page_row(pg, uid);

	if (pg->modseq <= modseq)
		return pg->n;
	while (row < pg->n && pg->col[STORE_C_MODSEQ][row] <= modseq)
		row++;
	return row;
}

enum store_status
store_msg_changed(struct store *st, struct store_cursor *c, uint32_t uid,
    uint64_t modseq, struct store_msg *out)
{
	enum store_status status = begin(st, c);
	struct store_page *pg = c->page;
	enum engine_status es;
	uint32_t row;

	if (status != STORE_OK)
		return status;
	es = load(st, c, uid > 0 ? uid : 1);
	while (es == ENGINE_OK &&
	    (row = changed_row(pg, uid, modseq)) == pg->n) {
		uid = last_uid(pg);
		es = uid == UINT32_MAX ? ENGINE_NOTFOUND :
			store_page_next(st->txn, store_part(c->mailbox.id),
			    uid + 1, modseq, pg);
	}
	if (es == ENGINE_OK)
		es = finish(st, c, row, out);
	else
		pg->n = 0;
	return store_told(es);
}

/* ---- content ---- */

static enum store_status
parse_meta(enum engine_status es,
    int (*parse)(struct span s, struct store_meta *out), struct span v,
    const struct store_msg *m, struct store_meta *out)
{
	if (es == ENGINE_NOTFOUND || (es == ENGINE_OK && parse(v, out) < 0))
		es = ENGINE_CORRUPT;
	if (es == ENGINE_OK)
		out->header_len += m->prefix_len;
	return store_told(es);
}

enum store_status
store_msg_meta(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct store_meta *out)
{
	struct span v = { 0 };
	enum engine_status es = engine_blob_meta(st->txn, m->blob, &v);

	(void)c;
	return parse_meta(es, store_meta_parse, v, m, out);
}

enum store_status
store_msg_front(struct store *st, const struct store_msg *m,
    struct store_meta *out)
{
	struct span v = { 0 };
	enum engine_status es = engine_blob_front(st->txn, m->blob, &v);

	return parse_meta(es, store_meta_parse_front, v, m, out);
}

enum store_status
store_msg_sort(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct span *out)
{
	struct store_meta meta;
	enum store_status status;

	if (store_sorts_get(st->sorts, m->blob, out))
		return STORE_OK;
	status = store_msg_meta(st, c, m, &meta);
	if (status != STORE_OK)
		return status;
	*out = meta.sort;
	store_sorts_put(st->sorts, m->blob, meta.sort);
	return STORE_OK;
}

static enum engine_status
get_prefix(struct store *st, const struct store_mailbox *in,
    const struct store_msg *m, struct span *out)
{
	char key[5];
	enum engine_status es = engine_get(st->txn, store_part(in->id),
	    store_uid_key(key, 'b', m->uid), out);

	if (es == ENGINE_NOTFOUND ||
	    (es == ENGINE_OK && out->n != m->prefix_len))
		es = ENGINE_CORRUPT;
	return es;
}

enum store_status
store_msg_header(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, const struct store_meta *meta,
    struct buf *scratch, struct span *out)
{
	struct span prefix;
	enum engine_status es = engine_blob_start(st->txn, m->blob,
	    (size_t)(meta->header_len - m->prefix_len), meta->header_sum, out);

	if (es == ENGINE_OK && m->prefix_len > 0)
		es = get_prefix(st, &c->mailbox, m, &prefix);
	if (es == ENGINE_OK && m->prefix_len > 0) {
		buf_clear(scratch);
		buf_add_span(scratch, prefix);
		buf_add_span(scratch, *out);
		*out = buf_span(scratch);
	}
	return store_told(es == ENGINE_NOTFOUND ? ENGINE_CORRUPT : es);
}

static enum engine_status
get_at(struct store_src *s, uint64_t off, struct span *out)
{
	enum engine_status es;

	if (off >= s->msg.prefix_len)
		return engine_blob_get(s->st->txn, s->msg.blob,
		    off - s->msg.prefix_len, out);
	es = get_prefix(s->st, &s->mailbox, &s->msg, out);
	if (es == ENGINE_OK)
		*out = span_sub(*out, off, out->n);
	return es;
}

static int
src_at(void *arg, uint64_t off, struct span *out)
{
	enum engine_status es = get_at(arg, off, out);

	if (es == ENGINE_OK)
		return 0;
	store_told(es == ENGINE_NOTFOUND ? ENGINE_CORRUPT : es);
	return -1;
}

void
store_msg_src(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct store_src *out)
{
	out->src = (struct msgsrc){ src_at, out, m->size };
	out->st = st;
	out->msg = *m;
	out->mailbox = c->mailbox;
}

enum store_status
store_expunged(struct store *st, const struct store_mailbox *m,
    uint64_t modseq, struct seqset *out)
{
	enum store_status status = store_allowed(m, STORE_READ);
	enum engine_status es;

	if (status != STORE_OK)
		return status;
	store_begin(st);
	es = store_log_get(st->txn, store_part(m->id), modseq, out);
	store_end(st);
	return store_told(es);
}

/* ---- what an expunge would free ---- */

static enum engine_status
add_deleted(struct engine_txn *txn, struct engine_part part,
    struct store_page *pg, uint64_t *sum)
{
	enum engine_status es = ENGINE_OK;

	for (uint32_t i = 0; es == ENGINE_OK && i < pg->n; i++) {
		if ((pg->col[STORE_C_FLAGS][i] & STORE_DELETED) == 0)
			continue;
		if (!(pg->columns & STORE_COLD))
			es = store_page_cold(txn, part, pg);
		if (es == ENGINE_OK)
			*sum += pg->col[STORE_C_SIZE][i];
	}
	return es;
}

enum store_status
store_deleted_size(struct store *st, const struct store_mailbox *m,
    uint32_t *from, uint64_t *sum)
{
	struct engine_part part = store_part(m->id);
	enum store_status status = store_allowed(m, STORE_READ);
	struct store_page *pg;
	struct store_head h;
	enum engine_status es;

	if (status != STORE_OK)
		return status;
	pg = xmalloc(sizeof(*pg));
	store_begin(st);
	es = store_head_get(st->txn, part, &h);
	if (es == ENGINE_OK && h.deleted > 0)
		es = store_page_next(st->txn, part, *from, 0, pg);
	else if (es == ENGINE_OK)
		es = ENGINE_NOTFOUND;
	if (es == ENGINE_OK)
		es = add_deleted(st->txn, part, pg, sum);
	*from = es == ENGINE_OK ? last_uid(pg) + 1 : 0;
	store_end(st);
	free(pg);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}
