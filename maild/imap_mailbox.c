/* SPDX-License-Identifier: ISC */
/*
 * CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 sections 6.3.3
 * to 6.3.7), with CREATE-SPECIAL-USE (RFC 6154 section 3) and MAILBOXID (RFC
 * 8474 section 4.1).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_name.h"
#include "imap_notify.h"
#include "imap_objectid.h"
#include "imap_use.h"

static void
on_done(void *arg, enum store_status st)
{
	struct imap *im = arg;

	if (!imap_write_end(im))
		return;
	if (st == STORE_OK) {
		imap_notify_own(im);
		imap_completed(im);
	} else {
		imap_fail(im, st);
	}
}

/* The reply is set by then. */
static enum imap_result
resume(struct imap *im)
{
	(void)im;
	return IMAP_DONE;
}

/* SP and a name that ends the command. */
static bool
last_name(struct imap *im, struct buf *name)
{
	return imap_arg_sp(im) && imap_arg_mailbox(im, name) &&
	    imap_arg_end(im);
}

/* A name that is to be; a separator at its end only declares an intent. */
static struct span
new_name(const struct buf *name)
{
	struct span s = buf_span(name);

	if (s.n > 1 && s.p[s.n - 1] == STORE_SEPARATOR)
		s.n--;
	return s;
}

static bool
parse_use(struct imap *im, unsigned *uses)
{
	struct imap_cursor *c = &im->cmd.args;
	struct span name;

	if (!imap_char(c, '('))
		return false;
	if (imap_char(c, ')'))
		return true;
	do {
		unsigned use;

		if (!imap_flag(c, &name) || name.p[0] != '\\')
			return false;
		use = imap_use_find(name) & IMAP_USES;
		if (use == 0)
			*uses |= ~IMAP_USES;
		*uses |= use;
	} while (imap_sp(c));
	return imap_char(c, ')');
}

static bool
parse_create(struct imap *im, unsigned *uses)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]))
		return false;
	if (imap_end(c))
		return true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(') || !imap_word(c, "USE") || !imap_sp(c) ||
	    !parse_use(im, uses) || !imap_char(c, ')')) {
		imap_bad(im, "(USE (...)) with special uses was expected");
		return false;
	}
	return imap_arg_end(im);
}

/* With the identifier, unless the mailbox is gone again already. */
static void
on_created(void *arg, enum store_status st)
{
	struct imap *im = arg;
	struct store_mailbox m;
	struct buf id = { 0 };

	if (!imap_write_end(im))
		return;
	if (st != STORE_OK) {
		imap_fail(im, st);
		return;
	}
	imap_notify_own(im);
	store_begin(im->store);
	st = store_mailbox_open(
	    im->store, &im->user, new_name(&im->cmd.name[0]), &m);
	store_end(im->store);
	imap_name_made(im, new_name(&im->cmd.name[0]),
	    new_name(&im->cmd.name[0]));
	imap_mailboxid(&id, &m);
	if (st == STORE_OK)
		imap_ok(im, "[MAILBOXID (%s)] CREATE completed", id.data);
	else
		imap_completed(im);
	buf_free(&id);
}

static enum imap_result
create(struct imap *im)
{
	unsigned uses = 0;

	if (!parse_create(im, &uses))
		return IMAP_DONE;
	if ((uses & ~IMAP_USES) != 0)
		return imap_no(im, "USEATTR", IMAP_USES_SAID);
	imap_write_begin(im);
	store_mailbox_create(im->store, &im->user, new_name(&im->cmd.name[0]),
	    uses, on_created, im);
	return IMAP_WAIT;
}

/* Of the selected mailbox is nothing left to be told. */
static enum imap_result
deleted(struct imap *im)
{
	const struct store_mailbox *m = im->cmd.state;

	if (im->cmd.status != IMAP_OK)
		return IMAP_DONE;
	if (im->selected && m->id == im->view.mailbox.id)
		imap_deselect(im);
	imap_name_deleted(im, buf_span(&im->cmd.name[0]));
	return IMAP_DONE;
}

static enum imap_result
delete(struct imap *im)
{
	struct buf *name = &im->cmd.name[0];
	struct store_mailbox *m = xcalloc(1, sizeof(*m));

	im->cmd.state = m;
	if (!imap_arg_open(im, m))
		return IMAP_DONE;
	imap_write_begin(im);
	store_mailbox_delete(im->store, &im->user, buf_span(name), on_done,
	    im);
	return IMAP_WAIT;
}

static enum imap_result
renamed(struct imap *im)
{
	if (im->cmd.status == IMAP_OK)
		imap_name_made(im, buf_span(&im->cmd.name[0]),
		    new_name(&im->cmd.name[1]));
	return IMAP_DONE;
}

static enum imap_result
rename_mailbox(struct imap *im)
{
	struct buf *from = &im->cmd.name[0], *to = &im->cmd.name[1];

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, from) ||
	    !last_name(im, to))
		return IMAP_DONE;
	imap_write_begin(im);
	store_mailbox_rename(im->store, &im->user, buf_span(from),
	    new_name(to), on_done, im);
	return IMAP_WAIT;
}

static enum imap_result
set_subscribed(struct imap *im, bool on)
{
	struct buf *name = &im->cmd.name[0];

	if (!last_name(im, name))
		return IMAP_DONE;
	imap_write_begin(im);
	store_subscribe(im->store, &im->user, buf_span(name), on, on_done, im);
	return IMAP_WAIT;
}

static enum imap_result
subscribe(struct imap *im)
{
	return set_subscribed(im, true);
}

static enum imap_result
unsubscribe(struct imap *im)
{
	return set_subscribed(im, false);
}

const struct imap_handler imap_create = { create, resume, NULL };
const struct imap_handler imap_delete = { delete, deleted, NULL };
const struct imap_handler imap_rename = { rename_mailbox, renamed, NULL };
const struct imap_handler imap_subscribe = { subscribe, resume, NULL };
const struct imap_handler imap_unsubscribe = { unsubscribe, resume, NULL };
