/* SPDX-License-Identifier: ISC */
/*
 * SELECT, EXAMINE (RFC 3501 section 6.3.1) and UNSELECT (RFC 3691).
 */
#include <inttypes.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"

void
imap_deselect(struct imap *im)
{
	im->selected = im->readonly = false;
	im->keywords = 0;
	store_view_clear(&im->view);
	seqset_clear(&im->recent);
	imap_tell_clear(&im->tell);
}

/* The sequence number of the first message that is not \Seen; 0: none. */
static uint32_t
first_unseen(struct imap *im)
{
	struct store_cursor cur = { .mailbox = im->view.mailbox,
		.columns = STORE_HOT };
	struct store_counts counts;
	struct store_msg m = { 0 };
	uint32_t seq = 0;

	if (store_mailbox_counts(im->store, &im->view.mailbox, &counts) !=
	    STORE_OK || counts.unseen == 0)
		return 0;
	while (store_msg_next(im->store, &cur, m.uid + 1, &m) == STORE_OK) {
		if ((m.flags.system & STORE_SEEN) == 0) {
			seq = store_view_seq(&im->view, m.uid);
			break;
		}
		if (m.uid == UINT32_MAX)
			break;
	}
	store_cursor_end(&cur);
	return seq;
}

static void
describe(struct imap *im)
{
	struct imap_flags flags;
	uint32_t unseen = first_unseen(im);

	imap_flags_begin(&flags, im);
	imap_flags_list(&flags);
	buf_addf(&im->out, "* %zu EXISTS\r\n* %u RECENT\r\n",
	    im->view.len, imap_recent_count(im));
	if (unseen > 0)
		buf_addf(&im->out, "* OK [UNSEEN %u] The first unseen message\r\n",
		    unseen);
	buf_addf(&im->out, "* OK [UIDVALIDITY %u] UIDs are valid\r\n"
	    "* OK [UIDNEXT %u] The next UID\r\n",
	    im->view.uidvalidity, im->view.uidnext);
	if (imap_enabled(im, IMAP_CONDSTORE)) /* RFC 7162 section 3.1.2.1 */
		buf_addf(&im->out,
		    "* OK [HIGHESTMODSEQ %" PRIu64 "] The highest\r\n",
		    im->view.modseq);
}

static enum imap_result
open_mailbox(struct imap *im, bool readonly)
{
	struct buf *name = &im->cmd.name[0];
	struct store_mailbox m;
	enum store_status st;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name) ||
	    !imap_arg_end(im))
		return IMAP_DONE;
	imap_deselect(im);
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user, buf_span(name), &m);
	if (st == STORE_OK)
		st = store_view_open(im->store, &m, &im->view);
	if (st == STORE_OK) {
		im->selected = true;
		im->readonly = readonly;
		imap_recent_take(im);
		describe(im);
	}
	store_end(im->store);
	if (st != STORE_OK)
		return imap_fail(im, st);
	return imap_ok(im, "[%s] %s completed",
	    im->readonly ? "READ-ONLY" : "READ-WRITE", im->cmd.def->name);
}

static enum imap_result
select_mailbox(struct imap *im)
{
	return open_mailbox(im, false);
}

static enum imap_result
examine(struct imap *im)
{
	return open_mailbox(im, true);
}

static enum imap_result
unselect(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	imap_deselect(im);
	return imap_completed(im);
}

const struct imap_handler imap_select = { .start = select_mailbox };
const struct imap_handler imap_examine = { .start = examine };
const struct imap_handler imap_unselect = { .start = unselect };
