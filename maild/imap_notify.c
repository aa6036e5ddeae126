/* SPDX-License-Identifier: ISC */
/*
 * NOTIFY (RFC 5465 section 3.1).
 */
#include "imap_notify.h"

#include <stdlib.h>

#include "casefold.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_fetch.h"

static const struct {
	const char *name;
	unsigned event;
} events[] = {
	{ "MessageNew", NOTIFY_NEW },
	{ "MessageExpunge", NOTIFY_EXPUNGE },
	{ "FlagChange", NOTIFY_FLAGS },
	{ "MailboxName", NOTIFY_NAME },
	{ "SubscriptionChange", NOTIFY_SUBSCRIPTION },
	{ "MailboxMetadataChange", NOTIFY_METADATA },
	{ "ServerMetadataChange", NOTIFY_SERVER },
};
#define NEVENTS (sizeof(events) / sizeof(events[0]))

static const struct {
	const char *name;
	enum notify_filter filter;
} filters[] = {
	{ "SELECTED", NOTIFY_SELECTED },
	{ "SELECTED-DELAYED", NOTIFY_DELAYED },
	{ "INBOXES", NOTIFY_PERSONAL },
	{ "PERSONAL", NOTIFY_PERSONAL },
	{ "SUBSCRIBED", NOTIFY_SUBSCRIBED },
	{ "SUBTREE", NOTIFY_SUBTREE },
	{ "MAILBOXES", NOTIFY_MAILBOXES },
};
#define NFILTERS (sizeof(filters) / sizeof(filters[0]))

/* What a command asks for, until all of it is known to be good. */
struct asking {
	struct imap_notify *n;
	bool status, some_selected;
};

/* ---- one group ---- */

/* Names are kept in Normalization Form C, and INBOX in capitals. */
static bool
take_name(struct imap *im, struct imap_notify *n)
{
	struct notify_names *w = &n->wanted;
	struct buf *name = &im->cmd.name[0];
	size_t off = w->text.len;

	if (w->len == NOTIFY_NAMES_MAX) {
		imap_no(im, "NOTIFICATIONOVERFLOW",
		    "NOTIFY takes at most %d names", NOTIFY_NAMES_MAX);
		return false;
	}
	if (!imap_arg_mailbox(im, name))
		return false;
	if (span_ieqs(buf_span(name), "INBOX"))
		buf_adds(&w->text, "INBOX");
	else if (utf8_nfc(&w->text, buf_span(name)) < 0)
		w->text.len = off;
	if (w->len == w->cap) {
		w->cap = w->cap * 2 + 8;
		w->name = xrealloc_array(w->name, w->cap, sizeof(w->name[0]));
	}
	w->name[w->len++] =
	    (struct notify_name){ .off = off, .len = w->text.len - off };
	return true;
}

static bool
take_names(struct imap *im, struct imap_notify *n, struct notify_group *g)
{
	struct imap_cursor *c = &im->cmd.args;
	bool list;

	if (!imap_arg_sp(im))
		return false;
	list = imap_char(c, '(');
	g->first = n->wanted.len;
	do {
		if (!take_name(im, n))
			return false;
	} while (list && imap_sp(c));
	g->count = n->wanted.len - g->first;
	if (!list || imap_char(c, ')'))
		return true;
	imap_bad(im, "The list of mailboxes has no end");
	return false;
}

static bool
take_filter(struct imap *im, struct asking *a, struct notify_group *g)
{
	struct span name;

	if (!imap_atom(&im->cmd.args, &name))
		name = (struct span){ 0 };
	for (size_t i = 0; i < NFILTERS; i++) {
		if (!span_ieqs(name, filters[i].name))
			continue;
		g->filter = filters[i].filter;
		if (g->filter >= NOTIFY_SUBTREE)
			return take_names(im, a->n, g);
		if (g->filter > NOTIFY_DELAYED || !a->some_selected)
			return true;
		imap_bad(im, "The selected mailbox is named twice");
		return false;
	}
	imap_bad(im, "A choice of mailboxes was expected");
	return false;
}

/* RFC 5465 section 3.1: this one is NO, with all that there are. */
static void
bad_event(struct imap *im)
{
	struct buf code = { 0 };

	buf_adds(&code, "BADEVENT (");
	for (size_t i = 0; i < NEVENTS; i++)
		buf_addf(&code, "%s%s", i > 0 ? " " : "", events[i].name);
	buf_addc(&code, ')');
	imap_no(im, code.data, "There is no such event here");
	buf_free(&code);
}

/* The attributes of new messages, kept as they stand. */
static bool
take_fetch(struct imap *im, struct asking *a, const struct notify_group *g)
{
	struct span text;

	if (!fetch_take_items(im, &text))
		return false;
	if (text.n == 0)
		return true;
	if (g->filter > NOTIFY_DELAYED) {
		imap_bad(im, "Only messages of the selected mailbox are "
			     "fetched");
		return false;
	}
	buf_clear(&a->n->fetch);
	buf_add_span(&a->n->fetch, text);
	return true;
}

static bool
take_event(struct imap *im, struct asking *a, struct notify_group *g)
{
	struct span name;

	if (!imap_atom(&im->cmd.args, &name)) {
		imap_bad(im, "An event was expected");
		return false;
	}
	for (size_t i = 0; i < NEVENTS; i++) {
		if (!span_ieqs(name, events[i].name))
			continue;
		g->events |= events[i].event;
		return events[i].event != NOTIFY_NEW || take_fetch(im, a, g);
	}
	bad_event(im);
	return false;
}

/* Sections 5 and 6.1 */
static bool
check_events(struct imap *im, const struct notify_group *g)
{
	const unsigned both = NOTIFY_NEW | NOTIFY_EXPUNGE;

	if ((g->events & NOTIFY_MESSAGES) != 0 && (g->events & both) != both)
		imap_bad(im, "MessageNew and MessageExpunge go together");
	else if (g->filter <= NOTIFY_DELAYED &&
		 (g->events & ~NOTIFY_MESSAGES) != 0)
		imap_bad(im, "That is no event of a selected mailbox");
	else
		return true;
	return false;
}

/* In parentheses; examples and some clients have none. */
static bool
take_events(struct imap *im, struct asking *a, struct notify_group *g)
{
	struct imap_cursor *c = &im->cmd.args;
	bool list;

	if (!imap_arg_sp(im))
		return false;
	if (imap_word(c, "NONE"))
		return true;
	list = imap_char(c, '(');
	do {
		if (!take_event(im, a, g))
			return false;
	} while (imap_sp(c));
	if (!list || imap_char(c, ')'))
		return check_events(im, g);
	imap_bad(im, "The list of events has no end");
	return false;
}

static bool
take_group(struct imap *im, struct asking *a)
{
	struct imap_cursor *c = &im->cmd.args;
	struct notify_group g = { 0 };
	struct imap_notify *n = a->n;

	if (!imap_char(c, '(')) {
		imap_bad(im, "Events in parentheses were expected");
		return false;
	}
	if (n->ngroups == NOTIFY_GROUPS_MAX) {
		imap_no(im, "NOTIFICATIONOVERFLOW",
		    "NOTIFY takes at most %d groups", NOTIFY_GROUPS_MAX);
		return false;
	}
	if (!take_filter(im, a, &g) || !take_events(im, a, &g))
		return false;
	if (!imap_char(c, ')')) {
		imap_bad(im, "The events have no end");
		return false;
	}
	if (g.filter > NOTIFY_DELAYED) {
		n->group = xrealloc_array(
		    n->group, n->ngroups + 1, sizeof(n->group[0]));
		n->group[n->ngroups++] = g;
		return true;
	}
	a->some_selected = true;
	n->selected = g.events;
	n->delayed = g.filter == NOTIFY_DELAYED;
	return true;
}

/* ---- the command ---- */

static bool
parse(struct imap *im, struct asking *a)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im))
		return false;
	if (imap_word(c, "NONE"))
		return imap_arg_end(im);
	if (!imap_word(c, "SET")) {
		imap_bad(im, "SET or NONE was expected");
		return false;
	}
	if (!imap_arg_sp(im))
		return false;
	a->status = imap_word(c, "STATUS");
	if (a->status && !imap_arg_sp(im))
		return false;
	do {
		if (!take_group(im, a))
			return false;
	} while (imap_sp(c));
	return imap_arg_end(im);
}

/* Whether there is anything about mailboxes that are not selected. */
static bool
wants_others(const struct imap_notify *n)
{
	for (size_t i = 0; i < n->ngroups; i++) {
		if (n->group[i].events != 0)
			return true;
	}
	return false;
}

static enum store_status
begin(struct imap_notify *n)
{
	enum store_status st = STORE_OK;

	if (!wants_others(n))
		return STORE_OK;
	st = notify_names_read(n, &n->names);
	if (st == STORE_OK && !notify_boxes_choose(n))
		st = STORE_OVERQUOTA;
	return st;
}

static enum imap_result
notify(struct imap *im)
{
	struct asking a = { .n = xcalloc(1, sizeof(*a.n)) };
	struct imap_notify *before = im->notify;
	enum store_status st = STORE_UNAVAILABLE;

	a.n->im = im;
	im->notify = a.n;
	if (parse(im, &a)) {
		st = begin(a.n);
		if (st == STORE_OVERQUOTA)
			imap_no(im, "NOTIFICATIONOVERFLOW",
			    "At most %d mailboxes can be watched",
			    NOTIFY_BOXES_MAX);
		else if (st != STORE_OK)
			imap_fail(im, st);
	}
	if (st != STORE_OK) {
		imap_notify_clear(im);
		im->notify = before;
		return IMAP_DONE;
	}
	im->notify = before;
	imap_notify_clear(im);
	im->notify = a.n;
	a.n->names_dirty = wants_others(a.n); /* sees to the watches */
	notify_boxes_describe(a.n, a.status);
	return imap_completed(im);
}

const struct imap_handler imap_notify = { .start = notify };
