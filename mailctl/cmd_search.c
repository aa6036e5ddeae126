/* SPDX-License-Identifier: ISC */
#include "listing.h"
#include "query.h"

/*
 * search: messages of a mailbox that all words hold for.
 */
struct search {
	struct out *out;
	const char *mailbox;
	uint32_t limit;
	bool quiet;
	struct query query;
};

static int
print_lines(struct imap_conn *ic, const struct search *s,
    const struct seqset *uids)
{
	struct listing listing = { 0 };
	struct imap_answer a = { .data = listing_fn, .arg = &listing };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, uids);
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, &a);
	imap_client_add(ic->client, "UID FETCH %s %s", set.data, LISTING_ITEMS);
	imap_client_end(ic->client);
	buf_free(&set);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, s->mailbox, EX_PROTOCOL);
	if (ret == 0)
		listing_print(&listing, s->out, s->mailbox);
	imap_answer_clear(&a);
	listing_clear(&listing);
	return ret;
}

/* Keep the newest: those with the highest UIDs. */
static void
cut(struct seqset *uids, uint32_t limit)
{
	uint64_t count = seqset_count(uids);

	while (limit > 0 && count > limit) {
		struct seqrange r = uids->range[0];
		uint64_t drop = (uint64_t)r.hi - r.lo + 1;

		if (drop > count - limit)
			drop = count - limit;
		seqset_remove(uids, r.lo, r.lo + (uint32_t)(drop - 1));
		count -= drop;
	}
}

static int
print(struct imap_conn *ic, const struct search *s, struct seqset *uids,
    uint32_t uidvalidity)
{
	if (uids->len == 0)
		return EX_NO;
	cut(uids, s->limit);
	if (!s->quiet)
		return print_lines(ic, s, uids);
	listing_print_ids(s->out, uids, s->mailbox, uidvalidity);
	return EX_OK;
}

/* Both commands go out together. */
static int
search(struct imap_conn *ic, void *arg)
{
	const struct search *s = arg;
	struct imap_mailbox m;
	struct imap_uids u;
	int ret;

	imap_conn_examine(ic, &m, s->mailbox);
	imap_conn_search(ic, &u);
	query_add(&s->query, ic->client);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &m.answer, s->mailbox, EX_NOMESSAGE);
	if (ret == 0)
		ret = imap_conn_check(ic, &u.answer, "search", EX_DATAERR);
	if (ret == 0)
		ret = print(ic, s, &u.uids, m.uidvalidity);
	imap_answer_clear(&m.answer);
	imap_uids_clear(&u);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct search s = { .out = &c->out, .mailbox = "INBOX" };
	const struct opt opts[] = {
		{ 'm', "mailbox", OPT_STRING, &s.mailbox, "MAILBOX",
		    "search there; INBOX" },
		{ 'n', "limit", OPT_NUMBER, &s.limit, "N",
		    "print the newest N that were found" },
		{ 'q', "quiet", OPT_FLAG, &s.quiet, NULL,
		    "print ids only, for \"-\"" },
		{ 0 },
	};
	struct buf err = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, -1))
		return c->status;
	if (query_parse(&s.query, argc, argv, c->out.now, &err) < 0) {
		ret = cmd_usage(c, "%s", err.data);
		buf_free(&err);
		return ret;
	}
	ret = imap_conn_with(c, search, &s);
	query_clear(&s.query);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_search = {
	.name = "search",
	.usage = "[-q] [-n N] [-m MAILBOX] WORD...",
	.summary = "find messages",
	.example = { "mailctl search from:alice is:unread",
	    "mailctl search -q -m Sent after:2w plan | mailctl get -o sent/ -" },
	.exec = exec,
};
