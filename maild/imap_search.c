/* SPDX-License-Identifier: ISC */
#include "imap_search.h"

#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"
#include "imap_enable.h"
#include "imap_limit.h"
#include "imap_search_return.h"

struct searching {
	struct search search;
	struct search_options options;
	struct search_report report;
	bool found; /* all that there is; it is being reported */
	struct imap_context *context; /* of UPDATE */
};

static enum imap_result
finish(struct searching *s)
{
	struct imap *im = s->search.im;

	if (!search_report_write(&s->report))
		return IMAP_WAIT;
	if (s->context != NULL && !s->search.failed) {
		imap_context_keep(im, s->context, &s->report.found);
		s->context = NULL;
	}
	if (s->search.failed) {
		if ((s->options.opts & SEARCH_RETURN_SAVE) != 0)
			seqset_clear(&im->saved);
		return imap_no(im, "UNAVAILABLE",
		    "Some of the messages cannot be read");
	}
	if (s->search.expunged && !im->cmd.uid)
		return imap_ok(im, "[EXPUNGEISSUED] SEARCH completed");
	return imap_completed(im);
}

static enum imap_result
resume(struct imap *im)
{
	struct searching *s = im->cmd.state;
	uint64_t done = s->search.next - 1; /* the pool may go on at once */

	if (!s->found) {
		if (!search_run(&s->search)) {
			imap_progress(im, done, im->view.len);
			return imap_pause(im);
		}
		s->found = true;
		imap_limit_cut(im, &s->search.found);
		s->report.found = s->search.found;
		s->search.found = (struct seqset){ 0 };
	}
	return finish(s);
}

static enum imap_result
start(struct imap *im)
{
	struct searching *s = xcalloc(1, sizeof(*s));
	const char *program;

	im->cmd.state = s;
	search_begin(&s->search, im, &im->view);
	if (!imap_arg_sp(im) || !search_options_parse(im, &s->options))
		return IMAP_DONE;
	if (imap_enabled(im, IMAP_REV2) && !s->options.extended)
		s->options = (struct search_options){ .extended = true,
			.opts = SEARCH_RETURN_ALL }; /* RFC 9051 section 6.4.4 */
	program = im->cmd.args.p;
	if (!search_parse(&s->search) ||
	    !search_options_check(im, &s->options, s->search.fuzzy))
		return search_options_refuse(im, &s->options);
	s->context = imap_context_begin(im, &s->options, program,
	    search_parse);
	s->report = (struct search_report){ .im = im, .options = &s->options,
		.name = "SEARCH", .view = &im->view, .uid = im->cmd.uid,
		.modseq = s->search.modseq };
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct searching *s = im->cmd.state;

	search_clear(&s->search);
	search_report_clear(&s->report);
	imap_context_free(s->context);
}

const struct imap_handler imap_search = { start, resume, clear };
