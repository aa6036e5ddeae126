/* SPDX-License-Identifier: ISC */
/*
 * STORE (RFC 3501 section 6.4.6).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_flags.h"

struct storing {
	bool silent;
	bool missing; /* others have expunged some of the messages */
};

static const struct {
	const char *name;
	enum store_flag_op op;
	bool silent;
} items[] = {
	{ "FLAGS", STORE_FLAGS_SET, false },
	{ "FLAGS.SILENT", STORE_FLAGS_SET, true },
	{ "+FLAGS", STORE_FLAGS_ADD, false },
	{ "+FLAGS.SILENT", STORE_FLAGS_ADD, true },
	{ "-FLAGS", STORE_FLAGS_REMOVE, false },
	{ "-FLAGS.SILENT", STORE_FLAGS_REMOVE, true },
};

static bool
parse_item(struct imap *im, struct store_flag_change *change)
{
	struct storing *s = im->cmd.state;
	struct span name;

	if (!imap_atom(&im->cmd.args, &name))
		name = (struct span){ 0 };
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (!span_ieqs(name, items[i].name))
			continue;
		change->op = items[i].op;
		s->silent = items[i].silent;
		return true;
	}
	imap_bad(im, "FLAGS, +FLAGS or -FLAGS was expected");
	return false;
}

static void
on_changed(void *arg, enum store_status st, const struct store_changed *c)
{
	struct imap *im = arg;
	struct storing *s;

	if (!imap_write_end(im))
		return;
	s = im->cmd.state;
	s->missing = c->missing.len > 0;
	if (s->silent)
		imap_tell_silently(im, c);
	else
		imap_tell_flags(im, &c->done);
	if (st != STORE_OK)
		imap_fail(im, st);
}

/* RFC 2180 section 4.2; behind "UID" their EXPUNGE is told with this reply. */
static enum imap_result
changed(struct imap *im)
{
	const struct storing *s = im->cmd.state;

	if (im->cmd.status != IMAP_OK)
		return IMAP_DONE;
	if (s->missing && !s->silent && !im->cmd.uid)
		return imap_no(im, "EXPUNGEISSUED",
		    "Some of the messages have been expunged");
	return imap_completed(im);
}

static enum imap_result
start(struct imap *im)
{
	struct store_flag_change change = { .unchangedsince = UINT64_MAX };
	struct imap_flag_args flags = { 0 };
	struct seqset seqs = { 0 }, uids = { 0 };
	enum imap_result r = IMAP_DONE;

	im->cmd.state = xcalloc(1, sizeof(struct storing));
	if (!imap_arg_sp(im) || !imap_arg_set(im, im->cmd.uid, &seqs) ||
	    !imap_arg_sp(im) || !parse_item(im, &change) ||
	    !imap_arg_sp(im) || !imap_flag_args(im, true, &flags) ||
	    !imap_arg_end(im))
		goto out;
	store_view_uids(&im->view, &seqs, &uids);
	/* What others have changed before is not silent. */
	if (((struct storing *)im->cmd.state)->silent)
		imap_tell_sync(im, false);
	change.system = flags.system;
	change.keyword = flags.keyword;
	change.nkeywords = flags.nkeywords;
	imap_write_begin(im);
	store_change_flags(im->store, &im->view.mailbox, &uids, &change,
	    on_changed, im);
	r = IMAP_WAIT;
out:
	imap_flag_args_clear(&flags);
	seqset_clear(&seqs);
	seqset_clear(&uids);
	return r;
}

const struct imap_handler imap_store = { start, changed, NULL };
