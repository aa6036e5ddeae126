/* SPDX-License-Identifier: ISC */
#include "store_index.h"

#include <stdlib.h>

#include "bytes.h"
#include "segment.h"
#include "store_impl.h"

/* "t": version 1, then of each segment blob (8), first, last, docs (4 each) and
 * size (8). */
#define RECORD_SIZE 28

static enum engine_status
parse(struct span v, struct store_index *out)
{
	uint32_t end = 0;

	*out = (struct store_index){ 0 };
	if (v.n == 0 || v.p[0] != 1 || (v.n - 1) % RECORD_SIZE != 0)
		return ENGINE_CORRUPT;
	out->n = (v.n - 1) / RECORD_SIZE;
	out->segment = xcalloc(out->n + 1, sizeof(*out->segment));
	for (size_t i = 0; i < out->n; i++) {
		const char *p = v.p + 1 + i * RECORD_SIZE;
		struct store_index_segment *s = &out->segment[i];

		*s = (struct store_index_segment){ le64_get(p),
			le32_get(p + 8), le32_get(p + 12), le32_get(p + 16),
			le64_get(p + 20) };
		if (s->first <= end || s->last < s->first) {
			store_index_clear(out);
			return ENGINE_CORRUPT;
		}
		end = s->last;
	}
	return ENGINE_OK;
}

static void
pack(struct buf *out, const struct store_index *x, uint64_t fresh)
{
	char v[RECORD_SIZE];

	buf_addc(out, 1);
	for (size_t i = 0; i < x->n; i++) {
		const struct store_index_segment *s = &x->segment[i];

		le64_put(v, s->blob != 0 ? s->blob : fresh);
		le32_put(v + 8, s->first);
		le32_put(v + 12, s->last);
		le32_put(v + 16, s->docs);
		le64_put(v + 20, s->size);
		buf_add(out, v, sizeof(v));
	}
}

static enum engine_status
get(struct engine_txn *txn, struct engine_part part, struct store_index *out)
{
	struct span v;
	enum engine_status es = engine_get(txn, part, STORE_INDEX_KEY, &v);

	*out = (struct store_index){ 0 };
	if (es == ENGINE_NOTFOUND)
		return ENGINE_OK;
	return es == ENGINE_OK ? parse(v, out) : es;
}

enum store_status
store_index_get(struct store *st, uint64_t mailbox, struct store_index *out)
{
	return store_told(get(st->txn, store_part(mailbox), out));
}

uint32_t
store_index_end(const struct store_index *x)
{
	return x->n > 0 ? x->segment[x->n - 1].last : 0;
}

void
store_index_clear(struct store_index *x)
{
	free(x->segment);
	*x = (struct store_index){ 0 };
}

/* ---- changing it ---- */

struct engine_blob *
store_index_blob(struct store *st, void (*drained)(void *arg), void *arg)
{
	return engine_blob_new(st->c, drained, arg);
}

struct index_put {
	struct store_op op;
	struct buf was, now; /* records; of a fresh segment the blob is 0 */
	struct engine_blob *blob; /* a handle to ask it for its id */
};

static bool
names(const struct store_index *x, uint64_t blob)
{
	for (size_t i = 0; i < x->n; i++) {
		if (x->segment[i].blob == blob)
			return true;
	}
	return false;
}

static enum engine_status
replace(struct engine_txn *txn, const struct index_put *p,
    const struct store_index *was)
{
	uint64_t fresh = p->blob != NULL ? engine_blob_id(p->blob) : 0;
	struct store_index now;
	struct buf record = { 0 };
	enum engine_status es = parse(buf_span(&p->now), &now);

	if (es != ENGINE_OK)
		return es;
	for (size_t i = 0; i < was->n; i++) {
		if (!names(&now, was->segment[i].blob))
			engine_blob_unref(txn, was->segment[i].blob);
	}
	if (fresh != 0)
		engine_blob_ref(txn, fresh);
	pack(&record, &now, fresh);
	if (now.n > 0)
		engine_put(txn, STORE_INDEX_KEY, buf_span(&record));
	else
		engine_del(txn, STORE_INDEX_KEY);
	buf_free(&record);
	store_index_clear(&now);
	return ENGINE_OK;
}

static enum engine_status
put_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct index_put *p = arg;
	struct store_index was;
	struct store_head h;
	struct buf record = { 0 };
	enum engine_status es = store_head_get(txn, part, &h);

	if (es == ENGINE_OK)
		es = get(txn, part, &was);
	if (es != ENGINE_OK)
		return es;
	pack(&record, &was, 0);
	es = span_eq(buf_span(&record), buf_span(&p->was)) ?
	    replace(txn, p, &was) : store_refuse(&p->op, STORE_CANNOT);
	buf_free(&record);
	store_index_clear(&was);
	return es;
}

static void
put_done(void *arg, enum engine_status es)
{
	struct index_put *p = arg;

	p->op.done(p->op.arg, store_op_status(&p->op, es));
	engine_blob_free(p->blob);
	buf_free(&p->was);
	buf_free(&p->now);
	free(p);
}

void
store_index_put(struct store *st, uint64_t mailbox,
    const struct store_index *was, const struct store_index *now,
    struct engine_blob *blob, store_done done, void *arg)
{
	struct index_put *p = xcalloc(1, sizeof(*p));
	struct engine_step step = { store_part(mailbox), put_run, p };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.blobs = &blob, .nblobs = blob != NULL, .done = put_done,
		.arg = p };

	p->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	pack(&p->was, was, 0);
	pack(&p->now, now, 0);
	if (blob != NULL)
		p->blob = engine_blob_share(blob);
	engine_update(st->c, &u);
}

void
store_index_unref(struct engine_txn *txn, struct span record)
{
	struct store_index x;

	if (parse(record, &x) != ENGINE_OK)
		return;
	for (size_t i = 0; i < x.n; i++)
		engine_blob_unref(txn, x.segment[i].blob);
	store_index_clear(&x);
}

/* ---- reading it ---- */

static int
src_at(void *arg, uint64_t off, struct span *out)
{
	struct store_index_src *s = arg;

	return engine_blob_get(s->st->txn, s->blob, off, out) == ENGINE_OK ?
	    0 : -1;
}

int
store_index_open(struct store *st, const struct store_index_segment *s,
    struct segment_head *head, struct store_index_src *src)
{
	struct span meta;

	*src = (struct store_index_src){ { src_at, src, s->size }, st,
		s->blob };
	*head = (struct segment_head){ 0 };
	if (engine_blob_meta(st->txn, s->blob, &meta) != ENGINE_OK)
		return -1;
	return segment_head_unpack(head, meta, s->size);
}

/* ---- which mailboxes there are, and which change ---- */

enum store_status
store_index_mailboxes(struct store *st, uint64_t user,
    bool (*fn)(void *arg, uint64_t mailbox), void *arg)
{
	struct engine_scan s = { .part = store_root(user),
		.from = SPAN_LIT("m") };
	struct store_namerec n;
	enum engine_status es;

	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'm')) {
		if (store_namerec_parse(s.value, &n) == 0 && n.id != 0 &&
		    !fn(arg, n.id))
			break;
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

void
store_index_watch(struct store *st, void (*fn)(void *arg, uint64_t mailbox),
    void *arg)
{
	st->index_watch = fn;
	st->index_arg = arg;
}

void
store_index_changed(struct store *st, uint64_t mailbox)
{
	if (st->index_watch != NULL)
		st->index_watch(st->index_arg, mailbox);
}
