/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "bytes.h"
#include "store_impl.h"
#include "store_purge.h"

/* 'u' address: version 1, disabled (1), 2 zero, id (8), created (8). */
#define USER_SIZE 20
/* 'i' id: version 1 and the key of the user. */
/* "n": the id that the next user gets (8). */
#define NEXT_KEY SPAN_LIT("n")

/* The mailboxes of a new user, by number. */
static const struct {
	const char *name;
	unsigned use;
} folders[] = {
	{ "INBOX", 0 },
	{ "Drafts", STORE_USE_DRAFTS },
	{ "Sent", STORE_USE_SENT },
	{ "Archive", STORE_USE_ARCHIVE },
	{ "Junk", STORE_USE_JUNK },
	{ "Trash", STORE_USE_TRASH },
};
#define NFOLDERS (sizeof(folders) / sizeof(folders[0]))

/* ---- records ---- */

struct span
store_address_key(struct buf *b, char type, struct span address)
{
	buf_clear(b);
	buf_addc(b, type);
	return store_address(b, address) ? buf_span(b) : span_of(NULL, 0);
}

static int
user_parse(struct span key, struct span v, struct store_user *out)
{
	memset(out, 0, sizeof(*out));
	if (key.n < 2 || key.n > sizeof(out->name) || v.n != USER_SIZE ||
	    v.p[0] != 1)
		return -1;
	memcpy(out->name, key.p + 1, key.n - 1);
	out->disabled = v.p[1] != 0;
	out->id = le64_get(v.p + 4);
	out->created = (int64_t)le64_get(v.p + 12);
	return 0;
}

static void
user_put(struct engine_txn *txn, struct span key, const struct store_user *u)
{
	char v[USER_SIZE] = { 1, u->disabled };

	le64_put(v + 4, u->id);
	le64_put(v + 12, (uint64_t)u->created);
	engine_put(txn, key, span_of(v, sizeof(v)));
}

static enum engine_status
next_id(struct engine_txn *txn, uint64_t *id)
{
	struct span v;
	enum engine_status st = engine_get(txn, store_directory(), NEXT_KEY,
	    &v);

	*id = 1;
	if (st == ENGINE_NOTFOUND)
		return ENGINE_OK;
	if (st == ENGINE_OK && v.n != 8)
		return ENGINE_CORRUPT;
	if (st == ENGINE_OK)
		*id = le64_get(v.p);
	return st;
}

/* ---- looking up ---- */

static enum engine_status
user_get(struct engine_txn *txn, struct span key, struct store_user *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, store_directory(), key, &v);

	if (st == ENGINE_OK && user_parse(key, v, out) < 0)
		st = ENGINE_CORRUPT;
	return st;
}

enum engine_status
store_user_get(struct engine_txn *txn, struct span address,
    struct store_user *out)
{
	struct buf b = { 0 };
	struct span key = store_address_key(&b, 'u', address);
	enum engine_status st =
	    key.n > 0 ? user_get(txn, key, out) : ENGINE_NOTFOUND;

	buf_free(&b);
	return st;
}

static struct span
by_id_key(char key[9], uint64_t id)
{
	key[0] = 'i';
	be64_put(key + 1, id);
	return span_of(key, 9);
}

static void
by_id_put(struct engine_txn *txn, uint64_t id, struct span user)
{
	char key[9], v[1 + 1 + STORE_ADDRESS_MAX] = { 1 };

	memcpy(v + 1, user.p, user.n);
	engine_put(txn, by_id_key(key, id), span_of(v, 1 + user.n));
}

enum engine_status
store_user_by_id(struct engine_txn *txn, uint64_t id, struct store_user *out)
{
	char key[9];
	struct span v;
	enum engine_status st =
	    engine_get(txn, store_directory(), by_id_key(key, id), &v);

	if (st == ENGINE_OK && (v.n < 2 || v.p[0] != 1))
		st = ENGINE_CORRUPT;
	return st == ENGINE_OK ? user_get(txn, span_sub(v, 1, v.n), out) : st;
}

enum store_status
store_user_find(struct store *st, struct span address, struct store_user *out)
{
	enum engine_status es;

	store_begin(st);
	es = store_user_get(st->txn, address, out);
	store_end(st);
	return store_told(es);
}

enum store_status
store_user_each(struct store *st,
    bool (*fn)(void *arg, const struct store_user *u), void *arg)
{
	struct engine_scan s = { .part = store_directory(),
		.from = SPAN_LIT("u") };
	enum engine_status es;
	struct store_user u;

	store_begin(st);
	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK) {
		if (!store_key_is(s.key, 'u'))
			break;
		if (user_parse(s.key, s.value, &u) < 0) {
			es = ENGINE_CORRUPT;
			break;
		}
		if (!fn(arg, &u))
			break;
	}
	engine_scan_end(&s);
	store_end(st);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

/* ---- making one ---- */

struct create {
	struct store_op op;
	struct buf key;
	struct store_user user; /* its id as expected */
	uint32_t uidvalidity;   /* of the first mailbox */
	uint32_t header[NFOLDERS];
};

static enum engine_status
create_user(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct create *c = arg;
	struct span key = buf_span(&c->key), v;
	char id[8], alias[STORE_ADDRESS_MAX + 1];
	uint64_t next;
	enum engine_status st = engine_get(txn, part, key, &v);

	if (st == ENGINE_OK)
		return store_refuse(&c->op, STORE_ALREADYEXISTS);
	memcpy(alias, key.p, key.n);
	alias[0] = 'a';
	if (st == ENGINE_NOTFOUND)
		st = engine_get(txn, part, span_of(alias, key.n), &v);
	if (st == ENGINE_OK)
		return store_refuse(&c->op, STORE_ALREADYEXISTS);
	if (st == ENGINE_NOTFOUND)
		st = next_id(txn, &next);
	if (st != ENGINE_OK)
		return st;
	if (next != c->user.id)
		return store_refuse(&c->op, STORE_AGAIN);
	le64_put(id, next + 1);
	engine_put(txn, NEXT_KEY, span_of(id, sizeof(id)));
	user_put(txn, key, &c->user);
	by_id_put(txn, next, key);
	return ENGINE_OK;
}

static enum engine_status
create_root(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct create *c = arg;
	struct store_rootrec root = { .next = NFOLDERS + 1,
		.uidvalidity = c->uidvalidity + NFOLDERS - 1, .epoch = 1 };

	for (uint32_t i = 0; i < NFOLDERS; i++) {
		const struct store_namerec none = { 0 };
		struct store_namerec n = { .subscribed = true,
			.use = folders[i].use,
			.id = store_mailbox_id(part.id, i + 1) };

		store_name_put(txn, &root, span_str(folders[i].name), &none,
		    &n);
	}
	store_root_put(txn, &root);
	return ENGINE_OK;
}

static enum engine_status
create_header(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const uint32_t *uidvalidity = arg;

	(void)part;
	store_head_new(txn, *uidvalidity);
	return ENGINE_OK;
}

static void create_submit(struct create *c);

static void
create_done(void *arg, enum engine_status es)
{
	struct create *c = arg;
	enum store_status status = store_op_status(&c->op, es);

	if (status == STORE_AGAIN) {
		create_submit(c);
		return;
	}
	c->op.done(c->op.arg, status);
	buf_free(&c->key);
	free(c);
}

static void
create_submit(struct create *c)
{
	struct engine_step steps[2 + NFOLDERS];
	struct engine_update u = { .steps = steps, .nsteps = 2 + NFOLDERS,
		.done = create_done, .arg = c };
	struct store *st = c->op.st;

	store_begin(st);
	if (next_id(st->txn, &c->user.id) != ENGINE_OK)
		c->user.id = 0; /* the update will say what is wrong */
	store_end(st);
	steps[0] = (struct engine_step){ store_directory(), create_user, c };
	steps[1] = (struct engine_step){ store_root(c->user.id), create_root,
		c };
	for (uint32_t i = 0; i < NFOLDERS; i++) {
		c->header[i] = c->uidvalidity + i;
		steps[2 + i] = (struct engine_step){
			store_part(store_mailbox_id(c->user.id, i + 1)),
			create_header, &c->header[i] };
	}
	engine_update(st->c, &u);
}

void
store_user_create(struct store *st, struct span address, store_done done,
    void *arg)
{
	struct create *c = xcalloc(1, sizeof(*c));

	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	c->user.created = (int64_t)time(NULL);
	c->uidvalidity = (uint32_t)c->user.created;
	if (store_address_key(&c->key, 'u', address).n > 0) {
		create_submit(c);
		return;
	}
	buf_free(&c->key);
	free(c);
	store_later(st, STORE_CANNOT, done, arg);
}

/* ---- disabling one ---- */

struct disable {
	struct store_op op;
	struct buf key;
	bool disabled;
};

static enum engine_status
disable_user(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct disable *d = arg;
	struct store_user u;
	enum engine_status st = user_get(txn, buf_span(&d->key), &u);

	(void)part;
	if (st != ENGINE_OK)
		return st;
	u.disabled = d->disabled;
	user_put(txn, buf_span(&d->key), &u);
	return ENGINE_OK;
}

static void
disable_done(void *arg, enum engine_status es)
{
	struct disable *d = arg;

	d->op.done(d->op.arg, store_op_status(&d->op, es));
	buf_free(&d->key);
	free(d);
}

void
store_user_disable(struct store *st, struct span address, bool disabled,
    store_done done, void *arg)
{
	struct disable *d = xcalloc(1, sizeof(*d));
	struct engine_step step = { store_directory(), disable_user, d };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = disable_done, .arg = d };

	d->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	d->disabled = disabled;
	if (store_address_key(&d->key, 'u', address).n > 0) {
		engine_update(st->c, &u);
		return;
	}
	buf_free(&d->key);
	free(d);
	store_later(st, STORE_NONEXISTENT, done, arg);
}

/* ---- removing one ---- */

struct remove {
	struct store_op op;
	struct buf key;
	uint64_t id;
};

static enum engine_status
remove_user(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct remove *r = arg;
	struct store_user u;
	char id[9], send_as[STORE_ADDRESS_MAX + 1];
	enum engine_status st = user_get(txn, buf_span(&r->key), &u);

	(void)part;
	if (st != ENGINE_OK)
		return st;
	r->id = u.id;
	memcpy(send_as, r->key.data, r->key.len);
	send_as[0] = 's';
	engine_del(txn, span_of(send_as, r->key.len));
	engine_del(txn, buf_span(&r->key));
	engine_del(txn, by_id_key(id, u.id));
	return ENGINE_OK;
}

static enum engine_status
remove_bury(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct remove *r = arg;

	(void)part;
	store_bury(txn, STORE_GRAVE_USER, r->id);
	return ENGINE_OK;
}

static void
remove_done(void *arg, enum engine_status es)
{
	struct remove *r = arg;
	struct store *st = r->op.st;

	r->op.done(r->op.arg, store_op_status(&r->op, es));
	if (es == ENGINE_OK)
		store_purge(st, STORE_GRAVE_USER, r->id);
	buf_free(&r->key);
	free(r);
}

void
store_user_delete(struct store *st, struct span address, store_done done,
    void *arg)
{
	struct remove *r = xcalloc(1, sizeof(*r));
	struct engine_step steps[] = {
		{ store_directory(), remove_user, r },
		{ store_grave(), remove_bury, r },
	};
	struct engine_update u = { .steps = steps, .nsteps = 2,
		.done = remove_done, .arg = r };

	r->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	if (store_address_key(&r->key, 'u', address).n > 0) {
		engine_update(st->c, &u);
		return;
	}
	buf_free(&r->key);
	free(r);
	store_later(st, STORE_NONEXISTENT, done, arg);
}
