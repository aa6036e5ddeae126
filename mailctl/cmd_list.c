/* SPDX-License-Identifier: ISC */
#include "listing.h"

/*
 * list: the newest messages of a mailbox.
 */
#define LIST_DEFAULT 25

struct list {
	struct out *out;
	const char *mailbox;
	uint32_t limit;
	bool quiet;
};

static int
print_ids(struct imap_conn *ic, const struct list *l,
    const struct imap_mailbox *m, uint32_t first)
{
	struct imap_uids u;
	int ret;

	imap_conn_search(ic, &u);
	imap_client_add(ic->client, " %u:*", first);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &u.answer, l->mailbox, EX_PROTOCOL);
	if (ret == 0)
		listing_print_ids(l->out, &u.uids, l->mailbox, m->uidvalidity);
	imap_uids_clear(&u);
	return ret;
}

static int
print_lines(struct imap_conn *ic, const struct list *l, uint32_t first)
{
	struct listing listing = { 0 };
	struct imap_answer a = { .data = listing_fn, .arg = &listing };
	int ret;

	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, &a);
	imap_client_add(ic->client, "FETCH %u:* %s", first, LISTING_ITEMS);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, l->mailbox, EX_PROTOCOL);
	if (ret == 0)
		listing_print(&listing, l->out, l->mailbox);
	imap_answer_clear(&a);
	listing_clear(&listing);
	return ret;
}

static int
list(struct imap_conn *ic, void *arg)
{
	const struct list *l = arg;
	struct imap_mailbox m;
	uint32_t first = 1;
	int ret;

	ret = imap_conn_open_mailbox(ic, &m, l->mailbox);
	imap_answer_clear(&m.answer);
	if (ret != 0)
		return ret;
	if (m.exists == 0)
		return EX_NO;
	if (l->limit > 0 && m.exists > l->limit)
		first = m.exists - l->limit + 1;
	return l->quiet ? print_ids(ic, l, &m, first) :
			  print_lines(ic, l, first);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct list l = { .out = &c->out, .limit = LIST_DEFAULT };
	const struct opt opts[] = {
		{ 'n', "limit", OPT_NUMBER, &l.limit, "N",
		    "the newest N messages (25); 0: all" },
		{ 'q', "quiet", OPT_FLAG, &l.quiet, NULL,
		    "print ids only, for \"-\"" },
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 0, 1))
		return c->status;
	l.mailbox = argc > 0 ? argv[0] : "INBOX";
	return cmd_end(c, imap_conn_with(c, list, &l));
}

const struct cmd_entry cmd_list = {
	.name = "list",
	.usage = "[-q] [-n N] [MAILBOX]",
	.summary = "list the newest messages of a mailbox (INBOX)",
	.example = { "mailctl list", "mailctl list -n 100 Archive" },
	.exec = exec,
};
