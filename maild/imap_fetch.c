/* SPDX-License-Identifier: ISC */
#include "imap_fetch.h"

#include <stdlib.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_limit.h"
#include "imap_modseq.h"
#include "log.h"

/* Messages that one write marks \Seen, ahead of their answers. */
#define FETCH_MARK 1024
/* Look at the clock that often. */
#define FETCH_SLICE 32

/* ---- \Seen ---- */

static void
on_marked(void *arg, enum store_status st, const struct store_changed *c)
{
	struct imap *im = arg;
	struct fetch *f;

	(void)st; /* The answers are right either way. */
	if (!imap_write_end(im))
		return;
	f = im->cmd.state;
	for (size_t i = 0; i < c->done.len; i++)
		seqset_add(&f->seen, c->done.range[i].lo, c->done.range[i].hi);
}

/* The UIDs of the next messages that are not \Seen yet. */
static void
find_unseen(struct fetch *f, struct seqset *uids)
{
	struct imap *im = f->im;
	struct store_cursor cur = { .mailbox = im->view.mailbox,
		.columns = STORE_HOT };
	struct store_msg m;
	uint64_t seq = f->next;

	store_begin(im->store);
	for (unsigned n = 0; n < FETCH_MARK && seqset_next(&f->seqs, seq, &seq);
	     n++, seq++) {
		uint32_t uid = im->view.uid[seq - 1];

		/* What CHANGEDSINCE leaves out is not seen. */
		if (store_msg_get(im->store, &cur, uid, &m) == STORE_OK &&
		    (m.flags.system & STORE_SEEN) == 0 &&
		    m.modseq > f->modseq_since)
			seqset_add(uids, uid, uid);
	}
	store_cursor_end(&cur);
	store_end(im->store);
	f->marked = seq;
}

/* Whether a write is under way. */
static bool
mark(struct fetch *f)
{
	const struct store_flag_change change = { .op = STORE_FLAGS_ADD,
		.system = STORE_SEEN, .unchangedsince = UINT64_MAX };
	struct seqset uids = { 0 };
	bool any;

	find_unseen(f, &uids);
	any = uids.len > 0;
	if (any) {
		imap_write_begin(f->im);
		store_change_flags(f->im->store, &f->im->view.mailbox, &uids,
		    &change, on_marked, f->im);
	}
	seqset_clear(&uids);
	return any;
}

/* ---- messages ---- */

enum store_status
fetch_meta(struct fetch *f, enum fetch_meta which,
    const struct store_meta **out)
{
	if (which == FETCH_META_ALL)
		return imap_message_meta(&f->m, out);
	return imap_message_front(&f->m, out);
}

static bool
load(struct fetch *f, uint64_t seq)
{
	const struct store_meta *meta;
	enum store_status st = imap_message_load(&f->m,
	    f->im->view.uid[seq - 1],
	    STORE_HOT | (f->cold ? STORE_COLD : 0));

	if (st == STORE_OK && f->meta != FETCH_META_NONE)
		st = fetch_meta(f, f->meta, &meta);
	if (st == STORE_NONEXISTENT)
		f->expunged = true;
	else if (st != STORE_OK)
		f->failed = true;
	return st == STORE_OK;
}

/* The bytes that were promised cannot be had. */
static enum imap_result
give_up(struct fetch *f)
{
	log_error("imap: a message could not be read to its end",
	    "session=" LOG_ID " user=%s", session_started(f->im->session)->id,
	    f->im->user.name);
	imap_bye(f->im, "[UNAVAILABLE] The message cannot be read");
	return IMAP_WAIT;
}

static enum imap_result
finish(struct fetch *f)
{
	struct imap *im = f->im;

	if (f->failed)
		return imap_no(im, "UNAVAILABLE",
		    "Some of the messages cannot be read");
	if (f->unknown_cte)
		return imap_no(im, "UNKNOWN-CTE",
		    "Some of the parts have an encoding that is not known");
	if (f->expunged && !im->cmd.uid)
		return imap_no(im, "EXPUNGEISSUED",
		    "Some of the messages have been expunged");
	return imap_completed(im);
}

/* The next message that is wanted, from *seq on. */
static bool
next_wanted(struct fetch *f, uint64_t *seq)
{
	struct store_cursor *cur = &f->m.cursor;
	const struct store_view *v = &f->im->view;
	struct store_msg m;
	bool found = seqset_next(&f->seqs, *seq, seq);

	/* Leap to what has changed, until that is wanted. */
	while (f->since && found) {
		if (store_msg_changed(f->im->store, cur, v->uid[*seq - 1],
		    f->modseq_since, &m) != STORE_OK) {
			found = false;
			break;
		}
		if (m.uid == v->uid[*seq - 1])
			break;
		*seq = store_view_from(v, m.uid) + 1;
		found = seqset_next(&f->seqs, *seq, seq);
	}
	return found;
}

static enum imap_result
produce(struct fetch *f)
{
	for (unsigned n = 1;; n++) {
		uint64_t seq = f->next;

		if (!f->open) {
			if (!next_wanted(f, &seq))
				return finish(f);
			f->next = seq;
			if (seq >= f->ahead.end)
				return imap_pause(f->im);
			if (f->marks && seq >= f->marked)
				return IMAP_WAIT;
		}
		if (f->open || load(f, seq)) {
			enum fetch_write w = fetch_write(f, seq);

			if (w == FETCH_BROKEN)
				return give_up(f);
			if (w == FETCH_NO_ROOM)
				return IMAP_WAIT;
			if (w == FETCH_PAUSED)
				return imap_pause(f->im);
		}
		f->next = seq + 1;
		if (n % FETCH_SLICE == 0 && imap_slice_over(f->im))
			return imap_pause(f->im);
	}
}

static enum imap_result
resume(struct imap *im)
{
	struct fetch *f = im->cmd.state;
	enum imap_result r;

	if (f->vanished && !imap_tell_write(im))
		return IMAP_WAIT;
	f->vanished = false;
	if (!imap_ahead_begin(&f->ahead, f->next))
		return IMAP_WAIT;
	do {
		if (f->marks && !f->open && f->next >= f->marked && mark(f))
			return IMAP_WAIT;
		store_begin(im->store);
		imap_message_begin(&f->m);
		imap_flags_begin(&f->names, im);
		r = produce(f);
		imap_message_end(&f->m);
		store_end(im->store);
	} while (r == IMAP_WAIT && f->marks && !f->open &&
	    f->next >= f->marked);
	return r;
}

/* What has gone of the UIDs that stand at from (RFC 7162 section 3.2.6). */
static enum store_status
tell_gone(struct fetch *f, struct imap_cursor *from)
{
	struct imap *im = f->im;
	struct seqset uids = { 0 }, gone = { 0 };
	enum store_status st;

	imap_seqset(from, &uids);
	seqset_resolve(&uids, im->view.uidnext - 1);
	store_begin(im->store);
	st = imap_vanished_find(im, f->modseq_since, &uids, &gone);
	store_end(im->store);
	imap_tell_earlier(im, &gone);
	seqset_clear(&uids);
	seqset_clear(&gone);
	return st;
}

static enum imap_result
start(struct imap *im)
{
	struct fetch *f = xcalloc(1, sizeof(*f));
	struct imap_cursor set;

	im->cmd.state = f;
	f->im = im;
	f->m.store = im->store;
	f->m.cursor.mailbox = im->view.mailbox;
	if (!imap_arg_sp(im))
		return IMAP_DONE;
	set = im->cmd.args;
	if (!imap_arg_set(im, im->cmd.uid, &f->seqs) || !imap_arg_sp(im) ||
	    !fetch_parse(im, f))
		return IMAP_DONE;
	imap_limit_cut(im, &f->seqs);
	if (f->modseq)
		imap_enable_implicitly(im, IMAP_CONDSTORE);
	if (f->vanished) {
		enum store_status st = tell_gone(f, &set);

		if (st != STORE_OK)
			return imap_fail(im, st);
	}
	f->next = 1;
	/* What CHANGEDSINCE leaves out is not read. */
	f->ahead = (struct imap_ahead){ .im = im, .view = &im->view,
		.seqs = &f->seqs, .meta = f->meta != FETCH_META_NONE,
		.bytes = f->bytes,
		.columns = STORE_HOT | (f->cold ? STORE_COLD : 0),
		.end = f->since ? UINT64_MAX : 0 };
	f->marks = f->marks && !im->readonly;
	return resume(im);
}

void
fetch_clear(struct fetch *f)
{
	for (size_t i = 0; i < f->nitems; i++)
		imap_section_clear(&f->item[i].section);
	seqset_clear(&f->seqs);
	seqset_clear(&f->seen);
	buf_free(&f->labels);
	buf_free(&f->text);
	fetch_binary_end(f);
}

static void
clear(struct imap *im)
{
	fetch_clear(im->cmd.state);
}

const struct imap_handler imap_fetch = { start, resume, clear };
