/* SPDX-License-Identifier: ISC */
/*
 * COPY (RFC 3501 section 6.4.7) and MOVE (RFC 6851), with COPYUID (RFC 4315).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_limit.h"

struct copying {
	bool move;
	struct buf copyuid; /* the response code; empty: nothing was copied */
	bool missing;       /* others have expunged some of the messages */
};

static void
describe(struct buf *out, const struct store_changed *c)
{
	if (c->copy.len == 0)
		return;
	buf_addf(out, "[COPYUID %u ", c->uidvalidity);
	seqset_format(out, &c->source);
	buf_addc(out, ' ');
	seqset_format(out, &c->copy);
	buf_addc(out, ']');
}

static void
on_copied(void *arg, enum store_status st, const struct store_changed *c)
{
	struct imap *im = arg;
	struct copying *s;

	if (!imap_write_end(im))
		return;
	s = im->cmd.state;
	s->missing = c->missing.len > 0;
	im->cmd.modseq =
	    s->move && c->nmodseqs > 0 && imap_enabled(im, IMAP_QRESYNC);
	describe(&s->copyuid, c);
	if (st != STORE_OK)
		imap_fail_target(im, st);
}

/*
 * What a MOVE has moved is moved, even if it then failed; its COPYUID goes
 * before the EXPUNGEs (RFC 6851 section 4.3).
 */
static enum imap_result
copied(struct imap *im)
{
	struct copying *s = im->cmd.state;
	bool any = s->copyuid.len > 0;

	if (s->move && any)
		buf_addf(&im->out, "* OK %s Moved\r\n", s->copyuid.data);
	if (im->cmd.status != IMAP_OK)
		return IMAP_DONE;
	if (!any)
		return s->missing && !im->cmd.uid ?
		    imap_no(im, "EXPUNGEISSUED",
			"The messages have been expunged") :
		    imap_ok(im, "There were no such messages");
	if (s->move)
		return imap_completed(im);
	return imap_ok(im, "%s %sCOPY completed", s->copyuid.data,
	    im->cmd.uid ? "UID " : "");
}

static enum imap_result
start(struct imap *im, bool move)
{
	struct copying *s = xcalloc(1, sizeof(*s));
	struct seqset seqs = { 0 }, uids = { 0 };
	struct store_mailbox to;
	enum imap_result r = IMAP_DONE;
	enum store_status st;

	im->cmd.state = s;
	s->move = move;
	if (!imap_arg_sp(im) || !imap_arg_set(im, im->cmd.uid, &seqs) ||
	    !imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]) ||
	    !imap_arg_end(im))
		goto out;
	if (move)
		imap_limit_cut(im, &seqs);
	else if (!imap_limit_allows(im, seqset_count(&seqs)))
		goto out;
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user,
	    buf_span(&im->cmd.name[0]), &to);
	store_end(im->store);
	if (st != STORE_OK) {
		imap_fail_target(im, st);
		goto out;
	}
	store_view_uids(&im->view, &seqs, &uids);
	imap_write_begin(im);
	store_copy(im->store, &im->view.mailbox, &uids, &to, move, on_copied,
	    im);
	r = IMAP_WAIT;
out:
	seqset_clear(&seqs);
	seqset_clear(&uids);
	return r;
}

static enum imap_result
copy(struct imap *im)
{
	return start(im, false);
}

static enum imap_result
move(struct imap *im)
{
	return start(im, true);
}

static void
clear(struct imap *im)
{
	struct copying *s = im->cmd.state;

	buf_free(&s->copyuid);
}

const struct imap_handler imap_copy = { copy, copied, clear };
const struct imap_handler imap_move = { move, copied, clear };
