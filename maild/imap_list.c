/* SPDX-License-Identifier: ISC */
/*
 * LIST as RFC 5258 extends it, with STATUS (RFC 5819), METADATA (RFC 9590),
 * MYRIGHTS (RFC 8440) and SPECIAL-USE (RFC 6154), and LSUB (RFC 3501 section 6.3.9).
 */
#include "imap_list.h"

#include <stdlib.h>

#include "imap_acl.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_status.h"
#include "imap_use.h"

/* More than the answers for one name take. */
#define LIST_ROOM ((size_t)4096)
/* Look at the clock that often. */
#define LIST_SLICE 64

void
list_clear(struct listing *l)
{
	imap_entries_clear(&l->entries);
	buf_free(&l->names);
	free(l->pattern);
	free(l->name);
}

/* LSUB says of what is not subscribed that it cannot be selected; LIST does
 * where there is no mailbox, in the word that the client knows. */
static const char *
existence(const struct listing *l, const struct list_name *n)
{
	if (l->lsub ? n->subscribed : n->exists && !n->noselect)
		return "";
	return l->extended && !n->exists ? "\\NonExistent " : "\\Noselect ";
}

/* RFC 5258 section 3.5 */
static void
write_childinfo(struct buf *out, const struct listing *l)
{
	buf_adds(out, " (CHILDINFO (");
	if (l->select & LIST_SUBSCRIBED)
		buf_adds(out, "\"SUBSCRIBED\"");
	if ((l->select & (LIST_SUBSCRIBED | LIST_SPECIAL)) ==
	    (LIST_SUBSCRIBED | LIST_SPECIAL))
		buf_addc(out, ' ');
	if (l->select & LIST_SPECIAL)
		buf_adds(out, "\"SPECIAL-USE\"");
	buf_adds(out, "))");
}

static void
answer(struct imap *im, const struct listing *l, const struct list_name *n)
{
	bool subscribed =
	    n->subscribed && (l->select & LIST_SUBSCRIBED ||
				 l->returns & LIST_RETURN_SUBSCRIBED);
	struct buf *out = &im->out;

	buf_addf(out, "* %s (%s%s%s", l->lsub ? "LSUB" : "LIST",
	    existence(l, n), n->children ? "\\HasChildren" : "\\HasNoChildren",
	    subscribed && !l->lsub ? " \\Subscribed" : "");
	if (!l->lsub)
		imap_use_write(out, n->use);
	buf_addf(out, ") \"%c\" ", STORE_SEPARATOR);
	imap_out_mailbox(im, list_name_at(l, n));
	if (l->select & LIST_RECURSIVE && n->below)
		write_childinfo(out, l);
	buf_adds(out, "\r\n");
}

/* RFC 5819 section 2: what has no STATUS (any more) cannot be selected.  False:
 * its STATUS takes another turn. */
static bool
tell(struct imap *im, struct listing *l, struct list_name *n)
{
	struct imap_status_answer *a = &l->answer;
	bool status =
	    l->status != 0 && n->exists && n->meets && !n->noselect;

	if (!a->begun)
		*a = (struct imap_status_answer){ .name = list_name_at(l, n),
			.mailbox = n->mailbox, .items = l->status };
	if (status && !imap_status_get(im, a))
		return false;
	a->begun = false;
	if (status)
		n->noselect = a->st != STORE_OK;
	answer(im, l, n);
	if (status && !n->noselect)
		imap_status_write(im, a);
	if (l->returns & LIST_RETURN_MYRIGHTS && n->exists && n->meets)
		imap_write_myrights(im, a->name, n->mailbox.rights);
	if (l->entries.n > 0 && n->exists && n->meets)
		imap_entries_write(im, a->name, &n->mailbox, &l->entries);
	return true;
}

static enum imap_result
resume(struct imap *im)
{
	struct listing *l = im->cmd.state;
	unsigned told = 0;

	for (; l->at < l->len; l->at++) {
		if (!list_tells(l, &l->name[l->at]))
			continue;
		if (imap_room(im) <
		    LIST_ROOM + (l->entries.n > 0 ? IMAP_ENTRIES_ROOM : 0))
			return IMAP_WAIT;
		if (++told % LIST_SLICE == 0 && imap_slice_over(im))
			return imap_pause(im);
		if (!tell(im, l, &l->name[l->at]))
			return imap_pause(im);
	}
	return imap_completed(im);
}

static void
clear(struct imap *im)
{
	list_clear(im->cmd.state);
}

static enum imap_result
list(struct imap *im, bool lsub)
{
	struct listing *l = xcalloc(1, sizeof(*l));
	enum store_status st;

	im->cmd.state = l;
	l->lsub = lsub;
	if (lsub)
		l->select = LIST_SUBSCRIBED;
	if (!list_parse(im, l))
		return IMAP_DONE;
	if (!l->extended && l->text[0].n == 0) {
		buf_addf(&im->out, "* %s (\\Noselect) \"%c\" \"\"\r\n",
		    im->cmd.def->name, STORE_SEPARATOR);
		return imap_completed(im);
	}
	list_patterns(im, l);
	st = list_gather(im, l);
	return st == STORE_OK ? resume(im) : imap_fail(im, st);
}

static enum imap_result
start_list(struct imap *im)
{
	return list(im, false);
}

static enum imap_result
start_lsub(struct imap *im)
{
	return list(im, true);
}

const struct imap_handler imap_list = { start_list, resume, clear };
const struct imap_handler imap_lsub = { start_lsub, resume, clear };
