/* SPDX-License-Identifier: ISC */
#include "find.h"
#include "listing.h"

/*
 * list: the newest messages of a mailbox.
 */
#define LIST_DEFAULT 25

static int
print_ids(struct imap_conn *ic, const struct find *f,
    const struct imap_mailbox *m, uint32_t first)
{
	struct imap_uids u;
	int ret;

	imap_conn_search(ic, &u);
	imap_client_add(ic->client, " %u:*", first);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &u.answer, f->mailbox, EX_PROTOCOL);
	if (ret == 0)
		listing_print_ids(f->out, &u.uids, f->mailbox, m->uidvalidity);
	imap_uids_clear(&u);
	return ret;
}

static int
print_lines(struct imap_conn *ic, const struct find *f, uint32_t first)
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
		ret = imap_conn_check(ic, &a, f->mailbox, EX_PROTOCOL);
	if (ret == 0)
		listing_print(&listing, f->out, f->mailbox, NULL, false);
	imap_answer_clear(&a);
	listing_clear(&listing);
	return ret;
}

/* By message numbers, which are known once the mailbox is open: no search of
 * the server is needed. */
static int
list_by_number(struct imap_conn *ic, const struct find *f)
{
	struct imap_mailbox m;
	uint32_t first = 1;
	int ret;

	ret = imap_conn_open_mailbox(ic, &m, f->mailbox);
	imap_mailbox_clear(&m);
	if (ret != 0)
		return ret;
	if (m.exists == 0)
		return EX_NO;
	if (f->limit > 0 && m.exists > f->limit)
		first = m.exists - f->limit + 1;
	return f->quiet ? print_ids(ic, f, &m, first) :
			  print_lines(ic, f, first);
}

static int
list(struct imap_conn *ic, void *arg)
{
	const struct find *f = arg;
	bool last = f->limit > 0 && !f->quiet &&
	    (imap_client_caps(ic->client) & IMAP_CAP_PARTIAL);

	if (last || f->threads || f->sort != ORDER_NONE)
		return find_run(ic, f);
	return list_by_number(ic, f);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct find f = { .out = &c->out, .limit = LIST_DEFAULT };
	struct find_options o = { 0 };
	const struct opt opts[] = {
		{ 'n', "limit", OPT_NUMBER, &f.limit, "N",
		    "the newest N messages (25); 0: all" },
		{ 'q', "quiet", OPT_FLAG, &f.quiet, NULL,
		    "print ids only, for \"-\"" },
		FIND_OPTIONS(&o),
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, 1))
		return c->status;
	ret = find_options(&f, c, &o);
	if (ret != 0)
		return ret;
	f.mailbox = argc > 0 ? argv[0] : "INBOX";
	return cmd_end(c, imap_conn_with(c, list, &f));
}

const struct cmd_entry cmd_list = {
	.name = "list",
	.usage = "[-q] [-n N] [--threads] [MAILBOX]",
	.summary = "list the newest messages of a mailbox (INBOX)",
	.example = { "mailctl list", "mailctl list -n 100 --threads Archive" },
	.paged = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
