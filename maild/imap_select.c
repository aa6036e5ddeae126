/* SPDX-License-Identifier: ISC */
/*
 * SELECT, EXAMINE (RFC 3501 section 6.3.1), with CONDSTORE and QRESYNC (RFC
 * 7162 sections 3.1.8 and 3.2.5), and UNSELECT (RFC 3691).
 */
#include <inttypes.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"
#include "imap_enable.h"
#include "imap_flags.h"
#include "imap_name.h"
#include "imap_objectid.h"
#include "imap_qresync.h"

struct selecting {
	struct imap_qresync qresync;
	bool readonly, read;
	struct store_view ahead; /* as the reader pool has opened it */
};

void
imap_deselect(struct imap *im)
{
	im->selected = im->readonly = false;
	im->keywords = 0;
	store_view_clear(&im->view);
	seqset_clear(&im->recent);
	seqset_clear(&im->saved);
	imap_tell_clear(&im->tell);
	imap_context_clear(im);
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
	uint32_t unseen = imap_enabled(im, IMAP_REV2) ? 0 : first_unseen(im);

	imap_flags_begin(&flags, im);
	imap_flags_list(&flags);
	imap_name_selected(im, buf_span(&im->cmd.name[0]));
	imap_tell_counts(im);
	if (unseen > 0 && !imap_enabled(im, IMAP_UIDONLY))
		buf_addf(&im->out, "* OK [UNSEEN %u] The first unseen message\r\n",
		    unseen);
	buf_addf(&im->out, "* OK [UIDVALIDITY %u] UIDs are valid\r\n"
	    "* OK [UIDNEXT %u] The next UID\r\n",
	    im->view.uidvalidity, im->view.uidnext);
	buf_adds(&im->out, "* OK [MAILBOXID ("); /* RFC 8474 section 4.2 */
	imap_mailboxid(&im->out, &im->view.mailbox);
	buf_adds(&im->out, ")] Its identifier\r\n");
	if (imap_enabled(im, IMAP_CONDSTORE)) /* RFC 7162 section 3.1.2.1 */
		buf_addf(&im->out,
		    "* OK [HIGHESTMODSEQ %" PRIu64 "] The highest\r\n",
		    im->view.modseq);
}

static bool
parse_param(struct imap *im, struct imap_qresync *q, bool *condstore)
{
	if (imap_word(&im->cmd.args, "CONDSTORE")) {
		*condstore = true;
		return true;
	}
	if (!q->given && imap_word(&im->cmd.args, "QRESYNC"))
		return imap_qresync_parse(im, q);
	imap_bad(im, "CONDSTORE or QRESYNC was expected");
	return false;
}

static bool
parse_params(struct imap *im, struct imap_qresync *q, bool *condstore)
{
	if (!imap_sp(&im->cmd.args))
		return true;
	if (!imap_char(&im->cmd.args, '(')) {
		imap_bad(im, "Parameters in parentheses were expected");
		return false;
	}
	do {
		if (!parse_param(im, q, condstore))
			return false;
	} while (imap_sp(&im->cmd.args));
	if (imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "The parameters have no end");
	return false;
}

static enum store_status
open_view(struct imap *im, struct selecting *s)
{
	struct store_mailbox m;
	enum store_status st;

	st = store_mailbox_open(im->store, &im->user,
	    buf_span(&im->cmd.name[0]), &m);
	if (st == STORE_OK)
		st = store_view_open(im->store, &m, &im->view);
	if (st != STORE_OK)
		return st;
	im->selected = true;
	im->readonly = s->readonly;
	imap_recent_take(im);
	describe(im);
	return imap_qresync_tell(im, &s->qresync);
}

/* RFC 4314 section 5.2: whether there is anything that others would see; \Seen
 * is each user's own. */
static bool
may_change(const struct imap *im)
{
	return (im->view.mailbox.rights &
		   (STORE_INSERT | STORE_EXPUNGE | STORE_WRITE |
		       STORE_DELETE_MSG)) != 0;
}

/* The mailbox is selected; tell what QRESYNC asks for. */
static enum imap_result
selected(struct imap *im)
{
	if (!imap_tell_write(im))
		return IMAP_WAIT;
	return imap_ok(im, "[%s] %s completed",
	    im->readonly || !may_change(im) ? "READ-ONLY" : "READ-WRITE",
	    im->cmd.def->name);
}

/* In the reader pool. */
static void
read_ahead(struct store *reader, void *arg)
{
	struct imap *im = arg;
	struct selecting *s = im->cmd.state;
	struct store_cursor cur = { .columns = STORE_HOT };
	struct store_msg m;

	if (store_mailbox_open(reader, &im->user, buf_span(&im->cmd.name[0]),
		&cur.mailbox) != STORE_OK)
		return;
	store_view_open(reader, &cur.mailbox, &s->ahead);
	store_msg_next(reader, &cur, 1, &m); /* and what a guest has \Seen */
	store_cursor_end(&cur);
}

static void
on_read(void *arg)
{
	imap_write_end(arg);
}

static enum imap_result
resume(struct imap *im)
{
	struct selecting *s = im->cmd.state;
	enum store_status st;

	if (im->selected)
		return selected(im);
	if (!s->read && store_cold(im->store)) {
		s->read = true;
		imap_write_begin(im);
		store_pool_read(im->store, read_ahead, on_read, im);
		return IMAP_WAIT;
	}
	store_view_keep(im->store, &s->ahead);
	store_begin(im->store);
	st = open_view(im, s);
	store_end(im->store);
	if (st != STORE_OK) {
		imap_deselect(im);
		return imap_fail(im, st);
	}
	return selected(im);
}

static enum imap_result
open_mailbox(struct imap *im, bool readonly)
{
	struct selecting *s = xcalloc(1, sizeof(*s));
	bool condstore = false;

	im->cmd.state = s;
	s->readonly = readonly;
	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]) ||
	    !parse_params(im, &s->qresync, &condstore) || !imap_arg_end(im))
		return IMAP_DONE;
	if (im->selected)
		buf_adds(&im->out, "* OK [CLOSED] The mailbox that was "
				   "selected is closed\r\n");
	imap_deselect(im);
	if (condstore)
		imap_enable_implicitly(im, IMAP_CONDSTORE);
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct selecting *s = im->cmd.state;

	imap_qresync_clear(&s->qresync);
	store_view_clear(&s->ahead);
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

const struct imap_handler imap_select = { select_mailbox, resume, clear };
const struct imap_handler imap_examine = { examine, resume, clear };
const struct imap_handler imap_unselect = { .start = unselect };
