/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_search_return.h"

#define REPORT_ROOM ((size_t)64)
#define SINGLE_ROOM ((size_t)11) /* a space and a number */
#define HEAD_ROOM   ((size_t)4096) /* a tag and a mailbox name are in it */

enum stage {
	STAGE_HEAD,
	STAGE_PLAIN, /* SEARCH, not ESEARCH */
	STAGE_ALL,
	STAGE_PARTIAL,
	STAGE_SCORES,
	STAGE_END,
	STAGE_DONE,
};

static bool
wants(const struct search_report *r, unsigned opts)
{
	return (r->options->opts & opts) != 0;
}

static uint32_t
nth(const struct search_report *r, uint64_t i)
{
	uint64_t seq = 0;

	if (r->order != NULL)
		return r->order[i];
	seqset_next(&r->found, 0, &seq);
	return i == 0 ? (uint32_t)seq : r->found.range[r->found.len - 1].hi;
}

static uint32_t
told(const struct search_report *r, uint32_t seq)
{
	return r->uid ? r->view->uid[seq - 1] : seq;
}

/* Add the results from .. to to out, as sequence numbers. */
static void
pick(const struct search_report *r, uint64_t from, uint64_t to,
    struct seqset *out)
{
	if (r->order == NULL || to - from == r->n) {
		seqset_slice(&r->found, from, to, out);
		return;
	}
	for (; from < to; from++)
		seqset_add(out, r->order[from], r->order[from]);
}

/* What "$" and MODSEQ stand for (RFC 4731 section 3.2, RFC 5182 section 2.4,
 * RFC 9394 section 3.2). */
static void
choose(const struct search_report *r, struct seqset *out)
{
	uint64_t from, to;

	if (r->n == 0)
		return;
	if (!r->options->extended ||
	    wants(r, SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT) ||
	    !wants(r, SEARCH_RETURN_MIN | SEARCH_RETURN_MAX |
		SEARCH_RETURN_PARTIAL)) {
		pick(r, 0, r->n, out);
		return;
	}
	if (wants(r, SEARCH_RETURN_MIN))
		seqset_add(out, nth(r, 0), nth(r, 0));
	if (wants(r, SEARCH_RETURN_MAX))
		seqset_add(out, nth(r, r->n - 1), nth(r, r->n - 1));
	if (wants(r, SEARCH_RETURN_PARTIAL)) {
		imap_partial_pick(&r->options->partial, r->n, &from, &to);
		pick(r, from, to, out);
	}
}

static uint64_t
highest(const struct search_report *r, const struct seqset *seqs)
{
	struct imap *im = r->im;
	struct store_cursor cur = { .mailbox = r->view->mailbox,
		.columns = STORE_HOT };
	struct store_msg m;
	uint64_t seq, max = 0;

	store_begin(im->store);
	for (seq = 0; seqset_next(seqs, seq, &seq); seq++) {
		if (store_msg_get(im->store, &cur, r->view->uid[seq - 1], &m) ==
		    STORE_OK && m.modseq > max)
			max = m.modseq;
	}
	store_cursor_end(&cur);
	store_end(im->store);
	return max;
}

/* ---- numbers ---- */

/* The results from .. to are to be written. */
static void
begin_part(struct search_report *r, uint64_t from, uint64_t to)
{
	struct seqset seqs = { 0 };

	r->from = r->at = from;
	r->to = to;
	r->open = true;
	r->any = false;
	seqset_clear(&r->out);
	if (r->order != NULL)
		return;
	r->at = r->told = 0;
	pick(r, from, to, r->uid ? &seqs : &r->out);
	if (r->uid)
		store_view_uids(r->view, &seqs, &r->out);
	seqset_clear(&seqs);
}

/* In ranges, where the order of the results allows it. */
static bool
next_run(struct search_report *r, uint32_t *lo, uint32_t *hi)
{
	if (r->order == NULL) {
		if (r->at == r->out.len)
			return false;
		*lo = r->out.range[r->at].lo;
		*hi = r->out.range[r->at++].hi;
		return true;
	}
	if (r->at == r->to)
		return false;
	*lo = *hi = told(r, r->order[r->at++]);
	while (r->at < r->to && told(r, r->order[r->at]) == *hi + 1) {
		++*hi;
		r->at++;
	}
	return true;
}

static bool
next_single(struct search_report *r, uint32_t *out)
{
	const struct seqrange *range;

	if (r->order != NULL) {
		if (r->at == r->to)
			return false;
		*out = told(r, r->order[r->at++]);
		return true;
	}
	if (r->at == r->out.len)
		return false;
	range = &r->out.range[r->at];
	*out = range->lo + r->told++;
	if (*out == range->hi) {
		r->at++;
		r->told = 0;
	}
	return true;
}

static bool
write_set(struct search_report *r)
{
	struct buf *out = &r->im->out;
	uint32_t lo, hi;

	while (imap_room(r->im) >= REPORT_ROOM) {
		if (!next_run(r, &lo, &hi)) {
			r->open = false;
			return true;
		}
		buf_addc(out, r->any ? ',' : ' ');
		r->any = true;
		imap_out_number(out, lo);
		if (hi == lo)
			continue;
		buf_addc(out, ':');
		imap_out_number(out, hi);
	}
	return false;
}

/* ---- the stages; each returns whether it is done ---- */

static bool
write_plain(struct search_report *r)
{
	size_t room;
	uint32_t n;

	if (r->options->extended)
		return true;
	if (!r->open)
		begin_part(r, 0, r->n);
	while ((room = imap_room_for(r->im, SINGLE_ROOM)) > 0) {
		for (; room > 0; room--) {
			if (!next_single(r, &n)) {
				r->open = false;
				return true;
			}
			buf_addc(&r->im->out, ' ');
			imap_out_number(&r->im->out, n);
		}
	}
	return false;
}

static void
write_number(struct search_report *r, const char *name, uint64_t n)
{
	buf_adds(&r->im->out, name);
	imap_out_number(&r->im->out, n);
}

static bool
write_head(struct search_report *r)
{
	struct buf *out = &r->im->out;

	if (imap_room(r->im) < HEAD_ROOM)
		return false;
	r->n = seqset_count(&r->found);
	r->silent = r->options->opts == SEARCH_RETURN_SAVE ||
	    (r->mailbox.n > 0 && r->n == 0);
	if (r->silent)
		return true;
	r->im->midline = true;
	if (!r->options->extended) {
		buf_addf(out, "* %s", r->name);
		return true;
	}
	buf_addf(out, "* ESEARCH (TAG \"%s\"", r->im->cmd.tag);
	if (r->mailbox.n > 0) {
		buf_adds(out, " MAILBOX ");
		imap_out_mailbox(r->im, r->mailbox);
		buf_addf(out, " UIDVALIDITY %u", r->view->uidvalidity);
	}
	buf_adds(out, r->uid ? ") UID" : ")");
	if (wants(r, SEARCH_RETURN_MIN) && r->n > 0)
		write_number(r, " MIN ", told(r, nth(r, 0)));
	if (wants(r, SEARCH_RETURN_MAX) && r->n > 0)
		write_number(r, " MAX ", told(r, nth(r, r->n - 1)));
	if (wants(r, SEARCH_RETURN_COUNT))
		write_number(r, " COUNT ", r->n);
	return true;
}

static bool
write_all(struct search_report *r)
{
	if (r->silent || !wants(r, SEARCH_RETURN_ALL) || r->n == 0)
		return true;
	if (!r->open) {
		begin_part(r, 0, r->n);
		buf_adds(&r->im->out, " ALL");
	}
	return write_set(r);
}

static bool
write_partial(struct search_report *r)
{
	const struct imap_partial *p = &r->options->partial;
	const char *sign = p->last ? "-" : "";
	struct buf *out = &r->im->out;
	uint64_t from, to;

	if (r->silent || !wants(r, SEARCH_RETURN_PARTIAL))
		return true;
	if (!r->open) {
		imap_partial_pick(p, r->n, &from, &to);
		begin_part(r, from, to);
		buf_addf(out, " PARTIAL (%s%u:%s%u", sign, p->lo, sign, p->hi);
	}
	if (!write_set(r))
		return false;
	buf_adds(out, r->any ? ")" : " NIL)");
	return true;
}

/* RFC 6203 section 4: what matches here, matches exactly. */
static bool
write_scores(struct search_report *r)
{
	struct buf *out = &r->im->out;
	uint64_t to = r->n;

	if (r->silent || !wants(r, SEARCH_RETURN_RELEVANCY))
		return true;
	if (!r->open) {
		r->open = true;
		r->at = 0;
		if (wants(r, SEARCH_RETURN_PARTIAL))
			imap_partial_pick(&r->options->partial, r->n, &r->at,
			    &to);
		r->to = to;
		r->any = false;
		buf_adds(out, " RELEVANCY (");
	}
	while (imap_room(r->im) >= REPORT_ROOM) {
		if (r->at == r->to) {
			r->open = false;
			buf_addc(out, ')');
			return true;
		}
		buf_adds(out, r->any ? " 100" : "100");
		r->any = true;
		r->at++;
	}
	return false;
}

static void
write_modseq(struct search_report *r, uint64_t modseq)
{
	write_number(r, r->options->extended ? " MODSEQ " : " (MODSEQ ",
	    modseq);
	if (!r->options->extended)
		buf_addc(&r->im->out, ')');
}

static bool
write_end(struct search_report *r)
{
	struct imap *im = r->im;
	struct seqset chosen = { 0 };

	if (r->modseq || wants(r, SEARCH_RETURN_SAVE))
		choose(r, &chosen);
	if (!r->silent && r->modseq && chosen.len > 0)
		write_modseq(r, highest(r, &chosen));
	if (!r->silent)
		buf_adds(&im->out, "\r\n");
	im->midline = false;
	if (wants(r, SEARCH_RETURN_SAVE)) {
		seqset_clear(&im->saved);
		store_view_uids(r->view, &chosen, &im->saved);
	}
	seqset_clear(&chosen);
	return true;
}

bool
search_report_write(struct search_report *r)
{
	static bool (*const stages[])(struct search_report *) = {
		[STAGE_HEAD] = write_head,
		[STAGE_PLAIN] = write_plain,
		[STAGE_ALL] = write_all,
		[STAGE_PARTIAL] = write_partial,
		[STAGE_SCORES] = write_scores,
		[STAGE_END] = write_end,
	};

	for (; r->stage < STAGE_DONE; r->stage++) {
		if (!stages[r->stage](r))
			return false;
	}
	return true;
}

void
search_report_clear(struct search_report *r)
{
	seqset_clear(&r->found);
	seqset_clear(&r->out);
	free(r->order);
}
