/* SPDX-License-Identifier: ISC */
#include "imap_search.h"

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

/* True: all messages have been looked at. */
static bool
scan(struct search *s)
{
	for (unsigned n = 1; s->next <= s->view->len; n++) {
		uint64_t at = search_index_next(s, s->next);
		uint32_t seq = (uint32_t)at;
		bool matches, deep;
		enum store_status st;

		s->next = at + 1;
		if (at > s->view->len)
			break;
		st = search_message(s, seq, &matches, &deep);
		if (st == STORE_NONEXISTENT)
			s->expunged = true;
		else if (st != STORE_OK)
			s->failed = true;
		else if (matches)
			seqset_add(&s->found, seq, seq);
		if ((deep || n % SEARCH_SLICE == 0) && search_turn_over(s))
			return s->next > s->view->len;
	}
	return true;
}

bool
search_turn_over(const struct search *s)
{
	return imap_clock() - s->slice >= IMAP_SLICE_MS;
}

static void
turn(struct search *s)
{
	store_begin(s->m.store);
	imap_message_begin(&s->m);
	search_resolve(s);
	if (search_index_ask(s) && scan(s))
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
