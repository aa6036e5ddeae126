/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_impl.h"

/* "r": version 1, 3 zero, next, uidvalidity, names, boxes (4 each), epoch
 * (8). */
#define ROOT_SIZE 28
#define ROOT_KEY  SPAN_LIT("r")

enum engine_status
store_root_get(struct engine_txn *txn, uint64_t user,
    struct store_rootrec *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, store_root(user), ROOT_KEY,
	    &v);

	if (st != ENGINE_OK)
		return st;
	if (v.n != ROOT_SIZE || v.p[0] != 1)
		return ENGINE_CORRUPT;
	out->next = le32_get(v.p + 4);
	out->uidvalidity = le32_get(v.p + 8);
	out->names = le32_get(v.p + 12);
	out->boxes = le32_get(v.p + 16);
	out->epoch = le64_get(v.p + 20);
	return ENGINE_OK;
}

void
store_root_put(struct engine_txn *txn, const struct store_rootrec *r)
{
	char v[ROOT_SIZE] = { 1 };

	le32_put(v + 4, r->next);
	le32_put(v + 8, r->uidvalidity);
	le32_put(v + 12, r->names);
	le32_put(v + 16, r->boxes);
	le64_put(v + 20, r->epoch);
	engine_put(txn, ROOT_KEY, span_of(v, sizeof(v)));
}

/* 'm' name: version 1, bits, use (2), id (8). */
#define NAME_SIZE 12
enum { SUBSCRIBED = 1, WAS_INBOX = 2 };

int
store_namerec_parse(struct span v, struct store_namerec *out)
{
	if (v.n != NAME_SIZE || v.p[0] != 1)
		return -1;
	out->subscribed = (v.p[1] & SUBSCRIBED) != 0;
	out->was_inbox = (v.p[1] & WAS_INBOX) != 0;
	out->use = le16_get(v.p + 2);
	out->id = le64_get(v.p + 4);
	return 0;
}

enum engine_status
store_name_get(struct engine_txn *txn, uint64_t user, struct span name,
    struct store_namerec *out)
{
	char key[STORE_NAME_KEY];
	struct span v;
	enum engine_status st;

	*out = (struct store_namerec){ 0 };
	st = engine_get(txn, store_root(user), store_name_key(key, name), &v);
	if (st == ENGINE_OK && store_namerec_parse(v, out) < 0)
		st = ENGINE_CORRUPT;
	return st;
}

static bool
says_something(const struct store_namerec *n)
{
	return n->id != 0 || n->subscribed;
}

void
store_name_put(struct engine_txn *txn, struct store_rootrec *root,
    struct span name, const struct store_namerec *old,
    const struct store_namerec *new)
{
	char key[STORE_NAME_KEY], v[NAME_SIZE] = { 1 };
	struct span k = store_name_key(key, name);

	root->names += says_something(new);
	root->names -= says_something(old);
	root->boxes += new->id != 0;
	root->boxes -= old->id != 0;
	if (!says_something(new)) {
		engine_del(txn, k);
		return;
	}
	v[1] = (char)((new->subscribed ? SUBSCRIBED : 0) |
	    (new->was_inbox ? WAS_INBOX : 0));
	le16_put(v + 2, (uint16_t)new->use);
	le64_put(v + 4, new->id);
	engine_put(txn, k, span_of(v, sizeof(v)));
}

enum engine_status
store_uses_take(struct engine_txn *txn, uint64_t user,
    struct store_rootrec *root, struct span but, unsigned uses)
{
	struct engine_scan s = { .part = store_root(user),
		.from = SPAN_LIT("m") };
	char text[STORE_NAME_MAX];
	struct store_namerec old, new;
	struct span name;
	enum engine_status st;

	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'm')) {
		if (store_namerec_parse(s.value, &old) < 0) {
			st = ENGINE_CORRUPT;
			break;
		}
		store_key_name(text, s.key, &name);
		if ((old.use & uses) == 0 || span_eq(name, but))
			continue;
		new = old;
		new.use &= ~uses;
		store_name_put(txn, root, name, &old, &new);
	}
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}
