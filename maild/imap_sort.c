/* SPDX-License-Identifier: ISC */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"
#include "imap_limit.h"
#include "imap_search_return.h"
#include "imap_sorted.h"

/*
 * SORT (RFC 5256, RFC 5957), with the return options of RFC 5267.
 */
static const struct {
	const char *name;
	enum sort_column column;
	enum sort_text text;
} names[] = {
	{ "ARRIVAL", SORT_ARRIVAL, 0 },
	{ "CC", SORT_TEXT, SORT_CC },
	{ "DATE", SORT_DATE, 0 },
	{ "DISPLAYFROM", SORT_TEXT, SORT_DISPLAYFROM },
	{ "DISPLAYTO", SORT_TEXT, SORT_DISPLAYTO },
	{ "FROM", SORT_TEXT, SORT_FROM },
	{ "SIZE", SORT_SIZE, 0 },
	{ "SUBJECT", SORT_TEXT, SORT_SUBJECT },
	{ "TO", SORT_TEXT, SORT_TO },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

enum stage { FINDING, READING, ORDERING, REPORTING };

struct sorting {
	struct imap *im;
	struct search_options options;
	struct search search;
	enum stage stage;
	struct order_walk walk;
	struct order order;
	struct search_report report;
	struct sort_rows rows; /* ids are sequence numbers */
	struct imap_context *context; /* of UPDATE */
};

static void
add_row(void *arg, uint32_t seq, const struct store_msg *m,
    const struct sort_keys *k)
{
	struct sorting *s = arg;

	sort_rows_add(&s->rows, seq, m, k);
}

/* ---- the command ---- */

static void
begin_report(struct sorting *s)
{
	uint32_t *order = xrealloc_array(NULL, s->rows.len + 1,
	    sizeof(order[0]));

	for (size_t i = 0; i < s->rows.len; i++)
		order[i] = s->rows.id[s->order.v[i]];
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
		s->rows.expected = (size_t)seqset_count(&s->search.found);
		return true;
	case READING:
		if (!order_walk_run(&s->walk))
			return false;
		s->order = (struct order){ .word = sort_rows_word,
			.next = sort_rows_next,
			.arg = &s->rows,
			.n = s->rows.len };
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

static void
keep(struct sorting *s)
{
	for (size_t i = 0; i < s->rows.len; i++)
		s->rows.id[i] = s->im->view.uid[s->rows.id[i] - 1];
	imap_context_keep_sorted(s->im, s->context, &s->report.found,
	    imap_sorted_new(&s->rows, &s->order.v));
	s->context = NULL;
}

static enum imap_result
finish(struct sorting *s)
{
	struct imap *im = s->im;

	if (!search_report_write(&s->report))
		return IMAP_WAIT;
	if (s->context != NULL && !s->search.failed)
		keep(s);
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
		if (s->rows.texts.failed)
			return imap_no(
			    im, "LIMIT", "There is too much to sort at once");
	}
	return finish(s);
}

static bool
parse_criterion(struct sorting *s)
{
	struct sort_criterion *c = &s->rows.criterion[s->rows.ncriteria];
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
		s->walk.keys |= c->column == SORT_TEXT;
		s->rows.ncriteria++;
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
		if (s->rows.ncriteria == SORT_CRITERIA_MAX) {
			imap_no(s->im, "LIMIT", "At most %d criteria sort",
			    SORT_CRITERIA_MAX);
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

static enum imap_result
start(struct imap *im)
{
	struct sorting *s = xcalloc(1, sizeof(*s));
	const char *program;

	im->cmd.state = s;
	s->im = im;
	s->walk = (struct order_walk){
		.search = &s->search, .row = add_row, .arg = s
	};
	search_begin(&s->search, im, &im->view);
	if (!imap_arg_sp(im) || !search_options_parse(im, &s->options) ||
	    !parse_criteria(s))
		return IMAP_DONE;
	program = im->cmd.args.p;
	if (!search_parse_charset(&s->search) ||
	    !search_options_check(im, &s->options, s->search.fuzzy))
		return search_options_refuse(im, &s->options);
	s->context = imap_context_begin(im, &s->options, program,
	    search_parse_charset);
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct sorting *s = im->cmd.state;

	search_clear(&s->search);
	search_report_clear(&s->report);
	order_walk_clear(&s->walk);
	order_release(&s->order);
	sort_rows_clear(&s->rows);
	imap_context_free(s->context);
}

const struct imap_handler imap_sort = { start, resume, clear };
