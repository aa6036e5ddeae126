/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_limit.h"
#include "imap_order.h"
#include "imap_search_return.h"

/*
 * SORT (RFC 5256, RFC 5957), with the return options of RFC 5267.
 */
#define CRITERIA_MAX 16

enum column { ARRIVAL, DATE, SIZE, TEXT };

static const struct {
	const char *name;
	enum column column;
	enum sort_text text;
} names[] = {
	{ "ARRIVAL", ARRIVAL, 0 },
	{ "CC", TEXT, SORT_CC },
	{ "DATE", DATE, 0 },
	{ "DISPLAYFROM", TEXT, SORT_DISPLAYFROM },
	{ "DISPLAYTO", TEXT, SORT_DISPLAYTO },
	{ "FROM", TEXT, SORT_FROM },
	{ "SIZE", SIZE, 0 },
	{ "SUBJECT", TEXT, SORT_SUBJECT },
	{ "TO", TEXT, SORT_TO },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

struct criterion {
	enum column column;
	enum sort_text text;
	bool reverse;
};

enum stage { FINDING, READING, ORDERING, REPORTING };

struct sorting {
	struct imap *im;
	struct search_options options;
	struct search search;
	struct criterion criterion[CRITERIA_MAX];
	unsigned ncriteria;
	enum stage stage;
	struct order_walk walk;
	struct order order;
	struct search_report report;
	/* By place in what was found: */
	uint32_t *seq;
	struct order_text *cell; /* ncriteria of each */
	size_t len, cap;
	struct buf texts;
};

/* ---- comparing ---- */

static int
compare(const void *arg, uint32_t a, uint32_t b)
{
	const struct sorting *s = arg;
	const struct order_text *x = s->cell + (size_t)a * s->ncriteria;
	const struct order_text *y = s->cell + (size_t)b * s->ncriteria;

	for (unsigned i = 0; i < s->ncriteria; i++) {
		int way = order_text_compare(&s->texts, &x[i], &y[i]);

		if (way != 0)
			return s->criterion[i].reverse ? -way : way;
	}
	return 0;
}

/* A number that orders as it does among those with a sign. */
static struct order_text
number(int64_t n)
{
	return (struct order_text){ .start = (uint64_t)n ^ (uint64_t)1 << 63 };
}

static struct order_text
make_cell(struct sorting *s, const struct criterion *c,
    const struct store_msg *m, const struct sort_keys *k)
{
	switch (c->column) {
	case ARRIVAL:
		return number(m->internaldate.sec);
	case DATE:
		return number(m->sent);
	case SIZE:
		return number((int64_t)m->size);
	case TEXT:
		break;
	}
	return order_text_add(&s->texts, k->text[c->text]);
}

static void
add_row(void *arg, uint32_t seq, const struct store_msg *m,
    const struct sort_keys *k)
{
	struct sorting *s = arg;
	struct order_text *cell;

	if (s->len == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->seq = xrealloc_array(s->seq, s->cap, sizeof(s->seq[0]));
		s->cell = xrealloc_array(
		    s->cell, s->cap * s->ncriteria, sizeof(s->cell[0]));
	}
	cell = s->cell + s->len * s->ncriteria;
	for (unsigned i = 0; i < s->ncriteria; i++)
		cell[i] = make_cell(s, &s->criterion[i], m, k);
	s->seq[s->len++] = seq;
}

/* ---- the command ---- */

static void
begin_report(struct sorting *s)
{
	uint32_t *order = xrealloc_array(NULL, s->len + 1, sizeof(order[0]));

	for (size_t i = 0; i < s->len; i++)
		order[i] = s->seq[s->order.v[i]];
	s->report = (struct search_report){ .im = s->im,
		.options = &s->options,
		.name = "SORT",
		.view = &s->im->view,
		.uid = s->im->cmd.uid,
		.modseq = s->search.modseq,
		.found = s->search.found,
		.order = order };
	s->search.found = (struct seqset){ 0 };
}

/* True: the stage is done. */
static bool
run_stage(struct sorting *s)
{
	switch (s->stage) {
	case FINDING:
		if (!search_run(&s->search))
			return false;
		imap_limit_cut(s->im, &s->search.found);
		return true;
	case READING:
		if (!order_walk_run(&s->walk))
			return false;
		s->order =
		    (struct order){ .compare = compare, .arg = s, .n = s->len };
		return true;
	case ORDERING:
		if (!order_run(&s->order, s->im))
			return false;
		begin_report(s);
		return true;
	case REPORTING:
		break;
	}
	return false;
}

static enum imap_result
finish(struct sorting *s)
{
	struct imap *im = s->im;

	if (!search_report_write(&s->report))
		return IMAP_WAIT;
	if (s->search.failed) {
		if ((s->options.opts & SEARCH_RETURN_SAVE) != 0)
			seqset_clear(&im->saved);
		return imap_no(
		    im, "UNAVAILABLE", "Some of the messages cannot be read");
	}
	if (s->search.expunged && !im->cmd.uid)
		return imap_ok(im, "[EXPUNGEISSUED] SORT completed");
	return imap_completed(im);
}

static enum imap_result
resume(struct imap *im)
{
	struct sorting *s = im->cmd.state;

	for (; s->stage != REPORTING; s->stage++) {
		if (!run_stage(s)) {
			imap_progress(im, 0, 0);
			return imap_pause(im);
		}
		if (s->texts.failed)
			return imap_no(
			    im, "LIMIT", "There is too much to sort at once");
	}
	return finish(s);
}

static bool
parse_criterion(struct sorting *s)
{
	struct criterion *c = &s->criterion[s->ncriteria];
	struct span name = { 0 };

	c->reverse = imap_word(&s->im->cmd.args, "REVERSE");
	if (c->reverse && !imap_arg_sp(s->im))
		return false;
	imap_atom(&s->im->cmd.args, &name);
	for (size_t i = 0; i < NAMES; i++) {
		if (!span_ieqs(name, names[i].name))
			continue;
		c->column = names[i].column;
		c->text = names[i].text;
		s->walk.keys |= c->column == TEXT;
		s->ncriteria++;
		return true;
	}
	imap_bad(s->im, "A sort criterion was expected, such as DATE");
	return false;
}

static bool
parse_criteria(struct sorting *s)
{
	struct imap_cursor *c = &s->im->cmd.args;

	if (!imap_char(c, '(')) {
		imap_bad(s->im, "Sort criteria in parentheses were expected");
		return false;
	}
	do {
		if (s->ncriteria == CRITERIA_MAX) {
			imap_no(s->im, "LIMIT", "At most %d criteria sort",
			    CRITERIA_MAX);
			return false;
		}
		if (!parse_criterion(s))
			return false;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(s->im, "The sort criteria have no end");
		return false;
	}
	return imap_arg_sp(s->im);
}

static bool
check(struct sorting *s)
{
	if ((s->options.opts & SEARCH_RETURN_UPDATE) != 0) {
		imap_bad(s->im, "What is sorted is not kept up to date");
		return false;
	}
	return search_options_check(s->im, &s->options, s->search.fuzzy);
}

static enum imap_result
start(struct imap *im)
{
	struct sorting *s = xcalloc(1, sizeof(*s));

	im->cmd.state = s;
	s->im = im;
	s->walk = (struct order_walk){
		.search = &s->search, .row = add_row, .arg = s
	};
	search_begin(&s->search, im, &im->view);
	if (!imap_arg_sp(im) || !search_options_parse(im, &s->options) ||
	    !parse_criteria(s))
		return IMAP_DONE;
	if (!search_parse_charset(&s->search) || !check(s))
		return search_options_refuse(im, &s->options);
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct sorting *s = im->cmd.state;

	search_clear(&s->search);
	search_report_clear(&s->report);
	order_walk_clear(&s->walk);
	order_clear(&s->order);
	free(s->seq);
	free(s->cell);
	buf_free(&s->texts);
}

const struct imap_handler imap_sort = { start, resume, clear };
