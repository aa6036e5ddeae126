/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "store_acl.h"

/*
 * A user's names in order: what lies below a name follows it (store_name_key).
 */
struct entry {
	size_t off, n; /* of the name in names.text */
	struct store_namerec rec;
	bool shared;
	unsigned rights; /* where it is a mailbox */
};

struct names {
	struct buf text;
	struct entry *entry;
	size_t len, cap;
};

static struct span
name_of(const struct names *l, size_t i)
{
	return span_sub(buf_span(&l->text), l->entry[i].off, l->entry[i].n);
}

static void
names_add(struct names *l, struct span key, const struct store_namerec *rec)
{
	char name[STORE_NAME_MAX];
	struct span s;

	store_key_name(name, key, &s);
	if (l->len == l->cap) {
		l->cap = l->cap * 2 + 32;
		l->entry = xrealloc_array(l->entry, l->cap,
		    sizeof(*l->entry));
	}
	l->entry[l->len++] = (struct entry){ l->text.len, s.n, *rec, false,
		STORE_ALL };
	buf_add_span(&l->text, s);
}

static enum engine_status
names_read(struct engine_txn *txn, uint64_t user, struct names *l)
{
	struct engine_scan s = { .part = store_root(user),
		.from = SPAN_LIT("m") };
	struct store_namerec rec;
	enum engine_status st;

	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'm')) {
		if (store_namerec_parse(s.value, &rec) < 0) {
			st = ENGINE_CORRUPT;
			break;
		}
		names_add(l, s.key, &rec);
	}
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

/* ---- what others share ---- */

static void
names_free(struct names *l)
{
	buf_free(&l->text);
	free(l->entry);
	*l = (struct names){ .text.max = l->text.max };
}

/* "Other Users/bob@localhost/" and the name that he has for it. */
static void
add_shared(struct names *l, const struct store_user *owner, struct span name,
    const struct store_namerec *rec, unsigned rights)
{
	struct store_namerec r = { .id = rec->id };
	char key[STORE_NAME_KEY];
	struct buf b = { .max = STORE_NAME_MAX };
	struct entry *e;

	buf_add_span(&b, STORE_OTHERS);
	buf_addc(&b, STORE_SEPARATOR);
	buf_adds(&b, owner->name);
	buf_addc(&b, STORE_SEPARATOR);
	buf_add_span(&b, name);
	if (!b.failed && strchr(owner->name, STORE_SEPARATOR) == NULL) {
		names_add(l, store_name_key(key, buf_span(&b)), &r);
		e = &l->entry[l->len - 1];
		e->shared = true;
		e->rights = rights;
	}
	buf_free(&b);
}

/* The names of one owner, as far as they have been read. */
struct owner {
	struct store_user user;
	struct names names;
};

static enum engine_status
find_shared(struct engine_txn *txn, struct names *l, struct owner *o,
    uint64_t who, uint64_t id)
{
	uint64_t owner = store_mailbox_owner(id);
	enum engine_status st = ENGINE_OK;
	unsigned rights;

	if (o->user.id != owner) {
		names_free(&o->names);
		st = store_user_by_id(txn, owner, &o->user);
		if (st == ENGINE_OK)
			st = names_read(txn, owner, &o->names);
	}
	if (st == ENGINE_OK)
		st = store_rights(txn, who, id, &rights);
	if (st != ENGINE_OK || (rights & STORE_LOOKUP) == 0)
		return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
	for (size_t i = 0; i < o->names.len; i++) {
		if (o->names.entry[i].rec.id == id)
			add_shared(l, &o->user, name_of(&o->names, i),
			    &o->names.entry[i].rec, rights);
	}
	return ENGINE_OK;
}

static int
by_key(const void *a, const void *b, void *arg)
{
	const struct entry *x = a, *y = b;
	char k1[STORE_NAME_KEY], k2[STORE_NAME_KEY];
	struct span text = buf_span(arg);
	struct span s = store_name_key(k1, span_sub(text, x->off, x->n));
	struct span t = store_name_key(k2, span_sub(text, y->off, y->n));
	int c = memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);

	if (c == 0)
		c = (s.n > t.n) - (s.n < t.n);
	return c != 0 ? c : (int)y->shared - (int)x->shared;
}

/* A subscription of a name below "Other Users" belongs to what is there, and
 * what is shared with its user and with anyone is there once. */
static void
merge(struct names *l)
{
	size_t n = 0;

	qsort_r(l->entry, l->len, sizeof(l->entry[0]), by_key, &l->text);
	for (size_t i = 0; i < l->len; i++) {
		if (n > 0 && span_eq(name_of(l, i), name_of(l, n - 1)))
			l->entry[n - 1].rec.subscribed |=
			    l->entry[i].rec.subscribed;
		else
			l->entry[n++] = l->entry[i];
	}
	l->len = n;
}

/* What is shared with a user, of whom who is one. */
static enum engine_status
names_shared_with(
    struct engine_txn *txn, uint64_t user, uint64_t who, struct names *l)
{
	struct owner o = { .names.text.max = l->text.max };
	struct engine_scan s = { 0 };
	enum engine_status st;
	uint64_t id = 0;

	while ((st = store_acl_next(txn, &s, user, &id)) == ENGINE_OK) {
		if (store_mailbox_owner(id) == who)
			continue;
		st = find_shared(txn, l, &o, who, id);
		if (st != ENGINE_OK)
			break;
	}
	engine_scan_end(&s);
	names_free(&o.names);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

static enum engine_status
names_shared(struct engine_txn *txn, uint64_t who, struct names *l)
{
	size_t own = l->len;
	enum engine_status st = names_shared_with(txn, who, who, l);

	if (st == ENGINE_OK)
		st = names_shared_with(txn, STORE_ANYONE, who, l);
	if (st == ENGINE_OK && l->len > own)
		merge(l);
	return st;
}

/* ---- telling ---- */

/* Does a mailbox lie below parent?  What does begins at entry i. */
static bool
has_children(const struct names *l, size_t i, struct span parent)
{
	for (; i < l->len && store_name_is_below(name_of(l, i), parent); i++) {
		if (l->entry[i].rec.id != 0)
			return true;
	}
	return false;
}

struct lister {
	const struct names *names;
	uint64_t who;
	bool (*fn)(void *arg, const struct store_listed *l);
	void *arg;
};

static bool
tell(const struct lister *o, size_t i)
{
	const struct entry *e = &o->names->entry[i];
	struct store_listed l = { .name = name_of(o->names, i),
		.exists = e->rec.id != 0, .subscribed = e->rec.subscribed,
		.was_inbox = e->rec.was_inbox, .use = e->rec.use,
		.shared = e->shared };

	l.children = has_children(o->names, i + 1, l.name);
	if (l.exists)
		l.mailbox = (struct store_mailbox){ e->rec.id,
			store_mailbox_owner(e->rec.id), o->who, e->rights };
	return o->fn(o->arg, &l);
}

/* Names that are only parents, between the one before and entry i. */
static bool
tell_parents(const struct lister *o, size_t i)
{
	struct span name = name_of(o->names, i);
	struct span before = i > 0 ? name_of(o->names, i - 1) : SPAN_LIT("");

	for (size_t n = 0; n < name.n; n++) {
		struct store_listed l = { .name = span_sub(name, 0, n),
			.children = true };

		if (name.p[n] != STORE_SEPARATOR ||
		    span_eq(before, l.name) ||
		    store_name_is_below(before, l.name) ||
		    !has_children(o->names, i, l.name))
			continue;
		if (!o->fn(o->arg, &l))
			return false;
	}
	return true;
}

static void
tell_all(const struct lister *o)
{
	size_t inbox = SIZE_MAX;

	for (size_t i = 0; i < o->names->len; i++) {
		if (span_eq(name_of(o->names, i), SPAN_LIT("INBOX")))
			inbox = i;
	}
	if (inbox != SIZE_MAX && !tell(o, inbox))
		return;
	for (size_t i = 0; i < o->names->len; i++) {
		if (!tell_parents(o, i) || (i != inbox && !tell(o, i)))
			return;
	}
}

enum store_status
store_mailbox_each(struct store *st, const struct store_user *who,
    bool (*fn)(void *arg, const struct store_listed *l), void *arg)
{
	struct names names = { 0 };
	struct lister o = { &names, who->id, fn, arg };
	enum engine_status es;

	names.text.max = (size_t)STORE_NAMES_MAX * STORE_NAME_MAX;
	store_begin(st);
	es = names_read(st->txn, who->id, &names);
	if (es == ENGINE_OK)
		es = names_shared(st->txn, who->id, &names);
	if (es == ENGINE_OK && names.text.failed)
		es = ENGINE_CORRUPT;
	if (es == ENGINE_OK)
		tell_all(&o);
	store_end(st);
	names_free(&names);
	return store_told(es);
}
