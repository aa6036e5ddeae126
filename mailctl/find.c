/* SPDX-License-Identifier: ISC */
#include "find.h"

#include "listing.h"
#include "thread_list.h"

int
find_options(struct find *f, const struct cmd *c, const struct find_options *o)
{
	struct buf err = { 0 };
	int ret = 0;

	if (o->threads && o->sort != NULL)
		return cmd_usage(c, "--threads have an order of their own");
	if (o->sort != NULL && order_key_parse(o->sort, &f->sort, &err) < 0)
		ret = cmd_usage(c, "%s", err.data);
	/* The other way round of no order is that of the dates. */
	if (o->sort == NULL && o->reverse && !o->threads)
		f->sort = ORDER_DATE;
	f->reverse = o->reverse;
	f->threads = o->threads;
	buf_free(&err);
	return ret;
}

/* ---- UID FETCH ---- */

static void
begin_fetch(struct imap_conn *ic, struct listing *l, struct imap_answer *a)
{
	*a = (struct imap_answer){ .data = listing_fn, .arg = l };
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, a);
}

static int
fetch(struct imap_conn *ic, const struct find *f, const struct seqset *uids,
    struct listing *l)
{
	struct imap_answer a;
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, uids);
	begin_fetch(ic, l, &a);
	imap_client_add(ic->client, "UID FETCH %s %s", set.data,
	    LISTING_ITEMS);
	imap_client_end(ic->client);
	buf_free(&set);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, f->mailbox, EX_PROTOCOL);
	imap_answer_clear(&a);
	return ret;
}

/* ---- in the order of UIDs ---- */

static void
keep_last(struct seqset *uids, uint32_t limit)
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
print_uids(struct imap_conn *ic, const struct find *f, struct seqset *uids,
    uint32_t uidvalidity)
{
	struct listing l = { 0 };
	int ret;

	if (uids->len == 0)
		return EX_NO;
	keep_last(uids, f->limit);
	if (f->quiet) {
		listing_print_ids(f->out, uids, f->mailbox, uidvalidity);
		return EX_OK;
	}
	ret = fetch(ic, f, uids, &l);
	if (ret == 0)
		listing_print(&l, f->out, f->mailbox, NULL, false);
	listing_clear(&l);
	return ret;
}

static int
check_both(struct imap_conn *ic, const struct find *f,
    const struct imap_mailbox *m, const struct imap_answer *search)
{
	int ret = imap_conn_run(ic);

	if (ret == 0)
		ret = imap_conn_check(ic, &m->answer, f->mailbox,
		    EX_NOMESSAGE);
	if (ret == 0)
		ret = imap_conn_check(ic, search, "search", EX_DATAERR);
	return ret;
}

/* Both commands go out together. */
static int
search(struct imap_conn *ic, const struct find *f, struct imap_mailbox *m,
    struct imap_uids *u)
{
	imap_conn_examine(ic, m, f->mailbox);
	imap_conn_search(ic, u);
	query_add(&f->query, ic->client);
	imap_client_end(ic->client);
	return check_both(ic, f, m, &u->answer);
}

static int
find_by_uid(struct imap_conn *ic, const struct find *f)
{
	struct imap_mailbox m;
	struct imap_uids u;
	int ret = search(ic, f, &m, &u);

	if (ret == 0)
		ret = print_uids(ic, f, &u.uids, m.uidvalidity);
	imap_mailbox_clear(&m);
	imap_uids_clear(&u);
	return ret;
}

/* All commands go out together: what the search saves, FETCH takes. */
static int
find_last(struct imap_conn *ic, const struct find *f)
{
	struct imap_answer searched = { 0 }, fetched;
	struct listing l = { 0 };
	struct imap_mailbox m;
	int ret;

	imap_conn_examine(ic, &m, f->mailbox);
	imap_client_begin(ic->client, 0, imap_answer_fn, &searched);
	imap_client_add(ic->client, "UID SEARCH RETURN (SAVE PARTIAL -1:-%u)",
	    f->limit);
	query_add(&f->query, ic->client);
	imap_client_end(ic->client);
	begin_fetch(ic, &l, &fetched);
	imap_client_add(ic->client, "UID FETCH $ %s", LISTING_ITEMS);
	imap_client_end(ic->client);
	ret = check_both(ic, f, &m, &searched);
	if (ret == 0)
		ret = imap_conn_check(ic, &fetched, f->mailbox, EX_PROTOCOL);
	if (ret == 0 && l.len == 0)
		ret = EX_NO;
	if (ret == 0)
		listing_print(&l, f->out, f->mailbox, NULL, false);
	imap_mailbox_clear(&m);
	imap_answer_clear(&searched);
	imap_answer_clear(&fetched);
	listing_clear(&l);
	return ret;
}

/* ---- in another order ---- */

/* SORT (RFC 5256 section 4) and THREAD: numbers in their order. */
static void
on_order(void *arg, struct imap_resp *r)
{
	struct order *order = arg;
	uint32_t uid;

	if (span_ieqs(r->word, "THREAD"))
		thread_list_read(r->data, order_add, order);
	if (!span_ieqs(r->word, "SORT"))
		return;
	while (imap_sp(&r->data) && imap_number(&r->data, &uid))
		order_add(order, uid, 0);
}

static int
ask_order(struct imap_conn *ic, const struct find *f, struct imap_mailbox *m,
    struct order *order)
{
	struct imap_answer a = { .data = on_order, .arg = order };
	int ret;

	imap_conn_examine(ic, m, f->mailbox);
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_OTHER),
	    imap_answer_fn, &a);
	if (f->threads)
		imap_client_add(ic->client, "UID THREAD REFERENCES UTF-8");
	else
		imap_client_add(ic->client, "UID SORT (%s) UTF-8",
		    order_key_imap(f->sort));
	query_add_keys(&f->query, ic->client);
	imap_client_end(ic->client);
	ret = check_both(ic, f, m, &a);
	imap_answer_clear(&a);
	return ret;
}

static int
print_order(struct imap_conn *ic, const struct find *f, struct order *order,
    struct listing *l, uint32_t uidvalidity)
{
	struct seqset uids = { 0 };
	int ret = EX_OK;

	if (f->reverse)
		order_reverse(order);
	order_cut(order, f->limit);
	if (order->len == 0)
		return EX_NO;
	if (f->quiet) {
		listing_print_ordered(f->out, order, f->mailbox, uidvalidity);
		return EX_OK;
	}
	for (size_t i = 0; i < order->len; i++)
		seqset_add(&uids, order->entry[i].uid, order->entry[i].uid);
	if (l->len == 0)
		ret = fetch(ic, f, &uids, l);
	if (ret == 0)
		listing_print(l, f->out, f->mailbox, order, f->threads);
	seqset_clear(&uids);
	return ret;
}

/* The server does it … */
static int
find_in_order(struct imap_conn *ic, const struct find *f)
{
	struct listing l = { 0 };
	struct order order = { 0 };
	struct imap_mailbox m;
	int ret = ask_order(ic, f, &m, &order);

	if (ret == 0)
		ret = print_order(ic, f, &order, &l, m.uidvalidity);
	imap_mailbox_clear(&m);
	listing_clear(&l);
	order_clear(&order);
	return ret;
}

/* … or it is done with what has been fetched of all. */
static int
find_and_order(struct imap_conn *ic, const struct find *f)
{
	struct listing l = { 0 };
	struct order order = { 0 };
	struct imap_mailbox m;
	struct imap_uids u;
	int ret = search(ic, f, &m, &u);

	if (ret == 0 && u.uids.len > 0)
		ret = fetch(ic, f, &u.uids, &l);
	if (ret == 0 && f->threads)
		listing_thread(&l, &order);
	else if (ret == 0)
		listing_sort(&l, f->sort, &order);
	if (ret == 0)
		ret = print_order(ic, f, &order, &l, m.uidvalidity);
	imap_mailbox_clear(&m);
	imap_uids_clear(&u);
	listing_clear(&l);
	order_clear(&order);
	return ret;
}

int
find_run(struct imap_conn *ic, const struct find *f)
{
	const unsigned last = IMAP_CAP_PARTIAL | IMAP_CAP_SEARCHRES;
	unsigned caps = imap_client_caps(ic->client);

	if (f->threads)
		return caps & IMAP_CAP_THREAD ? find_in_order(ic, f) :
						find_and_order(ic, f);
	if (f->sort != ORDER_NONE)
		return caps & IMAP_CAP_SORT ? find_in_order(ic, f) :
					      find_and_order(ic, f);
	if (f->limit > 0 && !f->quiet && (caps & last) == last)
		return find_last(ic, f);
	return find_by_uid(ic, f);
}
