/* SPDX-License-Identifier: ISC */
/*
 * EXPUNGE and CLOSE (RFC 3501 sections 6.4.2 and 6.4.3), UID EXPUNGE (RFC
 * 4315).  Their EXPUNGE responses are those that imap_tell_write.c writes.
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_limit.h"

static void
on_done(void *arg, enum store_status st, const struct store_changed *c)
{
	struct imap *im = arg;

	if (!imap_write_end(im))
		return;
	im->cmd.modseq = c->nmodseqs > 0 && imap_enabled(im, IMAP_QRESYNC);
	if (st == STORE_OK)
		imap_completed(im);
	else
		imap_fail(im, st);
}

static enum imap_result
expunged(struct imap *im)
{
	(void)im;
	return IMAP_DONE;
}

static enum imap_result
expunge(struct imap *im)
{
	struct seqset seqs = { 0 }, uids = { 0 };
	enum imap_result r = IMAP_DONE;

	if (im->cmd.uid &&
	    (!imap_arg_sp(im) || !imap_arg_set(im, true, &seqs)))
		goto out;
	if (!imap_arg_end(im))
		goto out;
	imap_limit_cut(im, &seqs);
	store_view_uids(&im->view, &seqs, &uids);
	imap_write_begin(im);
	store_expunge(im->store, &im->view.mailbox, im->cmd.uid ? &uids : NULL,
	    on_done, im);
	r = IMAP_WAIT;
out:
	seqset_clear(&seqs);
	seqset_clear(&uids);
	return r;
}

static enum imap_result
closed(struct imap *im)
{
	if (im->cmd.status == IMAP_OK)
		imap_deselect(im);
	return IMAP_DONE;
}

static enum imap_result
close_mailbox(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	/* RFC 4314 section 4: without "e" it only closes. */
	if (im->readonly || (im->view.mailbox.rights & STORE_EXPUNGE) == 0) {
		imap_completed(im);
		return closed(im);
	}
	imap_write_begin(im);
	store_expunge(im->store, &im->view.mailbox, NULL, on_done, im);
	return IMAP_WAIT;
}

const struct imap_handler imap_expunge = { expunge, expunged, NULL };
const struct imap_handler imap_close = { close_mailbox, closed, NULL };
