/* SPDX-License-Identifier: ISC */
#include "imap_search_return.h"

#include "imap_args.h"
#include "imap_context.h"
#include "imap_fetch.h"

static const struct {
	const char *name;
	enum search_return opt;
} options[] = {
	{ "ALL", SEARCH_RETURN_ALL },
	{ "CONTEXT", SEARCH_RETURN_CONTEXT },
	{ "COUNT", SEARCH_RETURN_COUNT },
	{ "MAX", SEARCH_RETURN_MAX },
	{ "MIN", SEARCH_RETURN_MIN },
	{ "PARTIAL", SEARCH_RETURN_PARTIAL },
	{ "RELEVANCY", SEARCH_RETURN_RELEVANCY },
	{ "SAVE", SEARCH_RETURN_SAVE },
	{ "UPDATE", SEARCH_RETURN_UPDATE },
};

static bool
partial_number(struct imap_cursor *c, bool last, uint32_t *out)
{
	return (!last || imap_char(c, '-')) && imap_number(c, out) && *out > 0;
}

bool
imap_arg_partial(struct imap *im, struct imap_partial *out)
{
	struct imap_cursor *c = &im->cmd.args;
	uint32_t swap;

	if (!imap_arg_sp(im))
		return false;
	out->last = imap_peek(c, '-');
	if (!partial_number(c, out->last, &out->lo) || !imap_char(c, ':') ||
	    !partial_number(c, out->last, &out->hi)) {
		imap_bad(im, "A range was expected, such as 1:100 or -1:-100");
		return false;
	}
	if (out->lo > out->hi) {
		swap = out->lo;
		out->lo = out->hi;
		out->hi = swap;
	}
	return true;
}

void
imap_partial_pick(const struct imap_partial *p, uint64_t n, uint64_t *from,
    uint64_t *to)
{
	uint64_t lo = p->lo > n ? n : p->lo - 1; /* of the near end */
	uint64_t hi = p->hi > n ? n : p->hi;

	*from = p->last ? n - hi : lo;
	*to = p->last ? n - lo : hi;
}

static unsigned
find(struct span name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (span_ieqs(name, options[i].name))
			return options[i].opt;
	}
	return 0;
}

static bool
parse_option(struct imap *im, struct search_options *o)
{
	struct span name;
	unsigned opt;

	if (!imap_atom(&im->cmd.args, &name) || (opt = find(name)) == 0) {
		imap_bad(im, "A return option was expected");
		return false;
	}
	if (opt == SEARCH_RETURN_PARTIAL) {
		if ((o->opts & opt) != 0) {
			imap_bad(im, "There can be one PARTIAL");
			return false;
		}
		if (!imap_arg_partial(im, &o->partial))
			return false;
	}
	o->opts |= opt;
	if (opt == SEARCH_RETURN_UPDATE) /* RFC 5465 section 7 */
		return fetch_take_items(im, &o->update);
	return true;
}

static bool
check(struct imap *im, struct search_options *o)
{
	const unsigned both = SEARCH_RETURN_ALL | SEARCH_RETURN_PARTIAL;

	if ((o->opts & both) == both) {
		imap_bad(im, "ALL and PARTIAL exclude each other");
		return false;
	}
	return true;
}

bool
search_options_parse(struct imap *im, struct search_options *o)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_word(c, "RETURN"))
		return true;
	o->extended = true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(')) {
		imap_bad(im, "Return options in parentheses were expected");
		return false;
	}
	if (imap_char(c, ')')) {
		o->opts = SEARCH_RETURN_ALL;
		return imap_arg_sp(im);
	}
	do {
		if (!parse_option(im, o))
			return false;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The return options have no end");
		return false;
	}
	return check(im, o) && imap_arg_sp(im);
}

bool
search_options_check(struct imap *im, const struct search_options *o, bool fuzzy)
{
	if ((o->opts & SEARCH_RETURN_RELEVANCY) != 0 && !fuzzy)
		imap_bad(im, "RELEVANCY needs a FUZZY key");
	else if ((o->opts & SEARCH_RETURN_UPDATE) != 0 &&
	    imap_context_has(im, span_str(im->cmd.tag)))
		imap_bad(im, "A search with that tag is kept up to date");
	else
		return true;
	return false;
}

enum imap_result
search_options_refuse(struct imap *im, const struct search_options *o)
{
	if (im->cmd.status == IMAP_NO && (o->opts & SEARCH_RETURN_SAVE) != 0)
		seqset_clear(&im->saved);
	return IMAP_DONE;
}
