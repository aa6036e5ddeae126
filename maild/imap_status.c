/* SPDX-License-Identifier: ISC */
/*
 * STATUS (RFC 3501 section 6.3.10), with SIZE (RFC 8438), DELETED and
 * DELETED-STORAGE (RFC 9208), APPENDLIMIT (RFC 7889), HIGHESTMODSEQ (RFC 7162)
 * and MAILBOXID (RFC 8474).
 */
#include "imap_status.h"

#include "conf.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_objectid.h"

enum status_item {
	STATUS_MESSAGES = 1,
	STATUS_RECENT = 2,
	STATUS_UIDNEXT = 4,
	STATUS_UIDVALIDITY = 8,
	STATUS_UNSEEN = 16,
	STATUS_SIZE = 32,
	STATUS_DELETED = 64,
	STATUS_APPENDLIMIT = 128,
	STATUS_DELETED_STORAGE = 256,
	STATUS_HIGHESTMODSEQ = 512,
	STATUS_MAILBOXID = 1024,
};

static const struct {
	const char *name;
	enum status_item item;
} items[] = {
	{ "MESSAGES", STATUS_MESSAGES },
	{ "RECENT", STATUS_RECENT },
	{ "UIDNEXT", STATUS_UIDNEXT },
	{ "UIDVALIDITY", STATUS_UIDVALIDITY },
	{ "UNSEEN", STATUS_UNSEEN },
	{ "SIZE", STATUS_SIZE },
	{ "DELETED", STATUS_DELETED },
	{ "APPENDLIMIT", STATUS_APPENDLIMIT },
	{ "DELETED-STORAGE", STATUS_DELETED_STORAGE },
	{ "HIGHESTMODSEQ", STATUS_HIGHESTMODSEQ },
	{ "MAILBOXID", STATUS_MAILBOXID },
};
#define NITEMS (sizeof(items) / sizeof(items[0]))

static uint64_t
value(struct imap *im, const struct imap_status_answer *a,
    enum status_item item)
{
	const struct store_counts *c = &a->counts;

	switch (item) {
	case STATUS_MESSAGES:
		return c->messages;
	case STATUS_RECENT:
		return c->recent;
	case STATUS_UIDNEXT:
		return c->uidnext;
	case STATUS_UIDVALIDITY:
		return c->uidvalidity;
	case STATUS_UNSEEN:
		return c->unseen;
	case STATUS_SIZE:
		return c->size;
	case STATUS_DELETED:
		return c->deleted;
	case STATUS_HIGHESTMODSEQ:
		return c->modseq;
	case STATUS_APPENDLIMIT:
		return session_worker(im->session)->conf->message_size;
	case STATUS_DELETED_STORAGE:
		return a->deleted_storage;
	case STATUS_MAILBOXID:
		break; /* is no number */
	}
	return 0;
}

static void
write_value(
    struct imap *im, const struct imap_status_answer *a, enum status_item item)
{
	if (item != STATUS_MAILBOXID) {
		imap_out_number(&im->out, value(im, a, item));
		return;
	}
	buf_addc(&im->out, '(');
	imap_mailboxid(&im->out, &a->mailbox);
	buf_addc(&im->out, ')');
}

unsigned
imap_status_item(struct span name)
{
	for (size_t i = 0; i < NITEMS; i++) {
		if (span_ieqs(name, items[i].name))
			return items[i].item;
	}
	return 0;
}

bool
imap_status_items(struct imap *im, unsigned *want)
{
	struct imap_cursor *c = &im->cmd.args;
	struct span name;

	if (!imap_char(c, '(')) {
		imap_bad(im, "A list of items in parentheses was expected");
		return false;
	}
	do {
		unsigned item = imap_atom(c, &name) ? imap_status_item(name) : 0;

		if (item == 0) {
			imap_bad(im, "An item of STATUS was expected");
			return false;
		}
		*want |= item;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The list of items has no end");
		return false;
	}
	if ((*want & STATUS_HIGHESTMODSEQ) != 0)
		imap_enable_implicitly(im, IMAP_CONDSTORE);
	return true;
}

static void
begin(struct imap *im, struct imap_status_answer *a)
{
	a->begun = true;
	a->st = store_mailbox_counts(im->store, &a->mailbox, &a->counts);
	a->from = a->items & STATUS_DELETED_STORAGE ? 1 : 0;
}

bool
imap_status_get(struct imap *im, struct imap_status_answer *a)
{
	if (!a->begun)
		begin(im, a);
	while (a->st == STORE_OK && a->from > 0) {
		a->st = store_deleted_size(im->store, &a->mailbox, &a->from,
		    &a->deleted_storage);
		if (a->from > 0 && imap_slice_over(im))
			return false;
	}
	return true;
}

void
imap_status_write(struct imap *im, const struct imap_status_answer *a)
{
	const char *sep = "";

	buf_adds(&im->out, "* STATUS ");
	imap_out_mailbox(im, a->name);
	buf_adds(&im->out, " (");
	for (size_t i = 0; i < NITEMS; i++) {
		if ((a->items & items[i].item) == 0)
			continue;
		buf_addf(&im->out, "%s%s ", sep, items[i].name);
		write_value(im, a, items[i].item);
		sep = " ";
	}
	buf_adds(&im->out, ")\r\n");
}

static enum imap_result
resume(struct imap *im)
{
	struct imap_status_answer *a = im->cmd.state;
	bool done;

	store_begin(im->store);
	done = imap_status_get(im, a);
	store_end(im->store);
	if (!done)
		return imap_pause(im);
	if (a->st != STORE_OK)
		return imap_fail(im, a->st);
	imap_status_write(im, a);
	return imap_completed(im);
}

static enum imap_result
start(struct imap *im)
{
	struct imap_status_answer *a = xcalloc(1, sizeof(*a));
	struct buf *name = &im->cmd.name[0];
	enum store_status st;

	im->cmd.state = a;
	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name) ||
	    !imap_arg_sp(im) || !imap_status_items(im, &a->items) ||
	    !imap_arg_end(im))
		return IMAP_DONE;
	a->name = buf_span(name);
	st = store_mailbox_open(im->store, &im->user, a->name, &a->mailbox);
	return st == STORE_OK ? resume(im) : imap_fail(im, st);
}

const struct imap_handler imap_status = { start, resume, NULL };
