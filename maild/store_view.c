/* SPDX-License-Identifier: ISC */
#include "store_impl.h"
#include "store_uids.h"
#include "store_views.h"

struct appending {
	struct store_view *view;
	uint32_t from;
};

static void
append(void *arg, const uint32_t *uid, uint32_t n)
{
	const struct appending *a = arg;
	struct store_view *v = a->view;

	for (; n > 0 && uid[0] < a->from; n--)
		uid++;
	store_uids_append(&v->uids, v->len, uid, n);
	v->uid = v->uids->uid;
	v->len += n;
}

/* Append all messages from uid on. */
static enum engine_status
append_from(struct store *st, struct store_view *v, uint32_t uid)
{
	struct appending a = { v, uid };

	return store_page_uids(st->txn, store_part(v->mailbox.id), uid, append,
	    &a);
}

size_t
store_view_from(const struct store_view *v, uint64_t uid)
{
	size_t lo = 0, hi = v->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->uid[mid] < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t
store_view_seq(const struct store_view *v, uint32_t uid)
{
	size_t i = store_view_from(v, uid);

	return i < v->len && v->uid[i] == uid ? (uint32_t)i + 1 : 0;
}

bool
store_view_uids(const struct store_view *v, const struct seqset *seq,
    struct seqset *uids)
{
	for (size_t r = 0; r < seq->len; r++) {
		uint32_t lo = seq->range[r].lo, hi = seq->range[r].hi;
		uint32_t first, last;

		if (lo == 0 || hi > v->len)
			return false;
		first = last = v->uid[lo - 1];
		for (uint32_t n = lo; n < hi; n++) {
			if (v->uid[n] != last + 1) {
				seqset_add(uids, first, last);
				first = v->uid[n];
			}
			last = v->uid[n];
		}
		seqset_add(uids, first, last);
	}
	return true;
}

/* ---- what has happened since ---- */

/* Tell from the end, so that numbers before stay as they are. */
static void
tell_expunged(const struct store_view *v, const struct seqset *gone,
    const struct store_view_events *ev)
{
	for (size_t r = gone->len; r-- > 0;) {
		size_t i = store_view_from(v,
		    (uint64_t)gone->range[r].hi + 1);

		while (i > 0 && v->uid[i - 1] >= gone->range[r].lo) {
			i--;
			ev->expunged(ev->arg, (uint32_t)i + 1, v->uid[i]);
		}
	}
}

static enum engine_status
sync_expunges(struct store *st, struct store_view *v, uint64_t modseq,
    const struct store_view_events *ev)
{
	struct seqset gone = { 0 };
	enum engine_status es;

	es = store_log_get(st->txn, store_part(v->mailbox.id),
	    v->expunge_modseq, &gone);
	if (es == ENGINE_OK && gone.len > 0) {
		if (ev->expunged != NULL)
			tell_expunged(v, &gone, ev);
		v->len = store_uids_remove(&v->uids, v->len, &gone);
		v->uid = v->uids->uid;
	}
	if (es == ENGINE_OK)
		v->expunge_modseq = modseq;
	seqset_clear(&gone);
	return es;
}

/* They are not to be told now: see that there are some at all. */
static enum engine_status
skip_expunges(struct store *st, struct store_view *v, uint64_t modseq)
{
	bool any;
	enum engine_status es = store_log_any(
	    st->txn, store_part(v->mailbox.id), v->expunge_modseq, &any);

	if (es == ENGINE_OK && !any)
		v->expunge_modseq = modseq;
	return es;
}

static enum engine_status
sync_new(struct store *st, struct store_view *v, uint32_t uidnext,
    const struct store_view_events *ev)
{
	uint32_t first = v->uidnext;
	size_t before = v->len;
	enum engine_status es = ENGINE_OK;

	if (uidnext > first)
		es = append_from(st, v, first);
	if (es != ENGINE_OK) {
		v->len = before;
		return es;
	}
	v->uidnext = uidnext;
	if (v->len > before && ev->exists != NULL)
		ev->exists(ev->arg, (uint32_t)v->len, v->uid[before]);
	return ENGINE_OK;
}

/* Its sequence number, in a walk that has been at seq before. */
static uint32_t
seq_from(const struct store_view *v, uint32_t seq, uint32_t uid)
{
	return seq < v->len && v->uid[seq] == uid ? seq + 1 :
						    store_view_seq(v, uid);
}

static enum store_status
sync_flags(struct store *st, const struct store_view *v, uint32_t uidnext,
    const struct store_view_events *ev)
{
	struct store_cursor c = { .mailbox = v->mailbox,
		.columns = STORE_HOT };
	enum store_status status = STORE_OK;
	struct store_msg m;
	uint32_t seq = 0;

	for (uint32_t uid = 1;; uid = m.uid + 1) {
		status = store_msg_changed(st, &c, uid, v->modseq, &m);
		if (status != STORE_OK || m.uid >= uidnext)
			break;
		seq = seq_from(v, seq, m.uid);
		if (seq != 0)
			ev->changed(ev->arg, seq, &m);
	}
	store_cursor_end(&c);
	return status == STORE_NONEXISTENT ? STORE_OK : status;
}

enum store_status
store_view_sync(struct store *st, struct store_view *v,
    const struct store_view_events *ev)
{
	uint32_t told = v->uidnext;
	enum store_status status;
	enum engine_status es;
	struct store_head h;

	store_begin(st);
	es = store_head_get(st->txn, store_part(v->mailbox.id), &h);
	if (es == ENGINE_OK && h.modseq > v->expunge_modseq)
		es = ev->expunged != NULL ? sync_expunges(st, v, h.modseq, ev)
					  : skip_expunges(st, v, h.modseq);
	if (es == ENGINE_OK)
		es = sync_new(st, v, h.uidnext, ev);
	status = store_told(es);
	if (status == STORE_OK && ev->changed != NULL &&
	    h.flags_modseq > v->modseq)
		status = sync_flags(st, v, told, ev);
	if (status == STORE_OK && ev->changed != NULL)
		v->modseq = h.modseq;
	store_end(st);
	return status;
}

/* ---- opening ---- */

/* What it lacks of the mailbox as it is now; it may lack all. */
static enum engine_status
catch_up(struct store *st, struct store_view *kept, const struct store_head *h)
{
	static const struct store_view_events nobody = { 0 };
	enum engine_status es = ENGINE_OK;

	if (kept->uids == NULL) {
		kept->uids = store_uids_new(h->messages);
		kept->uid = kept->uids->uid;
		kept->uidvalidity = h->uidvalidity;
		kept->uidnext = 1;
		kept->expunge_modseq = h->modseq;
	}
	if (h->modseq > kept->expunge_modseq)
		es = sync_expunges(st, kept, h->modseq, &nobody);
	if (es == ENGINE_OK)
		es = sync_new(st, kept, h->uidnext, &nobody);
	kept->modseq = h->modseq;
	return es;
}

/* A reader of the pool keeps none. */
static enum engine_status
open_view(struct store *st, struct store_view *v)
{
	struct store_view none = { 0 }, *kept = &none;
	struct store_head h;
	enum engine_status es;

	if (st->views != NULL)
		kept = store_views_get(st->views, v->mailbox.id);
	es = store_head_get(st->txn, store_part(v->mailbox.id), &h);
	if (es == ENGINE_OK && kept->uidvalidity != h.uidvalidity)
		store_view_clear(kept);
	kept->mailbox = v->mailbox;
	if (es == ENGINE_OK)
		es = catch_up(st, kept, &h);
	if (es == ENGINE_OK) {
		*v = *kept;
		store_uids_share(v->uids);
	}
	if (es != ENGINE_OK || kept == &none)
		store_view_clear(kept);
	if (st->views != NULL)
		store_views_trim(st->views);
	return es;
}

enum store_status
store_view_open(struct store *st, const struct store_mailbox *m,
    struct store_view *v)
{
	enum store_status status = store_allowed(m, STORE_READ);
	enum engine_status es;

	*v = (struct store_view){ .mailbox = *m };
	if (status != STORE_OK)
		return status;
	store_begin(st);
	es = open_view(st, v);
	store_end(st);
	if (es != ENGINE_OK)
		store_view_clear(v);
	return store_told(es);
}

void
store_view_keep(struct store *st, struct store_view *v)
{
	struct store_view *kept;

	if (v->uids == NULL)
		return;
	kept = store_views_get(st->views, v->mailbox.id);
	if (kept->uids == NULL) {
		*kept = *v;
		*v = (struct store_view){ 0 };
		store_views_trim(st->views);
	}
	store_view_clear(v);
}

void
store_view_clear(struct store_view *v)
{
	store_uids_release(v->uids);
	*v = (struct store_view){ 0 };
}
