/* SPDX-License-Identifier: ISC */
#include "casefold.h"
#include "imap_args.h"
#include "imap_list.h"
#include "imap_status.h"

struct option {
	const char *name;
	unsigned bit;
};

static const struct option select_options[] = {
	{ "SUBSCRIBED", LIST_SUBSCRIBED },
	{ "REMOTE", LIST_REMOTE },
	{ "RECURSIVEMATCH", LIST_RECURSIVE },
	{ "SPECIAL-USE", LIST_SPECIAL },
};
#define NSELECT (sizeof(select_options) / sizeof(select_options[0]))

static const struct option return_options[] = {
	{ "SUBSCRIBED", LIST_RETURN_SUBSCRIBED },
	{ "CHILDREN", LIST_RETURN_CHILDREN },
	{ "SPECIAL-USE", LIST_RETURN_SPECIAL },
	{ "STATUS", LIST_RETURN_STATUS },
	{ "METADATA", LIST_RETURN_METADATA },
	{ "MYRIGHTS", LIST_RETURN_MYRIGHTS },
};
#define NRETURN (sizeof(return_options) / sizeof(return_options[0]))

/* The bit of the option that comes next; 0: the reply is set. */
static unsigned
take_option(struct imap *im, const struct option *o, size_t n)
{
	struct span name;

	if (!imap_atom(&im->cmd.args, &name))
		name = (struct span){ 0 };
	for (size_t i = 0; i < n; i++) {
		if (span_ieqs(name, o[i].name))
			return o[i].bit;
	}
	imap_bad(im, "An option of LIST was expected");
	return 0;
}

static bool
open_options(struct imap *im)
{
	if (imap_char(&im->cmd.args, '('))
		return true;
	imap_bad(im, "A list of options was expected");
	return false;
}

static bool
close_options(struct imap *im)
{
	if (imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "The list of options has no end");
	return false;
}

/* RFC 5258 section 3.1 */
static bool
parse_select(struct imap *im, struct listing *l)
{
	unsigned bit;

	if (!open_options(im))
		return false;
	if (imap_char(&im->cmd.args, ')'))
		return true;
	do {
		bit = take_option(im, select_options, NSELECT);
		l->select |= bit;
	} while (bit != 0 && imap_sp(&im->cmd.args));
	if (bit == 0 || !close_options(im))
		return false;
	if ((l->select & LIST_RECURSIVE) == 0 ||
	    (l->select & (LIST_SUBSCRIBED | LIST_SPECIAL)) != 0)
		return true;
	imap_bad(im, "RECURSIVEMATCH needs an option that selects something");
	return false;
}

static bool
take_return(struct imap *im, struct listing *l)
{
	unsigned bit = take_option(im, return_options, NRETURN);

	l->returns |= bit;
	if (bit == LIST_RETURN_STATUS)
		return imap_arg_sp(im) && imap_status_items(im, &l->status);
	if (bit == LIST_RETURN_METADATA)
		return imap_arg_sp(im) && imap_entries_parse(im, &l->entries);
	return bit != 0;
}

static bool
parse_return(struct imap *im, struct listing *l)
{
	struct imap_cursor *c = &im->cmd.args;

	if (imap_end(c))
		return true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_word(c, "RETURN")) {
		imap_bad(im, "RETURN or the end was expected");
		return false;
	}
	l->extended = true;
	if (!imap_arg_sp(im) || !open_options(im))
		return false;
	if (imap_char(c, ')'))
		return imap_arg_end(im);
	do {
		if (!take_return(im, l))
			return false;
	} while (imap_sp(c));
	return close_options(im) && imap_arg_end(im);
}

static bool
take_pattern(struct imap *im, struct listing *l)
{
	if (l->npatterns == LIST_PATTERNS_MAX) {
		imap_no(im, "LIMIT", "LIST takes at most %d patterns",
		    LIST_PATTERNS_MAX);
		return false;
	}
	if (imap_list_mailbox(&im->cmd.args, &l->text[l->npatterns])) {
		l->npatterns++;
		return true;
	}
	imap_bad(im, "A mailbox pattern was expected");
	return false;
}

static bool
parse_patterns(struct imap *im, struct listing *l)
{
	if (l->lsub || !imap_char(&im->cmd.args, '('))
		return take_pattern(im, l);
	l->extended = true;
	do {
		if (!take_pattern(im, l))
			return false;
	} while (imap_sp(&im->cmd.args));
	if (imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "The list of patterns has no end");
	return false;
}

bool
list_parse(struct imap *im, struct listing *l)
{
	if (!imap_arg_sp(im))
		return false;
	if (!l->lsub && imap_peek(&im->cmd.args, '(')) {
		l->extended = true;
		if (!parse_select(im, l) || !imap_arg_sp(im))
			return false;
	}
	if (!imap_arg_mailbox(im, &im->cmd.name[0]) || !imap_arg_sp(im) ||
	    !parse_patterns(im, l))
		return false;
	return l->lsub ? imap_arg_end(im) : parse_return(im, l);
}

/* Names are kept in Normalization Form C, so the pattern is put in it.  One
 * that cannot be text matches no name, which cannot hold that either. */
static void
set_pattern(struct imap *im, struct imap_pattern *p, struct span s)
{
	struct buf *text = &im->cmd.name[0], *nfc = &im->cmd.name[1];
	size_t reference = text->len;

	buf_clear(nfc);
	if (!imap_arg_decode(im, text, s) || utf8_nfc(nfc, buf_span(text)) < 0) {
		buf_clear(nfc);
		buf_adds(nfc, "//");
	}
	imap_pattern_init(p, buf_span(nfc), STORE_SEPARATOR);
	text->len = reference;
}

/* RFC 5258 section 3: an empty pattern matches nothing. */
void
list_patterns(struct imap *im, struct listing *l)
{
	size_t n = 0;

	l->pattern = xcalloc(l->npatterns, sizeof(l->pattern[0]));
	for (size_t i = 0; i < l->npatterns; i++) {
		if (l->text[i].n > 0)
			set_pattern(im, &l->pattern[n++], l->text[i]);
		if (l->lsub && l->text[i].n > 0 &&
		    memchr(l->text[i].p, '%', l->text[i].n) != NULL)
			l->parents = true;
	}
	l->npatterns = n;
	l->parents |= (l->select & LIST_RECURSIVE) != 0;
}
