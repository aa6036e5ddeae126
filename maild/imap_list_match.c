/* SPDX-License-Identifier: ISC */
#include "imap_list.h"

#include <stdlib.h>

#define NO_PARENT SIZE_MAX

struct span
list_name_at(const struct listing *l, const struct list_name *n)
{
	return span_of(buf_span(&l->names).p + n->off, n->len);
}

static bool
fits(const struct listing *l, struct span name)
{
	for (size_t i = 0; i < l->npatterns; i++) {
		if (imap_pattern_match(&l->pattern[i], name))
			return true;
	}
	return false;
}

/* SUBSCRIBED asks for subscribed names whether they exist or not. */
static bool
meets(const struct listing *l, const struct list_name *n)
{
	if (l->select & LIST_SUBSCRIBED ? !n->subscribed
					: !n->exists && !n->children)
		return false;
	return (l->select & LIST_SPECIAL) == 0 || n->use != 0;
}

/* What was added last, or something above it, is above the next name as well:
 * names come as the branches of a tree.  INBOX alone comes before its time. */
static size_t
find_parent(const struct listing *l, struct span name)
{
	size_t i = l->len > 0 ? l->len - 1 : NO_PARENT;

	while (i != NO_PARENT &&
	       !store_name_is_below(name, list_name_at(l, &l->name[i])))
		i = l->name[i].parent;
	if (i == NO_PARENT && l->len > 0 &&
	    store_name_is_below(name, list_name_at(l, &l->name[0])))
		return 0;
	return i;
}

static void
tell_parents(struct listing *l, const struct list_name *n)
{
	for (size_t i = n->parent; i != NO_PARENT; i = l->name[i].parent) {
		l->name[i].below = true;
		l->name[i].alone |= !n->fits;
	}
}

static void
add(struct listing *l, struct span name, struct list_name n)
{
	n.fits = fits(l, name);
	n.meets = meets(l, &n);
	if (!n.fits && !l->parents)
		return;
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 16;
		l->name = xrealloc_array(l->name, l->cap, sizeof(l->name[0]));
	}
	n.off = l->names.len;
	n.len = name.n;
	buf_add_span(&l->names, name);
	if (l->names.failed)
		return;
	if (n.meets && l->parents)
		tell_parents(l, &n);
	l->name[l->len++] = n;
}

/* The levels above a name that are no names themselves. */
static size_t
add_levels(struct listing *l, struct span name)
{
	size_t parent = find_parent(l, name);
	size_t from = parent != NO_PARENT ? l->name[parent].len + 1 : 0;

	for (size_t i = from; i < name.n; i++) {
		if (name.p[i] != STORE_SEPARATOR)
			continue;
		add(l, span_of(name.p, i),
		    (struct list_name){ .parent = parent });
		parent = l->len - 1;
	}
	return parent;
}

static bool
consider(void *arg, const struct store_listed *s)
{
	struct listing *l = arg;
	struct list_name n = { .parent = NO_PARENT,
		.exists = s->exists,
		.subscribed = s->subscribed,
		.children = s->children,
		.use = s->use,
		.mailbox = s->mailbox };

	n.noselect = s->exists && (s->mailbox.rights & STORE_READ) == 0;
	if (l->parents)
		n.parent = add_levels(l, s->name);
	add(l, s->name, n);
	return !l->names.failed;
}

enum store_status
list_gather(struct imap *im, struct listing *l)
{
	enum store_status st;

	store_begin(im->store);
	st = store_mailbox_each(im->store, &im->user, consider, l);
	store_end(im->store);
	return st == STORE_OK && l->names.failed ? STORE_LIMIT : st;
}

bool
list_tells(const struct listing *l, const struct list_name *n)
{
	return n->fits && (n->meets || (l->parents && n->alone));
}
