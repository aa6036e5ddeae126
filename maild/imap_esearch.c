/* SPDX-License-Identifier: ISC */
/*
 * ESEARCH: a search in many mailboxes (RFC 7377).
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"
#include "imap_search_return.h"
#include "imap_sources.h"

struct esearch {
	struct search_options options;
	struct imap_sources sources;
	size_t program; /* where charset and keys begin in the command */
	struct imap_context *context; /* of UPDATE */

	/* The mailbox in hand: */
	size_t at;
	bool begun, found;
	struct store_view view; /* where it is not the selected one */
	struct search search;
	struct search_report report;
	bool failed; /* some messages could not be read */
};

static bool
is_selected(const struct imap *im, const struct store_mailbox *m)
{
	return im->selected && m->id == im->view.mailbox.id;
}

/* ---- one mailbox ---- */

static bool
parse_program(struct imap *im, struct esearch *e, const struct store_view *view)
{
	struct span cmd = buf_span(&im->frame.cmd);

	buf_clear(&im->cmd.scratch);
	im->cmd.args.p = cmd.p + e->program;
	search_begin(&e->search, im, view);
	return search_parse(&e->search);
}

static void
end_mailbox(struct esearch *e)
{
	e->failed |= e->search.failed;
	search_clear(&e->search);
	search_report_clear(&e->report);
	store_view_clear(&e->view);
	e->search = (struct search){ 0 };
	e->report = (struct search_report){ 0 };
	e->begun = e->found = false;
}

/* False: it cannot be searched, and is passed over. */
static bool
begin_mailbox(struct imap *im, struct esearch *e)
{
	const struct store_mailbox *m = &e->sources.box[e->at].mailbox;
	const struct store_view *view = &im->view;
	enum store_status st = STORE_OK;

	if (!is_selected(im, m)) {
		st = store_view_open(im->store, m, &e->view);
		view = &e->view;
	}
	if (st != STORE_OK) {
		e->failed |= st == STORE_UNAVAILABLE;
		return false;
	}
	e->begun = true;
	parse_program(im, e, view);
	e->report = (struct search_report){ .im = im, .options = &e->options,
		.view = view, .mailbox = imap_source_name(&e->sources, e->at),
		.uid = true, .modseq = e->search.modseq };
	return true;
}

/* IMAP_DONE: it is through. */
static enum imap_result
search_mailbox(struct imap *im, struct esearch *e)
{
	if (!e->begun && !begin_mailbox(im, e))
		return IMAP_DONE;
	if (!e->found) {
		if (!search_run(&e->search)) {
			imap_progress(im, e->at, e->sources.len);
			return imap_pause(im);
		}
		e->found = true;
		e->report.found = e->search.found;
		e->search.found = (struct seqset){ 0 };
	}
	if (!search_report_write(&e->report))
		return IMAP_WAIT;
	if (e->context != NULL && e->report.view == &im->view) {
		imap_context_keep(im, e->context, &e->report.found);
		e->context = NULL;
	}
	return IMAP_DONE;
}

static enum imap_result
resume(struct imap *im)
{
	struct esearch *e = im->cmd.state;

	while (e->at < e->sources.len) {
		enum imap_result r = search_mailbox(im, e);

		if (r != IMAP_DONE)
			return r;
		end_mailbox(e);
		e->at++;
		if (imap_slice_over(im) && e->at < e->sources.len)
			return imap_pause(im);
	}
	if (!e->failed)
		return imap_completed(im);
	if ((e->options.opts & SEARCH_RETURN_SAVE) != 0)
		seqset_clear(&im->saved);
	return imap_no(im, "UNAVAILABLE",
	    "Some of the messages cannot be read");
}

/* ---- the command ---- */

/* RFC 7377 section 2.2. */
static bool
check_sources(struct imap *im, const struct esearch *e)
{
	unsigned opts = e->options.opts;

	if (e->sources.selected && !im->selected)
		imap_bad(im, "No mailbox is selected");
	else if ((opts & SEARCH_RETURN_SAVE) != 0 && e->sources.others)
		imap_bad(im, "SAVE goes with the selected mailbox alone");
	else if ((opts & SEARCH_RETURN_UPDATE) != 0 && !e->sources.selected)
		imap_bad(im, "UPDATE goes with the selected mailbox");
	else
		return true;
	return false;
}

static bool
check_program(struct imap *im, const struct esearch *e)
{
	if (e->search.marker && e->sources.others) {
		imap_bad(im, "\"$\" goes with the selected mailbox alone");
		return false;
	}
	return search_options_check(im, &e->options, e->search.fuzzy);
}

static bool
parse(struct imap *im, struct esearch *e)
{
	if (!imap_arg_sp(im) || !imap_sources_parse(im, &e->sources) ||
	    !search_options_parse(im, &e->options))
		return false;
	if (!e->options.extended)
		e->options.opts = SEARCH_RETURN_ALL;
	e->options.extended = true;
	e->program = (size_t)(im->cmd.args.p - buf_span(&im->frame.cmd).p);
	return check_sources(im, e) &&
	    parse_program(im, e, im->selected ? &im->view : &e->view) &&
	    check_program(im, e);
}

static enum imap_result
start(struct imap *im)
{
	struct esearch *e = xcalloc(1, sizeof(*e));
	enum store_status st;

	im->cmd.state = e;
	if (!parse(im, e))
		return search_options_refuse(im, &e->options);
	end_mailbox(e);
	e->context = imap_context_begin(im, &e->options,
	    buf_span(&im->frame.cmd).p + e->program, search_parse);
	if (e->context != NULL)
		e->context->uid = true;
	store_begin(im->store);
	st = imap_sources_find(im, &e->sources);
	store_end(im->store);
	return st == STORE_OK ? resume(im) : imap_fail(im, st);
}

static void
clear(struct imap *im)
{
	struct esearch *e = im->cmd.state;

	end_mailbox(e);
	imap_sources_clear(&e->sources);
	imap_context_free(e->context);
}

const struct imap_handler imap_esearch = { start, resume, clear };
