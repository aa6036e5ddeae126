/* SPDX-License-Identifier: ISC */
#include "imap_sources.h"

#include <stdlib.h>

#include "imap_args.h"

enum source_kind {
	SOURCE_SELECTED,
	SOURCE_INBOXES,
	SOURCE_PERSONAL,
	SOURCE_SUBSCRIBED,
	/* These name mailboxes: */
	SOURCE_MAILBOXES,
	SOURCE_SUBTREE,
	SOURCE_SUBTREE_ONE,
};

struct source_filter {
	enum source_kind kind;
	size_t off, len; /* a name, in wanted */
};

static const struct {
	const char *name;
	enum source_kind kind;
} kinds[] = {
	{ "selected", SOURCE_SELECTED },
	{ "inboxes", SOURCE_INBOXES },
	{ "personal", SOURCE_PERSONAL },
	{ "subscribed", SOURCE_SUBSCRIBED },
	{ "mailboxes", SOURCE_MAILBOXES },
	{ "subtree", SOURCE_SUBTREE },
	{ "subtree-one", SOURCE_SUBTREE_ONE },
};

/* ---- arguments ---- */

static bool
add_filter(struct imap *im, struct imap_sources *s, struct source_filter f)
{
	if (s->nfilters == IMAP_SOURCES_MAX) {
		imap_no(im, "LIMIT", "A search names at most %d mailboxes",
		    IMAP_SOURCES_MAX);
		return false;
	}
	if (s->filter == NULL)
		s->filter = xcalloc(IMAP_SOURCES_MAX, sizeof(f));
	s->filter[s->nfilters++] = f;
	return true;
}

static bool
take_name(struct imap *im, struct imap_sources *s, enum source_kind kind)
{
	struct buf *name = &im->cmd.name[0];
	struct source_filter f = { kind, s->wanted.len, 0 };

	if (!imap_arg_mailbox(im, name))
		return false;
	f.len = name->len;
	buf_add_span(&s->wanted, buf_span(name));
	return add_filter(im, s, f);
}

static bool
take_names(struct imap *im, struct imap_sources *s, enum source_kind kind)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '('))
		return take_name(im, s, kind);
	do {
		if (!take_name(im, s, kind))
			return false;
	} while (imap_sp(c));
	if (imap_char(c, ')'))
		return true;
	imap_bad(im, "The list of mailboxes has no end");
	return false;
}

static bool
take_filter(struct imap *im, struct imap_sources *s)
{
	struct span name;

	if (!imap_atom(&im->cmd.args, &name))
		name = (struct span){ 0 };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum source_kind kind = kinds[i].kind;

		if (!span_ieqs(name, kinds[i].name))
			continue;
		s->selected |= kind == SOURCE_SELECTED;
		s->others |= kind != SOURCE_SELECTED;
		return kind >= SOURCE_MAILBOXES ?
		    take_names(im, s, kind) :
		    add_filter(im, s, (struct source_filter){ .kind = kind });
	}
	imap_bad(im, "Which mailboxes to search was expected, such as personal "
	    "or subtree");
	return false;
}

bool
imap_sources_parse(struct imap *im, struct imap_sources *s)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_word(c, "IN")) {
		s->selected = true;
		return add_filter(im, s, (struct source_filter){ 0 });
	}
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(')) {
		imap_bad(im, "Mailboxes in parentheses were expected");
		return false;
	}
	do {
		if (!take_filter(im, s))
			return false;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The mailboxes to search have no end");
		return false;
	}
	return imap_arg_sp(im);
}

/* ---- mailboxes ---- */

static void
add_box(struct imap_sources *s, struct span name, const struct store_mailbox *m)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->box[i].mailbox.id == m->id)
			return;
	}
	if (s->len == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 16;
		s->box = xrealloc_array(s->box, s->cap, sizeof(s->box[0]));
	}
	s->box[s->len++] = (struct imap_source){ s->names.len, name.n, *m };
	buf_add_span(&s->names, name);
}

static bool
same_name(struct span a, struct span b)
{
	return span_eq(a, b) || (span_ieqs(a, "INBOX") && span_ieqs(b, "INBOX"));
}

/* Whether name lies below base, or is it; one: at most one level below. */
static bool
in_tree(struct span name, struct span base, bool one)
{
	struct span rest;

	if (same_name(name, base))
		return true;
	if (name.n <= base.n || name.p[base.n] != STORE_SEPARATOR ||
	    !same_name(span_sub(name, 0, base.n), base))
		return false;
	rest = span_sub(name, base.n + 1, SIZE_MAX);
	return !one || memchr(rest.p, STORE_SEPARATOR, rest.n) == NULL;
}

static bool
fits(const struct imap *im, const struct imap_sources *s,
    const struct source_filter *f, const struct store_listed *l)
{
	struct span base = span_sub(buf_span(&s->wanted), f->off, f->len);

	switch (f->kind) {
	case SOURCE_SELECTED:
		return im->selected && l->mailbox.id == im->view.mailbox.id;
	case SOURCE_INBOXES:
		return span_ieqs(l->name, "INBOX");
	case SOURCE_PERSONAL:
		return l->mailbox.owner == im->user.id;
	case SOURCE_SUBSCRIBED:
		return l->subscribed;
	case SOURCE_MAILBOXES:
		return same_name(l->name, base);
	case SOURCE_SUBTREE:
		return in_tree(l->name, base, false);
	case SOURCE_SUBTREE_ONE:
		return in_tree(l->name, base, true);
	}
	return false;
}

struct finding {
	struct imap *im;
	struct imap_sources *s;
};

static bool
consider(void *arg, const struct store_listed *l)
{
	struct finding *f = arg;

	if (!l->exists)
		return true;
	for (size_t i = 0; i < f->s->nfilters; i++) {
		if (fits(f->im, f->s, &f->s->filter[i], l)) {
			add_box(f->s, l->name, &l->mailbox);
			break;
		}
	}
	return true;
}

/* Mailboxes named need not be such as LIST shows (RFC 7377 section 2.2). */
static void
add_named(struct imap *im, struct imap_sources *s)
{
	for (size_t i = 0; i < s->nfilters; i++) {
		const struct source_filter *f = &s->filter[i];
		struct span name = span_sub(buf_span(&s->wanted), f->off,
		    f->len);
		struct store_mailbox m;

		if (f->kind == SOURCE_MAILBOXES &&
		    store_mailbox_open(im->store, &im->user, name, &m) ==
		    STORE_OK)
			add_box(s, name, &m);
	}
}

enum store_status
imap_sources_find(struct imap *im, struct imap_sources *s)
{
	struct finding f = { im, s };
	enum store_status st;

	st = store_mailbox_each(im->store, &im->user, consider, &f);
	if (st == STORE_OK)
		add_named(im, s);
	return st;
}

struct span
imap_source_name(const struct imap_sources *s, size_t i)
{
	return span_sub(buf_span(&s->names), s->box[i].off, s->box[i].len);
}

void
imap_sources_clear(struct imap_sources *s)
{
	free(s->box);
	free(s->filter);
	buf_free(&s->names);
	buf_free(&s->wanted);
	*s = (struct imap_sources){ 0 };
}
