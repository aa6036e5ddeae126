/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "imap_notify.h"
#include "imap_use.h"

struct span
notify_name_at(const struct notify_names *names, const struct notify_name *name)
{
	return span_sub(buf_span(&names->text), name->off, name->len);
}

void
notify_names_clear(struct notify_names *names)
{
	buf_free(&names->text);
	free(names->name);
	*names = (struct notify_names){ 0 };
}

static bool
in_list(
    const struct imap_notify *n, const struct notify_group *g, struct span name)
{
	for (size_t i = g->first; i < g->first + g->count; i++) {
		struct span want =
		    notify_name_at(&n->wanted, &n->wanted.name[i]);

		if (span_eq(name, want) || (g->filter == NOTIFY_SUBTREE &&
					       store_name_is_below(name, want)))
			return true;
	}
	return false;
}

unsigned
notify_events(const struct imap_notify *n, const struct notify_names *names,
    const struct notify_name *name)
{
	unsigned events = 0;

	for (size_t i = 0; i < n->ngroups; i++) {
		const struct notify_group *g = &n->group[i];
		bool fits = false;

		if (g->filter == NOTIFY_PERSONAL)
			fits = !name->shared;
		else if (g->filter == NOTIFY_SUBSCRIBED)
			fits = name->subscribed;
		else if (g->filter >= NOTIFY_SUBTREE)
			fits = in_list(n, g, notify_name_at(names, name));
		if (fits)
			events |= g->events;
	}
	return events;
}

/* ---- as they are ---- */

static bool
add(void *arg, const struct store_listed *l)
{
	struct notify_names *names = arg;
	struct notify_name *n;

	if (names->len == names->cap) {
		names->cap = names->cap * 2 + 32;
		names->name = xrealloc_array(
		    names->name, names->cap, sizeof(names->name[0]));
	}
	n = &names->name[names->len++];
	*n = (struct notify_name){ .off = names->text.len,
		.len = l->name.n,
		.id = l->exists ? l->mailbox.id : 0,
		.subscribed = l->subscribed,
		.children = l->children,
		.shared = l->shared,
		.was_inbox = l->was_inbox,
		.mailbox = l->mailbox,
		.use = l->use };
	buf_add_span(&names->text, l->name);
	return !names->text.failed;
}

enum store_status
notify_names_read(struct imap_notify *n, struct notify_names *out)
{
	enum store_status st =
	    store_mailbox_each(n->im->store, &n->im->user, add, out);

	return st == STORE_OK && out->text.failed ? STORE_LIMIT : st;
}

/* ---- in an order for finding them ---- */

struct sorted {
	const struct notify_names *names;
	const struct notify_name **by_name, **by_id;
};

static int
compare(struct span s, struct span t)
{
	int c = memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);

	return c != 0 ? c : (s.n > t.n) - (s.n < t.n);
}

static int
by_name(const void *a, const void *b, void *arg)
{
	const struct notify_name *const *x = a, *const *y = b;

	return compare(notify_name_at(arg, *x), notify_name_at(arg, *y));
}

static int
by_id(const void *a, const void *b)
{
	const struct notify_name *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static void
sort(struct sorted *s, const struct notify_names *names)
{
	s->names = names;
	s->by_name = xcalloc(names->len + 1, sizeof(*s->by_name));
	s->by_id = xcalloc(names->len + 1, sizeof(*s->by_id));
	for (size_t i = 0; i < names->len; i++)
		s->by_name[i] = s->by_id[i] = &names->name[i];
	qsort_r(s->by_name, names->len, sizeof(*s->by_name), by_name,
	    (void *)(uintptr_t)names);
	qsort(s->by_id, names->len, sizeof(*s->by_id), by_id);
}

static void
sorted_free(struct sorted *s)
{
	free(s->by_name);
	free(s->by_id);
}

static const struct notify_name *
find(const struct sorted *s, struct span name)
{
	size_t lo = 0, hi = s->names->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c =
		    compare(notify_name_at(s->names, s->by_name[mid]), name);

		if (c == 0)
			return s->by_name[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct notify_name *
find_id(const struct sorted *s, uint64_t id)
{
	struct notify_name key = { .id = id };
	const struct notify_name *k = &key, **at;

	at = bsearch(&k, s->by_id, s->names->len, sizeof(*s->by_id), by_id);
	return id != 0 && at != NULL ? *at : NULL;
}

/* ---- what has become of them ---- */

struct diff {
	struct imap_notify *n;
	struct sorted old, now;
	size_t told;
};

static bool
is_own(const struct imap_notify *n, struct span name)
{
	for (size_t i = 0; i < 2; i++) {
		if (n->own[i] == NULL)
			continue;
		if (span_ieqs(name, n->own[i]) ||
		    span_eq(name, store_name_parent(span_str(n->own[i]))))
			return true;
	}
	return false;
}

/* now NULL: the name is gone.  old: the name it had before, or empty. */
static void
tell(struct diff *d, struct span name, const struct notify_name *now,
    struct span old)
{
	struct buf *out = &d->n->im->out;

	if (is_own(d->n, name) || d->told++ > NOTIFY_TOLD_MAX)
		return;
	buf_addf(out, "* LIST (%s%s%s",
	    now == NULL || now->id == 0 ? "\\NonExistent " : "",
	    now != NULL && now->children ? "\\HasChildren" : "\\HasNoChildren",
	    now != NULL && now->subscribed ? " \\Subscribed" : "");
	if (now != NULL)
		imap_use_write(out, now->use);
	buf_addf(out, ") \"%c\" ", STORE_SEPARATOR);
	imap_out_mailbox(d->n->im, name);
	if (old.n > 0) {
		buf_adds(out, " (\"OLDNAME\" (");
		imap_out_mailbox(d->n->im, old);
		buf_adds(out, "))");
	}
	buf_adds(out, "\r\n");
}

/* RFC 5465 section 5.4: the parent of what is made or removed is affected. */
static void
tell_parent(struct diff *d, struct span name)
{
	struct span parent = store_name_parent(name);
	const struct notify_name *now = find(&d->now, parent);
	const struct notify_name *old = find(&d->old, parent);

	if (parent.n == 0 || now == NULL ||
	    (now->id != 0 && (old == NULL || old->id != now->id)))
		return; /* there is none, or it is told of as itself */
	if (notify_events(d->n, d->now.names, now) & NOTIFY_NAME)
		tell(d, parent, now, span_of(NULL, 0));
}

/* Only because what is above it was renamed. */
static bool
went_along(const struct diff *d, struct span old, struct span now)
{
	const struct notify_name *p = find(&d->now, store_name_parent(now)),
				 *was;

	was = p != NULL ? find_id(&d->old, p->id) : NULL;
	return was != NULL &&
	       span_eq(
		   notify_name_at(d->old.names, was), store_name_parent(old)) &&
	       !span_eq(store_name_parent(old), store_name_parent(now));
}

static void
compare_new(struct diff *d, const struct notify_name *now)
{
	struct span name = notify_name_at(d->now.names, now), before;
	const struct notify_name *old = find(&d->old, name);
	const struct notify_name *was = find_id(&d->old, now->id);
	unsigned events = notify_events(d->n, d->now.names, now);
	bool made = now->id != 0 && (old == NULL || old->id != now->id);
	bool subscribed = old != NULL && old->subscribed;

	if (made && events & NOTIFY_NAME && now->was_inbox && was == NULL) {
		/* A rename has no parent, and INBOX stays (section 5.4). */
		tell(d, name, now, SPAN_LIT("INBOX"));
	} else if (made && events & NOTIFY_NAME && was == NULL) {
		tell(d, name, now, span_of(NULL, 0));
		tell_parent(d, name);
	} else if (made && events & NOTIFY_NAME) {
		before = notify_name_at(d->old.names, was);
		if (!went_along(d, before, name))
			tell(d, name, now, before);
	} else if (now->subscribed != subscribed &&
		   (events & NOTIFY_SUBSCRIPTION ||
		       (old != NULL && notify_events(d->n, d->old.names, old) &
					   NOTIFY_SUBSCRIPTION))) {
		tell(d, name, now, span_of(NULL, 0));
	} else if (old != NULL && old->id != 0 && now->id == 0 &&
		   find_id(&d->now, old->id) == NULL && events & NOTIFY_NAME) {
		tell(d, name, now, span_of(NULL, 0));
	}
}

static void
compare_old(struct diff *d, const struct notify_name *old)
{
	struct span name = notify_name_at(d->old.names, old);
	unsigned events = notify_events(d->n, d->old.names, old);

	if (find(&d->now, name) != NULL)
		return;
	if (old->id != 0 && events & NOTIFY_NAME &&
	    find_id(&d->now, old->id) == NULL) {
		tell(d, name, NULL, span_of(NULL, 0));
		tell_parent(d, name);
	} else if (old->subscribed && events & NOTIFY_SUBSCRIPTION) {
		tell(d, name, NULL, span_of(NULL, 0));
	}
}

bool
notify_names_update(struct imap_notify *n)
{
	struct notify_names now = { 0 };
	struct diff d = { .n = n };

	if (notify_names_read(n, &now) != STORE_OK) {
		notify_names_clear(&now);
		return true;
	}
	sort(&d.old, &n->names);
	sort(&d.now, &now);
	for (size_t i = 0; i < n->names.len; i++)
		compare_old(&d, &n->names.name[i]);
	for (size_t i = 0; i < now.len; i++)
		compare_new(&d, &now.name[i]);
	sorted_free(&d.old);
	sorted_free(&d.now);
	notify_names_clear(&n->names);
	n->names = now;
	return d.told <= NOTIFY_TOLD_MAX;
}
