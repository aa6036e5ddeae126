/* SPDX-License-Identifier: ISC */
#include "imap_tell.h"

#include <stdlib.h>

#include "imap_args.h"
#include "imap_context.h"
#include "imap_enable.h"

void
imap_tell_clear(struct imap_tell *t)
{
	free(t->expunged);
	free(t->told);
	free(t->gone);
	seqset_clear(&t->recheck);
	seqset_clear(&t->vanished);
	seqset_clear(&t->earlier);
	seqset_clear(&t->flags);
	seqset_clear(&t->modseqs);
	seqset_clear(&t->silent);
	*t = (struct imap_tell){ 0 };
}

void
imap_tell_has(struct imap *im, const struct store_msg *m)
{
	struct imap_tell *t = &im->tell;

	if (m->modseq <= im->view.modseq)
		return;
	if (t->ntold == t->told_cap) {
		t->told_cap = t->told_cap > 0 ? 2 * t->told_cap : 16;
		t->told = xrealloc_array(t->told, t->told_cap,
		    sizeof(t->told[0]));
	}
	t->told[t->ntold++] = (struct imap_told){ m->uid, m->modseq };
}

void
imap_tell_silently(struct imap *im, const struct store_changed *c)
{
	if (c->first_modseq == im->view.modseq + 1 &&
	    c->last_modseq == im->view.modseq + c->nmodseqs)
		seqset_merge(&im->tell.silent, &c->done);
	im->tell.silent_last = c->last_modseq;
}

void
imap_tell_flags(struct imap *im, const struct seqset *uids)
{
	seqset_merge(&im->tell.flags, uids);
}

void
imap_tell_modseqs(struct imap *im, const struct seqset *uids)
{
	seqset_merge(&im->tell.modseqs, uids);
}

void
imap_tell_earlier(struct imap *im, const struct seqset *uids)
{
	seqset_merge(&im->tell.earlier, uids);
}

/* A command tells of messages in ascending order. */
static bool
has_told(const struct imap_tell *t, const struct store_msg *m)
{
	size_t lo = 0, hi = t->ntold;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->told[mid].uid < m->uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->ntold && t->told[lo].uid == m->uid &&
	    t->told[lo].modseq >= m->modseq;
}

static void
remember_gone(struct imap_tell *t, uint32_t seq, uint32_t uid)
{
	if (t->ngone == t->gone_cap) {
		t->gone_cap = t->gone_cap > 0 ? 2 * t->gone_cap : 16;
		t->gone = xrealloc_array(t->gone, t->gone_cap,
		    sizeof(t->gone[0]));
	}
	t->gone[t->ngone++] = (struct imap_gone){ seq, uid };
}

static void
tell_contexts_gone(struct imap *im)
{
	struct imap_tell *t = &im->tell;

	for (size_t i = 0, j = t->ngone; i + 1 < j; i++) {
		struct imap_gone swap = t->gone[--j];

		t->gone[j] = t->gone[i];
		t->gone[i] = swap;
	}
	imap_context_gone(im, t->gone, t->ngone);
	t->ngone = 0;
}

static void
on_expunged(void *arg, uint32_t seq, uint32_t uid)
{
	struct imap *im = arg;
	struct imap_tell *t = &im->tell;

	if (im->contexts != NULL)
		remember_gone(t, seq, uid);
	if (t->nexpunged == t->expunged_cap) {
		t->expunged_cap =
		    t->expunged_cap > 0 ? 2 * t->expunged_cap : 16;
		t->expunged = xrealloc_array(t->expunged, t->expunged_cap,
		    sizeof(t->expunged[0]));
	}
	t->expunged[t->nexpunged++] =
	    imap_tells_vanished(im) ? uid : seq;
}

/* The UIDs come in descending order; a set is made fast in ascending one. */
static void
make_vanished(struct imap *im)
{
	struct imap_tell *t = &im->tell;

	if (!imap_tells_vanished(im))
		return;
	while (t->nexpunged > 0) {
		uint32_t uid = t->expunged[--t->nexpunged];

		seqset_add(&t->vanished, uid, uid);
	}
}

static void
on_exists(void *arg, uint32_t count, uint32_t first_new_uid)
{
	struct imap *im = arg;
	const struct store_view *v = &im->view;

	im->tell.exists = true;
	if (im->contexts == NULL)
		return;
	for (size_t i = store_view_from(v, first_new_uid); i < count; i++)
		seqset_add(&im->tell.recheck, v->uid[i], v->uid[i]);
}

static void
on_changed(void *arg, uint32_t seq, const struct store_msg *m)
{
	struct imap *im = arg;
	struct imap_tell *t = &im->tell;

	(void)seq;
	if (im->contexts != NULL)
		seqset_add(&t->recheck, m->uid, m->uid);
	if (has_told(t, m))
		return;
	if (m->modseq > t->silent_last || !seqset_has(&t->silent, m->uid))
		seqset_add(&t->flags, m->uid, m->uid);
	else if (imap_enabled(im, IMAP_CONDSTORE))
		seqset_add(&t->modseqs, m->uid, m->uid);
}

void
imap_recent_take(struct imap *im)
{
	uint32_t from = store_recent(im->store, &im->view.mailbox,
	    !im->readonly);

	if (from > 0 && from < im->view.uidnext)
		seqset_add(&im->recent, from, im->view.uidnext - 1);
}

uint32_t
imap_recent_count(const struct imap *im)
{
	const struct seqset *r = &im->recent;
	uint32_t n = 0;

	for (size_t i = 0; i < r->len; i++)
		n += store_view_from(&im->view, (uint64_t)r->range[i].hi + 1) -
		    store_view_from(&im->view, r->range[i].lo);
	return n;
}

static void
forget_told(struct imap_tell *t)
{
	free(t->told);
	t->told = NULL;
	t->ntold = t->told_cap = 0;
	seqset_clear(&t->silent);
	t->silent_last = 0;
}

bool
imap_tell_sync(struct imap *im, bool expunges)
{
	const struct store_view_events ev = {
		.expunged = expunges ? on_expunged : NULL,
		.exists = on_exists,
		.changed = on_changed,
		.arg = im,
	};
	enum store_status st;

	/* Nothing is expunged that was not told to exist. */
	if (expunges)
		imap_tell_exists(im);
	store_begin(im->store);
	st = store_mailbox_refresh(im->store, &im->view.mailbox);
	if (st == STORE_OK)
		st = store_view_sync(im->store, &im->view, &ev);
	if (st == STORE_OK && im->tell.exists)
		imap_recent_take(im);
	store_end(im->store);
	make_vanished(im);
	tell_contexts_gone(im);
	forget_told(&im->tell);
	return st != STORE_NONEXISTENT && st != STORE_DENIED;
}
