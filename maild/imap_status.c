/* SPDX-License-Identifier: ISC */
/*
 * STATUS (RFC 3501 section 6.3.10), with SIZE (RFC 8438).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_write.h"

enum status_item {
	STATUS_MESSAGES = 1,
	STATUS_RECENT = 2,
	STATUS_UIDNEXT = 4,
	STATUS_UIDVALIDITY = 8,
	STATUS_UNSEEN = 16,
	STATUS_SIZE = 32,
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
};
#define NITEMS (sizeof(items) / sizeof(items[0]))

static uint64_t
value(const struct store_counts *c, enum status_item item)
{
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
	}
	return 0;
}

static unsigned
find(struct span name)
{
	for (size_t i = 0; i < NITEMS; i++) {
		if (span_ieqs(name, items[i].name))
			return items[i].item;
	}
	return 0;
}

static bool
parse_items(struct imap *im, unsigned *want)
{
	struct imap_cursor *c = &im->cmd.args;
	struct span name;

	if (!imap_char(c, '(')) {
		imap_bad(im, "A list of items in parentheses was expected");
		return false;
	}
	do {
		unsigned item = imap_atom(c, &name) ? find(name) : 0;

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
	return true;
}

static void
answer(struct imap *im, unsigned want, const struct store_counts *counts)
{
	struct span name = buf_span(&im->cmd.name[0]);
	const char *sep = "";

	buf_adds(&im->out, "* STATUS ");
	imap_write_mailbox(&im->out,
	    span_ieqs(name, "INBOX") ? SPAN_LIT("INBOX") : name, false);
	buf_adds(&im->out, " (");
	for (size_t i = 0; i < NITEMS; i++) {
		if ((want & items[i].item) == 0)
			continue;
		buf_addf(&im->out, "%s%s ", sep, items[i].name);
		imap_out_number(&im->out, value(counts, items[i].item));
		sep = " ";
	}
	buf_adds(&im->out, ")\r\n");
}

static enum imap_result
status(struct imap *im)
{
	struct buf *name = &im->cmd.name[0];
	struct store_mailbox m;
	struct store_counts counts;
	enum store_status st;
	unsigned want = 0;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name) ||
	    !imap_arg_sp(im) || !parse_items(im, &want) || !imap_arg_end(im))
		return IMAP_DONE;
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user, buf_span(name), &m);
	if (st == STORE_OK)
		st = store_mailbox_counts(im->store, &m, &counts);
	store_end(im->store);
	if (st != STORE_OK)
		return imap_fail(im, st);
	answer(im, want, &counts);
	return imap_completed(im);
}

const struct imap_handler imap_status = { .start = status };
