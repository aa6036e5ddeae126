/* SPDX-License-Identifier: ISC */
#include "store_acl.h"

#include <stdlib.h>

#include "bytes.h"

/* 'l' user id: version 1, zero, rights (2).  In a root, 'o' mailbox id:
 * version 1. */
#define GRANT_SIZE 4

static struct span
id_key(char key[9], char letter, uint64_t id)
{
	key[0] = letter;
	be64_put(key + 1, id);
	return span_of(key, 9);
}

static int
grant_parse(struct span key, struct span v, struct store_grant *out)
{
	if (key.n != 9 || v.n != GRANT_SIZE || v.p[0] != 1)
		return -1;
	out->user = be64_get(key.p + 1);
	out->rights = le16_get(v.p + 2) & STORE_ALL;
	return 0;
}

enum engine_status
store_acl_rights(struct engine_txn *txn, struct engine_part part, uint64_t user,
    unsigned *out)
{
	struct store_grant g = { 0 };
	char text[9];
	struct span key = id_key(text, 'l', user), v;
	enum engine_status st = engine_get(txn, part, key, &v);

	if (st == ENGINE_OK && grant_parse(key, v, &g) < 0)
		st = ENGINE_CORRUPT;
	*out = st == ENGINE_OK ? g.rights : 0;
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

enum engine_status
store_acl_get(
    struct engine_txn *txn, struct engine_part part, struct store_acl *out)
{
	struct engine_scan s = { .part = part, .from = SPAN_LIT("l") };
	enum engine_status st;

	out->n = 0;
	while ((st = engine_scan_next(txn, &s)) == ENGINE_OK &&
	       store_key_is(s.key, 'l') && out->n < STORE_ACL_MAX) {
		if (grant_parse(s.key, s.value, &out->grant[out->n++]) < 0) {
			st = ENGINE_CORRUPT;
			break;
		}
	}
	engine_scan_end(&s);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

void
store_acl_put(struct engine_txn *txn, const struct store_grant *g)
{
	char key[9], v[GRANT_SIZE] = { 1 };

	le16_put(v + 2, (uint16_t)g->rights);
	if (g->rights != 0)
		engine_put(
		    txn, id_key(key, 'l', g->user), span_of(v, sizeof(v)));
	else
		engine_del(txn, id_key(key, 'l', g->user));
}

void
store_acl_point(struct engine_txn *txn, uint64_t mailbox, bool on)
{
	char key[9];

	if (on)
		engine_put(txn, id_key(key, 'o', mailbox), SPAN_LIT("\1"));
	else
		engine_del(txn, id_key(key, 'o', mailbox));
}

enum engine_status
store_acl_next(
    struct engine_txn *txn, struct engine_scan *s, uint64_t user, uint64_t *id)
{
	enum engine_status st;

	if (*id == 0)
		*s = (struct engine_scan){ .part = store_root(user),
			.from = SPAN_LIT("o") };
	st = engine_scan_next(txn, s);
	if (st != ENGINE_OK)
		return st;
	if (!store_key_is(s->key, 'o') || s->key.n != 9)
		return ENGINE_NOTFOUND;
	*id = be64_get(s->key.p + 1);
	return ENGINE_OK;
}

/* ---- names ---- */

bool
store_is_other(struct span name)
{
	const struct span others = STORE_OTHERS;

	return span_eq(span_sub(name, 0, others.n), others) &&
	       (name.n == others.n || name.p[others.n] == STORE_SEPARATOR);
}

enum engine_status
store_name_owner(struct engine_txn *txn, uint64_t who, struct span name,
    uint64_t *owner, struct buf *rest)
{
	struct span owner_name, others;
	struct store_user u;
	enum engine_status st;

	*owner = who;
	if (!store_is_other(name)) {
		buf_add_span(rest, name);
		return ENGINE_OK;
	}
	if (!span_split(&name, STORE_SEPARATOR, &others) ||
	    !span_split(&name, STORE_SEPARATOR, &owner_name) ||
	    !store_name(rest, name))
		return ENGINE_REFUSED;
	st = store_user_get(txn, owner_name, &u);
	if (st == ENGINE_OK)
		*owner = u.id;
	return st;
}

/* ---- asking ---- */

static bool
identifier(
    struct store *st, uint64_t id, struct store_user *u, struct span *out)
{
	*out = span_str(STORE_ANYONE_NAME);
	if (id == STORE_ANYONE)
		return true;
	if (store_user_by_id(st->txn, id, u) != ENGINE_OK)
		return false;
	*out = span_str(u->name);
	return true;
}

enum store_status
store_acl_each(struct store *st, const struct store_mailbox *m,
    bool (*fn)(void *arg, struct span name, unsigned rights), void *arg)
{
	enum store_status status = store_allowed(m, STORE_ADMIN);
	struct store_acl acl;
	struct store_user u;
	struct span name;
	enum engine_status es;

	if (status != STORE_OK)
		return status;
	store_begin(st);
	es = store_acl_get(st->txn, store_part(m->id), &acl);
	if (es == ENGINE_OK)
		es = store_user_by_id(st->txn, m->owner, &u);
	if (es == ENGINE_OK && !fn(arg, span_str(u.name), STORE_ALL))
		acl.n = 0;
	/* Who was deleted since is passed over. */
	for (size_t i = 0; es == ENGINE_OK && i < acl.n; i++) {
		if (identifier(st, acl.grant[i].user, &u, &name) &&
		    !fn(arg, name, acl.grant[i].rights))
			break;
	}
	store_end(st);
	return store_told(es);
}

/* ---- changing ---- */

struct change {
	struct store_op op;
	uint64_t mailbox, user;
	enum store_flag_op how;
	unsigned rights;
	unsigned now; /* as the first step left them */
};

static enum engine_status
grant_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct change *c = arg;
	struct store_acl acl;
	struct store_head head;
	unsigned old;
	enum engine_status st = store_head_get(txn, part, &head);

	if (st == ENGINE_OK)
		st = store_acl_get(txn, part, &acl);
	if (st == ENGINE_OK)
		st = store_acl_rights(txn, part, c->user, &old);
	if (st != ENGINE_OK)
		return st;
	c->now = c->rights;
	if (c->how == STORE_FLAGS_ADD)
		c->now |= old;
	else if (c->how == STORE_FLAGS_REMOVE)
		c->now = old & ~c->rights;
	if (old == 0 && c->now != 0 && acl.n == STORE_ACL_MAX)
		return store_refuse(&c->op, STORE_LIMIT);
	store_acl_put(txn, &(struct store_grant){ c->user, c->now });
	engine_notify(txn, part);
	return ENGINE_OK;
}

/* How many mailboxes others have given to a user is limited, for its sake. */
static enum engine_status
point_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct change *c = arg;
	struct engine_scan s = { 0 };
	uint64_t id = 0;
	size_t n = 0;
	bool there = false;
	enum engine_status st;

	while ((st = store_acl_next(txn, &s, part.id, &id)) == ENGINE_OK) {
		there |= id == c->mailbox;
		n++;
	}
	engine_scan_end(&s);
	if (st != ENGINE_NOTFOUND)
		return st;
	if (c->now != 0 && !there && n >= STORE_SHARED_MAX)
		return store_refuse(&c->op, STORE_LIMIT);
	if (there != (c->now != 0))
		store_acl_point(txn, c->mailbox, c->now != 0);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static void
change_done(void *arg, enum engine_status es)
{
	struct change *c = arg;

	c->op.done(c->op.arg, store_op_status(&c->op, es));
	free(c);
}

static enum store_status
find_who(struct store *st, const struct store_mailbox *m, struct span name,
    uint64_t *id)
{
	struct store_user u = { 0 };
	enum store_status status;

	*id = STORE_ANYONE;
	if (span_ieqs(name, STORE_ANYONE_NAME))
		return STORE_OK;
	status = store_user_find(st, name, &u);
	*id = u.id;
	/* Its owner has all rights, always. */
	return status == STORE_OK && u.id == m->owner ? STORE_CANNOT : status;
}

void
store_acl_set(struct store *st, const struct store_mailbox *m,
    struct span address, enum store_flag_op how, unsigned rights,
    store_done done, void *arg)
{
	enum store_status status = store_allowed(m, STORE_ADMIN);
	struct change *c;
	uint64_t who;

	if (status == STORE_OK)
		status = find_who(st, m, address, &who);
	if (status != STORE_OK) {
		store_later(st, status, done, arg);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	c->mailbox = m->id;
	c->user = who;
	c->how = how;
	c->rights = rights & STORE_ALL;
	engine_update(st->c,
	    &(struct engine_update){
		.steps =
		    (struct engine_step[]){ { store_part(m->id), grant_run, c },
			{ store_root(who), point_run, c } },
		.nsteps = 2,
		.done = change_done,
		.arg = c });
}
