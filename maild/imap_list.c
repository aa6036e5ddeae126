/* SPDX-License-Identifier: ISC */
/*
 * LIST with CHILDREN (RFC 3348) and SPECIAL-USE (RFC 6154), and LSUB (RFC 3501
 * sections 6.3.8 and 6.3.9).
 */
#include "config.h"

#include <stdlib.h>

#include "casefold.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_pattern.h"
#include "imap_write.h"
#include "utf7.h"

/* More than one answer takes. */
#define LIST_ROOM ((size_t)2048)

struct name {
	size_t off, len; /* in names */
	bool exists, children;
	unsigned use;
};

struct listing {
	bool lsub;
	bool special; /* only names with a special use */
	bool levels;  /* LSUB: the pattern has a "%" */
	struct imap_pattern pattern;
	struct buf names;
	struct name *name;
	size_t len, cap, at;
};

static const struct {
	const char *name;
	unsigned use;
} uses[] = {
	{ "\\All", STORE_USE_ALL },
	{ "\\Archive", STORE_USE_ARCHIVE },
	{ "\\Drafts", STORE_USE_DRAFTS },
	{ "\\Flagged", STORE_USE_FLAGGED },
	{ "\\Junk", STORE_USE_JUNK },
	{ "\\Sent", STORE_USE_SENT },
	{ "\\Trash", STORE_USE_TRASH },
};

/* ---- which names ---- */

static void
add(struct listing *l, struct span name, struct name n)
{
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 16;
		l->name = xrealloc_array(l->name, l->cap, sizeof(l->name[0]));
	}
	n.off = l->names.len;
	n.len = name.n;
	buf_add_span(&l->names, name);
	if (!l->names.failed)
		l->name[l->len++] = n;
}

/* The levels above a subscribed name that the pattern stops at. */
static void
add_parents(struct listing *l, struct span name)
{
	for (size_t i = 1; i < name.n; i++) {
		struct span parent = span_of(name.p, i);

		if (name.p[i] == STORE_SEPARATOR &&
		    imap_pattern_match(&l->pattern, parent))
			add(l, parent, (struct name){ .children = true });
	}
}

static bool
consider(void *arg, const struct store_listed *s)
{
	struct listing *l = arg;
	const struct name n = { .exists = s->exists, .children = s->children,
		.use = s->use };

	if (l->lsub) {
		if (!s->subscribed)
			return true;
		if (imap_pattern_match(&l->pattern, s->name))
			add(l, s->name, (struct name){ .exists = true,
				.children = s->children });
		else if (l->levels)
			add_parents(l, s->name);
		return true;
	}
	if ((s->exists || s->children) && (!l->special || s->use != 0) &&
	    imap_pattern_match(&l->pattern, s->name))
		add(l, s->name, n);
	return true;
}

static struct span
name_at(const struct listing *l, const struct name *n)
{
	return span_of(buf_span(&l->names).p + n->off, n->len);
}

/* INBOX first, then by bytes; of equal names that which is a mailbox. */
static int
by_name(const void *a, const void *b, void *arg)
{
	const struct name *x = a, *y = b;
	struct span s = name_at(arg, x), t = name_at(arg, y);
	int c = (int)span_eq(t, SPAN_LIT("INBOX")) -
	    (int)span_eq(s, SPAN_LIT("INBOX"));

	if (c == 0)
		c = memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);
	if (c == 0)
		c = s.n < t.n ? -1 : s.n > t.n;
	return c != 0 ? c : (int)y->exists - (int)x->exists;
}

/* A parent that is subscribed itself, or has several names below, is told of
 * once. */
static void
unique(struct listing *l)
{
	size_t n = 0;

	qsort_r(l->name, l->len, sizeof(l->name[0]), by_name, l);
	for (size_t i = 0; i < l->len; i++) {
		if (n == 0 || !span_eq(name_at(l, &l->name[i]),
				  name_at(l, &l->name[n - 1])))
			l->name[n++] = l->name[i];
	}
	l->len = n;
}

/* ---- answers ---- */

static void
answer(struct imap *im, const struct listing *l, const struct name *n)
{
	struct buf *out = &im->out;

	buf_addf(out, "* %s (%s%s", l->lsub ? "LSUB" : "LIST",
	    n->exists ? "" : "\\Noselect ",
	    n->children ? "\\HasChildren" : "\\HasNoChildren");
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if ((n->use & uses[i].use) != 0)
			buf_addf(out, " %s", uses[i].name);
	}
	buf_addf(out, ") \"%c\" ", STORE_SEPARATOR);
	imap_write_mailbox(out, name_at(l, n), false);
	buf_adds(out, "\r\n");
}

static enum imap_result
resume(struct imap *im)
{
	struct listing *l = im->cmd.state;

	for (; l->at < l->len; l->at++) {
		if (imap_room(im) < LIST_ROOM)
			return IMAP_WAIT;
		answer(im, l, &l->name[l->at]);
	}
	return imap_completed(im);
}

static void
clear(struct imap *im)
{
	struct listing *l = im->cmd.state;

	buf_free(&l->names);
	free(l->name);
}

/* ---- arguments ---- */

/* "(SPECIAL-USE)", behind LIST or RETURN. */
static bool
parse_options(struct imap *im, bool *special)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_char(c, '(')) {
		imap_bad(im, "A list of options was expected");
		return false;
	}
	if (imap_char(c, ')'))
		return true;
	do {
		if (!imap_word(c, "SPECIAL-USE")) {
			imap_bad(im, "The only option is SPECIAL-USE");
			return false;
		}
		*special = true;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The list of options has no end");
		return false;
	}
	return true;
}

/* The special uses are returned, asked for or not. */
static bool
parse_return(struct imap *im)
{
	bool special;

	if (imap_end(&im->cmd.args))
		return true;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_word(&im->cmd.args, "RETURN")) {
		imap_bad(im, "RETURN or the end was expected");
		return false;
	}
	return imap_arg_sp(im) && parse_options(im, &special) &&
	    imap_arg_end(im);
}

/* Names are kept in Normalization Form C, so the pattern is put in it. */
static void
set_pattern(struct imap *im, struct listing *l, struct span pattern)
{
	struct buf *text = &im->cmd.name[0], *nfc = &im->cmd.name[1];

	if (utf7_decode(text, pattern) < 0 ||
	    utf8_nfc(nfc, buf_span(text)) < 0) {
		/* Matches no name, which cannot hold that either. */
		buf_clear(nfc);
		buf_adds(nfc, "//");
	}
	imap_pattern_init(&l->pattern, buf_span(nfc), STORE_SEPARATOR);
}

static bool
parse(struct imap *im, struct listing *l, struct span *pattern)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im))
		return false;
	if (!l->lsub && imap_peek(c, '(') &&
	    !(parse_options(im, &l->special) && imap_arg_sp(im)))
		return false;
	if (!imap_arg_mailbox(im, &im->cmd.name[0]) || !imap_arg_sp(im))
		return false;
	if (!imap_list_mailbox(c, pattern)) {
		imap_bad(im, "A mailbox pattern was expected");
		return false;
	}
	return l->lsub ? imap_arg_end(im) : parse_return(im);
}

static enum imap_result
list(struct imap *im, bool lsub)
{
	struct listing *l = xcalloc(1, sizeof(*l));
	struct span pattern;
	enum store_status st;

	im->cmd.state = l;
	l->lsub = lsub;
	if (!parse(im, l, &pattern))
		return IMAP_DONE;
	if (pattern.n == 0) {
		buf_addf(&im->out, "* %s (\\Noselect) \"%c\" \"\"\r\n",
		    im->cmd.def->name, STORE_SEPARATOR);
		return imap_completed(im);
	}
	set_pattern(im, l, pattern);
	l->levels = memchr(pattern.p, '%', pattern.n) != NULL;
	store_begin(im->store);
	st = store_mailbox_each(im->store, &im->user, consider, l);
	store_end(im->store);
	if (st != STORE_OK)
		return imap_fail(im, st);
	if (lsub)
		unique(l);
	return resume(im);
}

static enum imap_result
start_list(struct imap *im)
{
	return list(im, false);
}

static enum imap_result
start_lsub(struct imap *im)
{
	return list(im, true);
}

const struct imap_handler imap_list = { start_list, resume, clear };
const struct imap_handler imap_lsub = { start_lsub, resume, clear };
