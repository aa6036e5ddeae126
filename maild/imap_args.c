/* SPDX-License-Identifier: ISC */
#include "imap_args.h"

#include "charset.h"
#include "imap_enable.h"
#include "utf7.h"

bool
imap_arg_sp(struct imap *im)
{
	if (imap_sp(&im->cmd.args))
		return true;
	imap_bad(im, imap_end(&im->cmd.args) ? "An argument is missing" :
	    "One space was expected between arguments");
	return false;
}

bool
imap_arg_end(struct imap *im)
{
	if (imap_end(&im->cmd.args))
		return true;
	imap_bad(im, "There is something behind the last argument");
	return false;
}

bool
imap_arg_decode(struct imap *im, struct buf *out, struct span name)
{
	if (!imap_enabled(im, IMAP_UTF8))
		return utf7_decode(out, name) == 0;
	buf_add_span(out, name);
	return utf8_valid(name);
}

bool
imap_arg_mailbox(struct imap *im, struct buf *out)
{
	struct span name;

	if (!imap_astring(&im->cmd.args, &name)) {
		imap_bad(im, "A mailbox name was expected");
		return false;
	}
	buf_clear(out);
	if (!imap_arg_decode(im, out, name)) {
		imap_no(im, "CANNOT", imap_enabled(im, IMAP_UTF8) ?
		    "The mailbox name is not in UTF-8" :
		    "The mailbox name is not in modified UTF-7 (\"&\" is "
		    "written \"&-\")");
		return false;
	}
	return true;
}

bool
imap_arg_open(struct imap *im, struct store_mailbox *out)
{
	struct buf *name = &im->cmd.name[0];
	enum store_status st;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name) ||
	    !imap_arg_end(im))
		return false;
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user, buf_span(name), out);
	store_end(im->store);
	if (st != STORE_OK)
		imap_fail(im, st);
	return st == STORE_OK;
}

void
imap_view_numbers(const struct store_view *v, struct seqset *set)
{
	struct seqset uids = *set;

	*set = (struct seqset){ 0 };
	for (size_t i = 0; i < uids.len; i++) {
		size_t from = store_view_from(v, uids.range[i].lo);
		size_t to = store_view_from(v, (uint64_t)uids.range[i].hi + 1);

		if (from < to)
			seqset_add(set, (uint32_t)from + 1, (uint32_t)to);
	}
	seqset_clear(&uids);
}

/* "n:*" never begins behind the last message. */
static void
reach_last(struct seqset *set, uint32_t max)
{
	struct seqrange *last = &set->range[set->len - 1];

	if (last->hi == SEQSET_STAR && last->lo > max)
		seqset_add(set, max, max);
}

/* Give "*" its value. */
static void
resolve(struct seqset *set, uint32_t max)
{
	struct seqrange *last = &set->range[set->len - 1];

	if (last->hi == SEQSET_STAR && last->lo > max && max > 0)
		last->lo = max;
	seqset_resolve(set, max);
}

/* "$" */
static void
saved(const struct imap *im, const struct store_view *v, struct seqset *out)
{
	for (size_t i = 0; i < im->saved.len; i++)
		seqset_add(out, im->saved.range[i].lo, im->saved.range[i].hi);
	imap_view_numbers(v, out);
}

/* False: the reply is set. */
static bool
take_set(struct imap *im, const struct store_view *v, bool uid,
    struct seqset *out)
{
	uint32_t last = (uint32_t)v->len;

	if (imap_char(&im->cmd.args, '$')) {
		saved(im, v, out);
		return true;
	}
	if (!imap_seqset(&im->cmd.args, out)) {
		imap_bad(im, "A set of %s was expected",
		    uid ? "UIDs" : "message numbers");
		return false;
	}
	if (uid) {
		if (last > 0)
			resolve(out, v->uid[last - 1]);
		imap_view_numbers(v, out);
	} else {
		resolve(out, last);
	}
	return true;
}

bool
imap_arg_search_set(struct imap *im, const struct store_view *view, bool uid,
    struct seqset *out)
{
	if (uid && imap_seqset(&im->cmd.args, out)) {
		if (view->len > 0)
			reach_last(out, view->uid[view->len - 1]);
		return true;
	}
	if (!take_set(im, view, uid, out))
		return false;
	if (uid) { /* "$" */
		struct seqset seqs = *out;

		*out = (struct seqset){ 0 };
		store_view_uids(view, &seqs, out);
		seqset_clear(&seqs);
	} else if (view->len < UINT32_MAX) {
		seqset_remove(out, (uint32_t)view->len + 1, UINT32_MAX);
	}
	return true;
}

bool
imap_arg_set(struct imap *im, bool uid, struct seqset *out)
{
	uint32_t last = (uint32_t)im->view.len;
	bool marker = imap_peek(&im->cmd.args, '$');

	if (!take_set(im, &im->view, uid, out))
		return false;
	if (uid || marker ||
	    (out->len > 0 && out->range[out->len - 1].hi <= last))
		return true;
	imap_bad(im, "There are only %u messages", last);
	return false;
}
