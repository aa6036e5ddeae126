/* SPDX-License-Identifier: ISC */
/*
 * STORE (RFC 3501 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section
 * 3.1.3).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"
#include "imap_limit.h"
#include "imap_modseq.h"

struct storing {
	bool silent;
	bool missing; /* others have expunged some of the messages */
	struct buf modified; /* the response code; empty: none was modified */
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

/* Some messages were left alone: tell which, and how they are now. */
static void
describe_modified(struct imap *im, const struct seqset *uids)
{
	struct storing *s = im->cmd.state;
	struct seqset seqs = { 0 };
	uint64_t uid;

	if (uids->len == 0)
		return;
	imap_tell_flags(im, uids);
	buf_adds(&s->modified, "[MODIFIED ");
	for (uid = 0; !im->cmd.uid && seqset_next(uids, uid, &uid); uid++) {
		uint32_t seq = store_view_seq(&im->view, (uint32_t)uid);

		seqset_add(&seqs, seq, seq);
	}
	seqset_format(&s->modified, im->cmd.uid ? uids : &seqs);
	buf_adds(&s->modified, "] ");
	seqset_clear(&seqs);
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
	describe_modified(im, &c->modified);
	if (!s->silent)
		imap_tell_flags(im, &c->done);
	else
		imap_tell_silently(im, c);
	if (s->silent && imap_enabled(im, IMAP_CONDSTORE))
		imap_tell_modseqs(im, &c->done);
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
	if (s->modified.len > 0)
		return s->missing && !im->cmd.uid ?
		    imap_no(im, NULL, "%sSome others have been expunged",
			s->modified.data) :
		    imap_ok(im, "%sConditional STORE failed",
			s->modified.data);
	if (s->missing && !s->silent && !im->cmd.uid)
		return imap_no(im, "EXPUNGEISSUED",
		    "Some of the messages have been expunged");
	return imap_completed(im);
}

/* "(UNCHANGEDSINCE n) ", or nothing. */
static bool
parse_modifier(struct imap *im, struct store_flag_change *change)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_char(c, '('))
		return true;
	if (!imap_word(c, "UNCHANGEDSINCE")) {
		imap_bad(im, "UNCHANGEDSINCE was expected");
		return false;
	}
	if (!imap_arg_sp(im) || !imap_arg_modseq(im, &change->unchangedsince))
		return false;
	if (!imap_char(c, ')')) {
		imap_bad(im, "The modifier has no end");
		return false;
	}
	return imap_arg_sp(im);
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
	    !imap_arg_sp(im) || !parse_modifier(im, &change) ||
	    !parse_item(im, &change) || !imap_arg_sp(im) ||
	    !imap_flag_args(im, true, &flags) || !imap_arg_end(im))
		goto out;
	imap_limit_cut(im, &seqs);
	store_view_uids(&im->view, &seqs, &uids);
	if (change.unchangedsince <= IMAP_MODSEQ_MAX)
		imap_enable_implicitly(im, IMAP_CONDSTORE);
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

static void
clear(struct imap *im)
{
	struct storing *s = im->cmd.state;

	buf_free(&s->modified);
}

const struct imap_handler imap_store = { start, changed, clear };
