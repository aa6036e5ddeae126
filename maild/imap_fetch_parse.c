/* SPDX-License-Identifier: ISC */
#include "imap_args.h"

#include <stdlib.h>

#include "imap_enable.h"
#include "imap_fetch.h"
#include "imap_modseq.h"

static const struct {
	const char *name;
	const char *item[5];
} macros[] = {
	{ "ALL", { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE" } },
	{ "FAST", { "FLAGS", "INTERNALDATE", "RFC822.SIZE" } },
	{ "FULL", { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE",
	    "BODY" } },
};

/* Items that are a section by another name. */
static const struct {
	const char *name;
	enum imap_section_what what;
	bool marks;
} rfc822[] = {
	{ "RFC822", IMAP_SECTION_ALL, true },
	{ "RFC822.HEADER", IMAP_SECTION_HEADER, false },
	{ "RFC822.TEXT", IMAP_SECTION_TEXT, true },
};

/* Add an item; its label follows. */
static struct fetch_item *
add(struct fetch *f, const struct fetch_kind *kind)
{
	struct fetch_item *it = &f->item[f->nitems++];

	it->kind = kind;
	it->label = f->labels.len;
	if (f->nitems > 1)
		buf_addc(&f->labels, ' ');
	f->cold |= kind->cold;
	if (kind->meta > f->meta)
		f->meta = kind->meta;
	f->bytes |= kind == &fetch_section || kind == &fetch_binary ||
	    kind == &fetch_binary_size;
	return it;
}

static void
label_end(struct fetch *f, struct fetch_item *it)
{
	buf_addc(&f->labels, ' ');
	it->label_len = f->labels.len - it->label;
}

static bool
add_plain(struct fetch *f, struct span name)
{
	const struct fetch_kind *kind = fetch_kind_find(name);
	const bool flags = span_ieqs(name, "FLAGS");
	const bool modseq = span_ieqs(name, "MODSEQ");
	struct fetch_item *it;

	if (kind == NULL)
		return false;
	it = add(f, kind);
	if (flags || modseq) { /* which write their names themselves */
		it->label_len = f->labels.len - it->label;
	} else {
		buf_adds(&f->labels, kind->name);
		label_end(f, it);
	}
	f->flags |= flags;
	f->modseq |= modseq;
	f->uid |= span_ieqs(name, "UID");
	return true;
}

static bool
add_rfc822(struct fetch *f, struct span name)
{
	for (size_t i = 0; i < sizeof(rfc822) / sizeof(rfc822[0]); i++) {
		struct fetch_item *it;

		if (!span_ieqs(name, rfc822[i].name))
			continue;
		it = add(f, &fetch_section);
		it->section.what = rfc822[i].what;
		buf_adds(&f->labels, rfc822[i].name);
		label_end(f, it);
		f->marks |= rfc822[i].marks;
		return true;
	}
	return false;
}

/* "<first.max>" */
static bool
parse_partial(struct imap_cursor *c, struct fetch_item *it)
{
	struct span s, first;

	if (!imap_peek(c, '<'))
		return true;
	if (!imap_atom(c, &s) || s.p[s.n - 1] != '>')
		return false;
	s = span_sub(s, 1, s.n - 2);
	it->partial = true;
	return span_split(&s, '.', &first) && span_u32(first, &it->first) == 0 &&
	    span_u32(s, &it->max) == 0 && it->max > 0;
}

static const struct {
	const char *name, *label;
	const struct fetch_kind *kind;
	bool marks;
} sections[] = {
	{ "BODY", "BODY[", &fetch_section, true },
	{ "BODY.PEEK", "BODY[", &fetch_section, false },
	{ "BINARY", "BINARY[", &fetch_binary, true },
	{ "BINARY.PEEK", "BINARY[", &fetch_binary, false },
	{ "BINARY.SIZE", "BINARY.SIZE[", &fetch_binary_size, false },
};
#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

/* BINARY knows parts only, and its size is of the whole of one. */
static bool
section_fits(const struct fetch_item *it)
{
	if (it->kind == &fetch_section)
		return true;
	return it->section.what == IMAP_SECTION_ALL &&
	    (it->kind == &fetch_binary || !it->partial);
}

/* name is "BODY[…" or its like up to what no atom can hold. */
static bool
add_section(struct fetch *f, struct span name, struct imap_cursor *c)
{
	struct fetch_item *it;
	struct span before;
	size_t i = 0;

	span_split(&name, '[', &before);
	while (i < NSECTIONS && !span_ieqs(before, sections[i].name))
		i++;
	if (i == NSECTIONS)
		return false;
	f->marks |= sections[i].marks;
	it = add(f, sections[i].kind);
	if (!imap_section_parse(&it->section, name, c) ||
	    !parse_partial(c, it) || !section_fits(it))
		return false;
	buf_adds(&f->labels, sections[i].label);
	imap_section_format(&f->labels, &it->section);
	buf_addc(&f->labels, ']');
	if (it->partial)
		buf_addf(&f->labels, "<%u>", it->first);
	label_end(f, it);
	return true;
}

/* "(LAZY)" behind PREVIEW (RFC 8970 section 3.1).  What it asks for is at hand
 * anyway. */
static void
take_lazy(struct imap_cursor *c)
{
	struct imap_cursor was = *c;

	if (!imap_sp(c) || !imap_char(c, '(') || !imap_word(c, "LAZY") ||
	    !imap_char(c, ')'))
		*c = was;
}

static bool
parse_item(struct fetch *f, struct imap_cursor *c)
{
	struct span name;

	if (f->nitems == IMAP_FETCH_ITEMS || !imap_atom(c, &name))
		return false;
	if (memchr(name.p, '[', name.n) != NULL)
		return add_section(f, name, c);
	if (span_ieqs(name, "PREVIEW"))
		take_lazy(c);
	return add_plain(f, name) || add_rfc822(f, name);
}

static bool
parse_macro(struct fetch *f, struct imap_cursor *c)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (!imap_word(c, macros[i].name))
			continue;
		for (size_t j = 0; j < 5 && macros[i].item[j] != NULL; j++)
			add_plain(f, span_str(macros[i].item[j]));
		return true;
	}
	return false;
}

static bool
parse_items(struct fetch *f, struct imap_cursor *c)
{
	if (!imap_char(c, '('))
		return parse_macro(f, c) || parse_item(f, c);
	do {
		if (!parse_item(f, c))
			return false;
	} while (imap_sp(c));
	return imap_char(c, ')');
}

static bool
parse_modifier(struct imap *im, struct fetch *f)
{
	if (!f->since && imap_word(&im->cmd.args, "CHANGEDSINCE")) {
		f->since = true;
		return imap_arg_sp(im) && imap_arg_modseq(im, &f->modseq_since);
	}
	if (imap_word(&im->cmd.args, "VANISHED")) {
		f->vanished = true;
		return true;
	}
	if (!f->partial && imap_word(&im->cmd.args, "PARTIAL")) {
		f->partial = true;
		return imap_arg_partial(im, &f->part);
	}
	imap_bad(im, "CHANGEDSINCE, PARTIAL or VANISHED was expected");
	return false;
}

/* RFC 9394 section 3.3: before CHANGEDSINCE is looked at. */
static bool
cut_partial(struct imap *im, struct fetch *f)
{
	struct seqset all = f->seqs;
	uint64_t from, to;

	if (!f->partial)
		return true;
	if (!im->cmd.uid) {
		imap_bad(im, "PARTIAL goes with UID FETCH");
		return false;
	}
	imap_partial_pick(&f->part, seqset_count(&all), &from, &to);
	f->seqs = (struct seqset){ 0 };
	seqset_slice(&all, from, to, &f->seqs);
	seqset_clear(&all);
	return true;
}

static bool
may_vanish(struct imap *im, const struct fetch *f)
{
	if (!f->vanished || (im->cmd.uid && f->since &&
	    imap_enabled(im, IMAP_QRESYNC)))
		return true;
	imap_bad(im, "VANISHED goes with UID FETCH and CHANGEDSINCE, once "
	    "QRESYNC is enabled");
	return false;
}

static bool
parse_modifiers(struct imap *im, struct fetch *f)
{
	struct imap_cursor *c = &im->cmd.args;

	if (imap_end(c))
		return true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(')) {
		imap_bad(im, "Modifiers in parentheses were expected");
		return false;
	}
	do {
		if (!parse_modifier(im, f))
			return false;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The modifiers have no end");
		return false;
	}
	return may_vanish(im, f) && imap_arg_end(im) && cut_partial(im, f);
}

static bool
parse_all_items(struct imap *im, struct fetch *f)
{
	buf_init(&f->labels, IMAP_FETCH_LABELS);
	if (parse_items(f, &im->cmd.args))
		return true;
	imap_bad(im, "The items to fetch are malformed, unknown or too many");
	return false;
}

bool
fetch_parse(struct imap *im, struct fetch *f)
{
	if (!parse_all_items(im, f) || !parse_modifiers(im, f))
		return false;
	if (im->cmd.uid && !f->uid && !imap_enabled(im, IMAP_UIDONLY) &&
	    f->nitems < IMAP_FETCH_ITEMS)
		add_plain(f, SPAN_LIT("UID"));
	if (f->since && !f->modseq && f->nitems < IMAP_FETCH_ITEMS)
		add_plain(f, SPAN_LIT("MODSEQ"));
	if (f->labels.failed) {
		imap_no(im, "LIMIT", "The items to fetch are too long");
		return false;
	}
	return true;
}

bool
fetch_take_items(struct imap *im, struct span *out)
{
	struct imap_cursor *c = &im->cmd.args, behind = *c;
	struct fetch *f;
	bool ok;

	*out = (struct span){ 0 };
	if (!imap_sp(&behind) || !imap_peek(&behind, '('))
		return true;
	*c = behind;
	f = xcalloc(1, sizeof(*f));
	f->im = im;
	ok = parse_all_items(im, f);
	*out = span_of(behind.p, (size_t)(c->p - behind.p));
	fetch_clear(f);
	free(f);
	return ok;
}
