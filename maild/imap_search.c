/* SPDX-License-Identifier: ISC */
#include "imap_search.h"

#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"
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

	if (!s->found) {
		if (!search_run(&s->search))
			return imap_pause(im);
		s->found = true;
		s->report.found = s->search.found;
		s->search.found = (struct seqset){ 0 };
	}
	return finish(s);
}

/* RFC 5182 section 2.1: a search that is refused saves nothing. */
static enum imap_result
refused(struct imap *im, const struct search_options *options)
{
	if (im->cmd.status == IMAP_NO &&
	    (options->opts & SEARCH_RETURN_SAVE) != 0)
		seqset_clear(&im->saved);
	return IMAP_DONE;
}

static bool
check(struct imap *im, const struct searching *s)
{
	unsigned opts = s->options.opts;

	if ((opts & SEARCH_RETURN_RELEVANCY) != 0 && !s->search.fuzzy) {
		imap_bad(im, "RELEVANCY needs a FUZZY key");
		return false;
	}
	if ((opts & SEARCH_RETURN_UPDATE) != 0 &&
	    imap_context_has(im, span_str(im->cmd.tag))) {
		imap_bad(im, "A search with that tag is kept up to date");
		return false;
	}
	return true;
}

/* RFC 5267 section 4.3.1: the rest is done even if this is refused. */
static void
begin_context(struct imap *im, struct searching *s, const char *program)
{
	if ((s->options.opts & SEARCH_RETURN_UPDATE) == 0)
		return;
	s->context = imap_context_new(im, program);
	if (s->context == NULL)
		buf_addf(&im->out, "* NO [NOUPDATE \"%s\"] At most %d short "
		    "searches are kept up to date\r\n", im->cmd.tag,
		    IMAP_CONTEXTS_MAX);
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
	program = im->cmd.args.p;
	if (!search_parse(&s->search) || !check(im, s))
		return refused(im, &s->options);
	begin_context(im, s, program);
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
