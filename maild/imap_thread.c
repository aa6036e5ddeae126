/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_limit.h"
#include "imap_thread.h"

/*
 * THREAD (RFC 5256): reading the messages, what orders them, and the answer.
 */
#define THREAD_ROOM ((size_t)64)

enum stage { FINDING, READING, DATES, SUBJECTS, TREES, WRITING };

struct threading {
	struct imap *im;
	struct search search;
	bool references; /* else ORDEREDSUBJECT */
	enum stage stage;
	struct order_walk walk;
	struct order dates, subjects;
	struct thread_tree tree;

	/* The answer: */
	bool begun;
	size_t root;  /* in hand … */
	uint32_t at;  /* … at this node; THREAD_NONE: at its beginning */
	bool leaving; /* and all below it is written */
};

/* ---- reading ---- */

static void
add_refs(
    struct thread_tree *t, struct thread_message *m, const struct sort_keys *k)
{
	m->refs = t->nrefs;
	m->nrefs = sort_keys_nrefs(k);
	if (t->nrefs + m->nrefs > t->cap_refs) {
		t->cap_refs = 2 * t->cap_refs + m->nrefs;
		t->ref = xrealloc_array(t->ref, t->cap_refs, sizeof(t->ref[0]));
	}
	for (size_t i = 0; i < m->nrefs; i++)
		t->ref[t->nrefs++] = sort_keys_ref(k, i);
}

static void
make_room(struct thread_tree *t, size_t messages)
{
	t->message =
	    xrealloc_array(NULL, messages, sizeof(t->message[0]));
}

static void
add_message(void *arg, uint32_t seq, const struct store_msg *msg,
    const struct sort_keys *k)
{
	struct threading *th = arg;
	struct thread_tree *t = &th->tree;
	struct thread_message *m;

	m = &t->message[t->n++];
	*m = (struct thread_message){ .seq = seq,
		.sent = msg->sent,
		.reply = k->reply,
		.id = k->id,
		.subject = order_text_add(&t->texts, k->text[SORT_SUBJECT]) };
	if (th->references)
		add_refs(t, m, k);
}

static uint64_t
date_word(const void *arg, uint32_t i, struct order_at at)
{
	const struct thread_tree *t = arg;

	(void)at;
	return order_text_number(t->message[i].sent).start;
}

static bool
date_next(const void *arg, uint32_t i, struct order_at *at)
{
	(void)arg;
	(void)i;
	(void)at;
	return false;
}

static uint64_t
subject_word(const void *arg, uint32_t i, struct order_at at)
{
	const struct thread_tree *t = arg;

	return order_text_word(&t->texts, &t->message[i].subject, at.off);
}

static bool
subject_next(const void *arg, uint32_t i, struct order_at *at)
{
	const struct thread_tree *t = arg;

	return order_text_next(&t->message[i].subject, &at->off);
}

static void
set_ranks(struct threading *th)
{
	struct thread_tree *t = &th->tree;

	for (uint32_t i = 0; i < t->n; i++)
		t->message[th->dates.v[i]].rank = i;
}

static void
set_groups(struct threading *th)
{
	struct thread_tree *t = &th->tree;
	const uint32_t *v = th->subjects.v;
	uint32_t group = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct thread_message *m = &t->message[v[i]];

		if (!th->subjects.same[i] && m->subject.n > 0)
			group++;
		m->group = group;
	}
}

/* ---- the answer ---- */

static bool
is_one_of_several(const struct thread_tree *t, uint32_t node)
{
	uint32_t parent = t->node[node].parent;

	return t->node[node].next != THREAD_NONE ||
	       t->node[parent].child != node;
}

/* Write a node, and go on to its first child, if it has one. */
static void
enter(struct threading *th)
{
	const struct thread_tree *t = &th->tree;
	struct buf *out = &th->im->out;
	uint32_t child = t->node[th->at].child, seq;

	if (thread_real(t, th->at)) {
		seq = t->message[th->at].seq;
		imap_out_number(
		    out, th->im->cmd.uid ? th->im->view.uid[seq - 1] : seq);
		if (child != THREAD_NONE)
			buf_addc(out, ' ');
	}
	th->leaving = child == THREAD_NONE;
	if (child == THREAD_NONE)
		return;
	if (is_one_of_several(t, child))
		buf_addc(out, '(');
	th->at = child;
}

/* Go on to the next sibling, or up. */
static void
leave(struct threading *th)
{
	const struct thread_tree *t = &th->tree;
	struct buf *out = &th->im->out;
	const struct thread_node *n = &t->node[th->at];

	if (th->at == t->root[th->root]) {
		buf_addc(out, ')');
		th->at = THREAD_NONE;
		th->root++;
		return;
	}
	if (is_one_of_several(t, th->at))
		buf_addc(out, ')');
	th->leaving = n->next == THREAD_NONE;
	if (n->next != THREAD_NONE)
		buf_addc(out, '(');
	th->at = n->next != THREAD_NONE ? n->next : n->parent;
}

static void
write_step(struct threading *th)
{
	if (th->at == THREAD_NONE) {
		th->at = th->tree.root[th->root];
		th->leaving = false;
		buf_addc(&th->im->out, '(');
	}
	if (th->leaving)
		leave(th);
	else
		enter(th);
}

static enum imap_result
write_threads(struct threading *th)
{
	struct imap *im = th->im;

	for (;;) {
		size_t steps = imap_room_for(im, THREAD_ROOM);

		/* The first is for what stands around the threads. */
		if (steps < 2)
			return IMAP_WAIT;
		if (!th->begun)
			buf_adds(&im->out,
			    th->tree.nroots > 0 ? "* THREAD " : "* THREAD");
		th->begun = im->midline = true;
		for (; steps > 1 && th->root < th->tree.nroots; steps--)
			write_step(th);
		if (th->root == th->tree.nroots)
			break;
	}
	buf_adds(&im->out, "\r\n");
	im->midline = false;
	if (th->search.expunged && !im->cmd.uid)
		return imap_ok(im, "[EXPUNGEISSUED] THREAD completed");
	return imap_completed(im);
}

/* ---- the command ---- */

static void
begin_orders(struct threading *th)
{
	th->dates = (struct order){ .word = date_word,
		.next = date_next,
		.arg = &th->tree,
		.n = th->tree.n };
	th->subjects = (struct order){ .word = subject_word,
		.next = subject_next,
		.arg = &th->tree,
		.n = th->tree.n };
}

/* True: the stage is done. */
static bool
run_stage(struct threading *th)
{
	switch (th->stage) {
	case FINDING:
		if (!search_run(&th->search))
			return false;
		imap_limit_cut(th->im, &th->search.found);
		make_room(&th->tree, (size_t)seqset_count(&th->search.found));
		return true;
	case READING:
		if (!order_walk_run(&th->walk))
			return false;
		begin_orders(th);
		return true;
	case DATES:
		if (!order_run(&th->dates, th->im))
			return false;
		set_ranks(th);
		return true;
	case SUBJECTS:
		if (!order_run(&th->subjects, th->im))
			return false;
		set_groups(th);
		return true;
	case TREES:
		if (th->references)
			return thread_by_references(&th->tree, th->im);
		thread_by_subject(&th->tree, th->dates.v);
		return true;
	case WRITING:
		break;
	}
	return false;
}

static enum imap_result
resume(struct imap *im)
{
	struct threading *th = im->cmd.state;

	for (; th->stage != WRITING; th->stage++) {
		if (!run_stage(th)) {
			imap_progress(im, 0, 0);
			return imap_pause(im);
		}
		if (th->search.failed)
			return imap_no(im, "UNAVAILABLE",
			    "Some of the messages cannot be read");
		if (th->tree.failed || th->tree.texts.failed)
			return imap_no(
			    im, "LIMIT", "There is too much to thread at once");
	}
	return write_threads(th);
}

static bool
parse_algorithm(struct threading *th)
{
	struct imap_cursor *c = &th->im->cmd.args;

	th->references = imap_word(c, "REFERENCES");
	if (!th->references && !imap_word(c, "ORDEREDSUBJECT")) {
		imap_bad(th->im, "REFERENCES or ORDEREDSUBJECT was expected");
		return false;
	}
	return imap_arg_sp(th->im);
}

static enum imap_result
start(struct imap *im)
{
	struct threading *th = xcalloc(1, sizeof(*th));

	im->cmd.state = th;
	th->im = im;
	th->at = THREAD_NONE;
	th->walk = (struct order_walk){ .search = &th->search,
		.keys = true,
		.row = add_message,
		.arg = th };
	search_begin(&th->search, im, &im->view);
	if (!imap_arg_sp(im) || !parse_algorithm(th) ||
	    !search_parse_charset(&th->search))
		return IMAP_DONE;
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct threading *th = im->cmd.state;

	search_clear(&th->search);
	order_walk_clear(&th->walk);
	order_release(&th->dates);
	order_release(&th->subjects);
	thread_tree_clear(&th->tree);
}

const struct imap_handler imap_thread = { start, resume, clear };
