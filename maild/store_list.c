/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_impl.h"

/*
 * A user's names in order: what lies below a name follows it (store_name_key).
 */
struct entry {
	size_t off, n; /* of the name in names.text */
	struct store_namerec rec;
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
	l->entry[l->len++] = (struct entry){ l->text.len, s.n, *rec };
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

static bool
is_below(struct span name, struct span parent)
{
	return name.n > parent.n && name.p[parent.n] == STORE_SEPARATOR &&
	    memcmp(name.p, parent.p, parent.n) == 0;
}

/* Does a mailbox lie below parent?  What does begins at entry i. */
static bool
has_children(const struct names *l, size_t i, struct span parent)
{
	for (; i < l->len && is_below(name_of(l, i), parent); i++) {
		if (l->entry[i].rec.id != 0)
			return true;
	}
	return false;
}

struct lister {
	const struct names *names;
	uint64_t who, owner;
	bool (*fn)(void *arg, const struct store_listed *l);
	void *arg;
};

static bool
tell(const struct lister *o, size_t i)
{
	const struct entry *e = &o->names->entry[i];
	struct store_listed l = { .name = name_of(o->names, i),
		.exists = e->rec.id != 0, .subscribed = e->rec.subscribed,
		.use = e->rec.use };

	l.children = has_children(o->names, i + 1, l.name);
	if (l.exists)
		l.mailbox = (struct store_mailbox){ e->rec.id, o->owner,
			store_rights(o->who, o->owner) };
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
		    span_eq(before, l.name) || is_below(before, l.name) ||
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
	struct lister o = { &names, who->id, who->id, fn, arg };
	enum engine_status es;

	names.text.max = (size_t)STORE_NAMES_MAX * STORE_NAME_MAX;
	store_begin(st);
	es = names_read(st->txn, who->id, &names);
	if (es == ENGINE_OK && names.text.failed)
		es = ENGINE_CORRUPT;
	if (es == ENGINE_OK)
		tell_all(&o);
	store_end(st);
	buf_free(&names.text);
	free(names.entry);
	return store_told(es);
}
