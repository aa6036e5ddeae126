/* SPDX-License-Identifier: ISC */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_pattern.h"

/*
 * COMPARATOR (RFC 5255 section 4.7).  There is one comparator, casefold.h's,
 * and texts are stored as it folds them.
 */
#define COMPARATOR "i;unicode-casemap"

/* Take a collation-order (RFC 4790 section 3.2); one that descends, or is known
 * by an address, is not offered. */
static bool
parse_order(struct imap *im, bool *matches)
{
	struct imap_pattern p;
	struct span order;

	if (!imap_arg_sp(im))
		return false;
	if (!imap_astring(&im->cmd.args, &order) || order.n == 0) {
		imap_bad(im, "A comparator was expected");
		return false;
	}
	if (span_ieqs(order, "default")) {
		*matches = true;
		return true;
	}
	if (order.p[0] == '+')
		order = span_sub(order, 1, SIZE_MAX);
	if (imap_pattern_init(&p, order, '\0') == 0 &&
	    memchr(order.p, '%', order.n) == NULL)
		*matches |= imap_pattern_match(&p, SPAN_LIT(COMPARATOR));
	return true;
}

static enum imap_result
comparator(struct imap *im)
{
	bool matches = imap_end(&im->cmd.args);

	while (!imap_end(&im->cmd.args)) {
		if (!parse_order(im, &matches))
			return IMAP_DONE;
	}
	if (!matches)
		return imap_no(
		    im, "BADCOMPARATOR", "The comparator is " COMPARATOR);
	buf_adds(&im->out, "* COMPARATOR " COMPARATOR "\r\n");
	return imap_completed(im);
}

const struct imap_handler imap_comparator = { .start = comparator };
