/* SPDX-License-Identifier: ISC */
#include "imap_search_rows.h"

/* Messages between two looks at the clock, where only columns are read. */
#define SEARCH_SLICE 256

void
search_begin(struct search *s, struct imap *im, const struct store_view *view)
{
	s->im = im;
	s->view = view;
	s->m.store = im->store;
	s->m.cursor.mailbox = view->mailbox;
	s->next = 1;
}

void
search_fix(struct search *s)
{
	s->fixed = true;
	for (size_t i = 0; i < s->nkeys; i++) {
		struct search_key *k = &s->key[i];
		struct seqset seqs = k->set;

		if (k->op != SEARCH_SET)
			continue;
		k->set = (struct seqset){ 0 };
		store_view_uids(s->view, &seqs, &k->set);
		seqset_clear(&seqs);
	}
}

/* Needs the columns that the keys need, and those that the bytes need. */
static unsigned
columns(const struct search *s)
{
	for (size_t i = 0; i < s->nkeys; i++) {
		enum search_op op = s->key[i].op;

		if (op == SEARCH_HEADER || op == SEARCH_TEXT ||
		    op == SEARCH_BODY)
			return STORE_HOT | STORE_COLD;
	}
	return STORE_HOT | (s->cold ? STORE_COLD : 0);
}

enum store_status
search_message(struct search *s, uint32_t seq, bool *matches, bool *deep)
{
	enum store_status st = imap_message_load(&s->m, s->view->uid[seq - 1],
	    columns(s));

	*matches = *deep = false;
	if (st == STORE_OK)
		*matches = search_match(s, seq, deep);
	return st;
}

bool
search_turn_over(const struct search *s)
{
	return imap_clock() - s->slice >= IMAP_SLICE_MS;
}

/* s->next, which is the next one then; deep: it took long. */
static void
look_at_next(struct search *s, bool *deep)
{
	uint32_t seq = (uint32_t)s->next++;
	bool matches;
	enum store_status st = search_message(s, seq, &matches, deep);

	if (st == STORE_NONEXISTENT)
		s->expunged = true;
	else if (st != STORE_OK)
		s->failed = true;
	else if (matches)
		seqset_add(&s->found, seq, seq);
}

/* Those before end that the index leaves; false: others have their turn. */
static bool
scan(struct search *s, uint64_t end)
{
	bool deep;

	for (unsigned n = 1; s->next < end; n++) {
		uint64_t at = search_index_next(s, s->next);

		s->next = at < end ? at : end;
		if (at >= end)
			break;
		look_at_next(s, &deep);
		if ((deep || n % SEARCH_SLICE == 0) && search_turn_over(s))
			return false;
	}
	return true;
}

/* ---- by page ---- */

/* The next messages are those rows from row on, and lie so in the view. */
static bool
lie_there(const struct search *s, const struct store_rows *r, uint32_t row)
{
	size_t n = r->n - row;

	return s->next > row && s->view->len - (s->next - 1) >= n &&
	       memcmp(s->view->uid + (s->next - 1), r->uid + row,
		   n * sizeof(r->uid[0])) == 0;
}

static bool
has(const struct store_bits *b, uint32_t row)
{
	return (b->w[row / 64] >> row % 64 & 1) != 0;
}

/* Row by row: all or nothing is the rule within a page, so runs are added. */
static bool
take_rows(struct search *s, const struct search_bounds *b, uint32_t row,
    uint32_t n)
{
	while (row < n) {
		uint32_t from = row;
		bool deep = false, sure = has(&b->sure, row);

		if (!sure && has(&b->may, row)) {
			look_at_next(s, &deep);
			row++;
		} else {
			while (row < n && has(&b->sure, row) == sure &&
			       has(&b->may, row) == sure)
				row++;
			if (sure)
				seqset_add(&s->found, (uint32_t)s->next,
				    (uint32_t)s->next + (row - from) - 1);
			s->next += row - from;
		}
		if (deep && search_turn_over(s))
			return false;
	}
	return true;
}

/* What there is of it in the view: where the two differ, one by one. */
static bool
take_page(struct search *s, struct store_rows *r)
{
	struct search_bounds b;
	uint32_t row = 0;

	while (row < r->n && r->uid[row] < s->view->uid[s->next - 1])
		row++;
	if (row == r->n)
		return true;
	if (!lie_there(s, r, row))
		return scan(s,
		    store_view_from(s->view, (uint64_t)r->uid[r->n - 1] + 1) +
			1);
	search_rows(s, r, (uint32_t)s->next - row, &b);
	return take_rows(s, &b, row, r->n);
}

/* As far as there are pages, which cannot be read otherwise. */
static bool
scan_pages(struct search *s)
{
	struct store_rows r;
	bool on = store_rows_begin(s->m.store, &s->view->mailbox,
		      s->view->uid[s->next - 1], &r) == STORE_OK;
	bool turn = true;

	while (on && turn && s->next <= s->view->len) {
		on = store_rows_next(&r) == STORE_OK;
		if (on)
			turn = take_page(s, &r) && !search_turn_over(s);
	}
	store_rows_end(&r);
	return turn;
}

/* True: all messages have been looked at. */
static bool
scan_all(struct search *s)
{
	uint64_t end = (uint64_t)s->view->len + 1;

	if (s->maybe == NULL && !scan_pages(s))
		return s->next == end;
	return scan(s, end);
}

static void
turn(struct search *s)
{
	store_begin(s->m.store);
	imap_message_begin(&s->m);
	search_resolve(s);
	if (search_index_ask(s) && scan_all(s))
		search_index_forget(s);
	imap_message_end(&s->m);
	store_end(s->m.store);
}

/* ---- in the reader pool ---- */

/* Meanwhile s is its alone: the command is not gone on with, the view learns of
 * no change, and a session that ends is freed later. */
static void
turn_apart(struct store *reader, void *arg)
{
	struct search *s = arg;

	s->m.store = reader;
	s->slice = imap_clock();
	turn(s);
}

static void
on_turned(void *arg)
{
	struct search *s = arg;

	s->m.store = s->im->store;
	imap_write_end(s->im);
}

bool
search_run(struct search *s)
{
	struct imap *im = s->im;

	if (s->next > s->view->len)
		return true;
	if (store_cold(im->store)) {
		imap_write_begin(im);
		store_pool_read(im->store, turn_apart, on_turned, s);
		return false;
	}
	s->slice = im->slice;
	turn(s);
	return s->next > s->view->len;
}
