/* SPDX-License-Identifier: ISC */
#include "imap_modseq.h"

#include "imap_args.h"

bool
imap_arg_modseq(struct imap *im, uint64_t *out)
{
	if (imap_number64(&im->cmd.args, out) && *out <= IMAP_MODSEQ_MAX)
		return true;
	imap_bad(im, "A mod-sequence was expected, a number of at most 63 "
		     "bits");
	return false;
}

/* What is in both and not in the view: both sets ascend. */
static void
intersect(const struct imap *im, const struct seqset *a, const struct seqset *b,
    struct seqset *out)
{
	size_t i = 0, j = 0;

	while (i < a->len && j < b->len) {
		uint32_t lo = a->range[i].lo, hi = a->range[i].hi;

		if (lo < b->range[j].lo)
			lo = b->range[j].lo;
		if (hi > b->range[j].hi)
			hi = b->range[j].hi;
		if (lo <= hi)
			seqset_add(out, lo, hi);
		if (a->range[i].hi < b->range[j].hi)
			i++;
		else
			j++;
	}
	/* What was expunged and is still in the view will be told as such. */
	for (i = 0; i < a->len; i++) {
		size_t k = store_view_from(&im->view, a->range[i].lo);

		for (; k < im->view.len && im->view.uid[k] <= a->range[i].hi;
		     k++)
			seqset_remove(out, im->view.uid[k], im->view.uid[k]);
	}
}

enum store_status
imap_vanished_find(struct imap *im, uint64_t modseq, const struct seqset *set,
    struct seqset *out)
{
	struct seqset gone = { 0 };
	enum store_status st;

	st = store_expunged(im->store, &im->view.mailbox, modseq, &gone);
	if (st == STORE_OK)
		intersect(im, &gone, set, out);
	seqset_clear(&gone);
	return st;
}
