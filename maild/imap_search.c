/* SPDX-License-Identifier: ISC */
#include "imap_search.h"

#include "imap_args.h"
#include "imap_command.h"

/* Messages between two looks at the clock, where only columns are read. */
#define SEARCH_SLICE 256
#define SEARCH_ROOM  ((size_t)64)

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

static void
found(struct search *s, uint32_t seq)
{
	seqset_add(&s->found, seq, seq);
	if (s->m.msg.modseq > s->highest)
		s->highest = s->m.msg.modseq;
}

/* True: all messages have been looked at. */
static bool
scan(struct search *s)
{
	const struct store_view *v = &s->im->view;
	unsigned cols = columns(s);

	for (unsigned n = 1; s->next <= v->len; n++) {
		uint32_t seq = (uint32_t)s->next++;
		bool deep = false;
		enum store_status st = imap_message_load(&s->m,
		    v->uid[seq - 1], cols);

		if (st == STORE_NONEXISTENT)
			s->expunged = true;
		else if (st != STORE_OK)
			s->failed = true;
		else if (search_match(s, seq, &deep))
			found(s, seq);
		if ((deep || n % SEARCH_SLICE == 0) && imap_slice_over(s->im))
			return s->next > v->len;
	}
	return true;
}

/* True: it is all written. */
static bool
answer(struct search *s)
{
	struct imap *im = s->im;
	uint64_t seq;

	if (!s->begun)
		buf_adds(&im->out, "* SEARCH");
	s->begun = im->midline = true;
	while (seqset_next(&s->found, s->at, &seq)) {
		if (imap_room(im) < SEARCH_ROOM)
			return false;
		buf_addc(&im->out, ' ');
		imap_out_number(&im->out,
		    im->cmd.uid ? im->view.uid[seq - 1] : seq);
		s->at = seq + 1;
	}
	if (s->modseq && s->found.len > 0)
		buf_addf(&im->out, " (MODSEQ %llu)",
		    (unsigned long long)s->highest);
	buf_adds(&im->out, "\r\n");
	im->midline = false;
	return true;
}

static enum imap_result
finish(struct search *s)
{
	struct imap *im = s->im;

	if (!answer(s))
		return IMAP_WAIT;
	if (s->failed)
		return imap_no(im, "UNAVAILABLE",
		    "Some of the messages cannot be read");
	if (s->expunged && !im->cmd.uid)
		return imap_ok(im, "[EXPUNGEISSUED] SEARCH completed");
	return imap_completed(im);
}

static enum imap_result
resume(struct imap *im)
{
	struct search *s = im->cmd.state;
	bool all;

	if (s->next > im->view.len)
		return finish(s);
	store_begin(im->store);
	imap_message_begin(&s->m);
	search_resolve(s);
	all = scan(s);
	imap_message_end(&s->m);
	store_end(im->store);
	return all ? finish(s) : imap_pause(im);
}

static enum imap_result
start(struct imap *im)
{
	struct search *s = xcalloc(1, sizeof(*s));

	im->cmd.state = s;
	s->m.store = im->store;
	s->m.cursor.mailbox = im->view.mailbox;
	if (!search_parse(im, s))
		return IMAP_DONE;
	s->next = 1;
	return resume(im);
}

static void
clear(struct imap *im)
{
	search_clear(im->cmd.state);
}

const struct imap_handler imap_search = { start, resume, clear };
