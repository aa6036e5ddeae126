/* SPDX-License-Identifier: ISC */
#include "imap_qresync.h"

#include "imap_args.h"
#include "imap_enable.h"
#include "imap_modseq.h"

/* Pairs of a message number and its UID that are looked at, at most. */
#define PAIRS_MAX 65536

/* A set without "*". */
static bool
parse_known(struct imap *im, struct seqset *set)
{
	if (imap_seqset(&im->cmd.args, set) &&
	    set->range[set->len - 1].hi != SEQSET_STAR)
		return true;
	imap_bad(im, "A set of known numbers was expected, without \"*\"");
	return false;
}

static bool
parse_pairs(struct imap *im, struct imap_qresync *q)
{
	if (imap_enabled(im, IMAP_UIDONLY)) {
		imap_bad(im, IMAP_UIDREQUIRED);
		return false;
	}
	if (!parse_known(im, &q->seqs) || !imap_arg_sp(im) ||
	    !parse_known(im, &q->uids))
		return false;
	if (seqset_count(&q->seqs) != seqset_count(&q->uids)) {
		imap_bad(im, "There must be as many UIDs as message numbers");
		return false;
	}
	if (imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "The pairs of numbers and UIDs have no end");
	return false;
}

/* The optional arguments, each behind a space. */
static bool
parse_optional(struct imap *im, struct imap_qresync *q)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_sp(c))
		return true;
	if (!imap_peek(c, '(')) {
		q->some = true;
		if (!parse_known(im, &q->known))
			return false;
		if (!imap_sp(c))
			return true;
	}
	if (imap_char(c, '('))
		return parse_pairs(im, q);
	imap_bad(im, "Numbers and their UIDs were expected in parentheses");
	return false;
}

bool
imap_qresync_parse(struct imap *im, struct imap_qresync *q)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_enabled(im, IMAP_QRESYNC)) {
		imap_bad(im, "QRESYNC has not been enabled");
		return false;
	}
	q->given = true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(') || !imap_number(c, &q->uidvalidity) ||
	    q->uidvalidity == 0 || !imap_sp(c)) {
		imap_bad(im, "QRESYNC takes a UIDVALIDITY and a mod-sequence "
			     "in parentheses");
		return false;
	}
	if (!imap_arg_modseq(im, &q->modseq) || !parse_optional(im, q))
		return false;
	if (imap_char(c, ')'))
		return true;
	imap_bad(im, "The arguments of QRESYNC have no end");
	return false;
}

/* The highest UID of a pair that still holds: no message at or below it has
 * gone that the client knows.  0: none. */
static uint32_t
highest_match(const struct imap *im, const struct imap_qresync *q)
{
	uint64_t seq = 0, uid = 0;
	uint32_t match = 0;

	for (unsigned i = 0; i < PAIRS_MAX; i++) {
		if (!seqset_next(&q->seqs, seq, &seq) ||
		    !seqset_next(&q->uids, uid, &uid) || seq > im->view.len)
			break;
		if (seq > 0 && im->view.uid[seq - 1] == uid)
			match = (uint32_t)uid;
		seq++;
		uid++;
	}
	return match;
}

static void
tell_changed(struct imap *im, const struct imap_qresync *q)
{
	struct store_cursor cur = { .mailbox = im->view.mailbox,
		.columns = STORE_HOT };
	struct seqset changed = { 0 };
	struct store_msg m;

	for (uint32_t uid = 1; uid > 0; uid = m.uid + 1) {
		if (store_msg_changed(im->store, &cur, uid, q->modseq, &m) !=
		    STORE_OK)
			break;
		if (seqset_has(&q->known, m.uid))
			seqset_add(&changed, m.uid, m.uid);
	}
	store_cursor_end(&cur);
	imap_tell_flags(im, &changed);
	seqset_clear(&changed);
}

enum store_status
imap_qresync_tell(struct imap *im, struct imap_qresync *q)
{
	struct seqset vanished = { 0 };
	enum store_status st;
	uint32_t match;

	if (!q->given || q->uidvalidity != im->view.uidvalidity ||
	    q->modseq >= im->view.modseq)
		return STORE_OK;
	if (!q->some && im->view.uidnext > 1)
		seqset_add(&q->known, 1, im->view.uidnext - 1);
	st = imap_vanished_find(im, q->modseq, &q->known, &vanished);
	match = highest_match(im, q);
	if (match > 0)
		seqset_remove(&vanished, 1, match);
	imap_tell_earlier(im, &vanished);
	seqset_clear(&vanished);
	if (st == STORE_OK)
		tell_changed(im, q);
	return st;
}

void
imap_qresync_clear(struct imap_qresync *q)
{
	seqset_clear(&q->known);
	seqset_clear(&q->seqs);
	seqset_clear(&q->uids);
	*q = (struct imap_qresync){ 0 };
}
