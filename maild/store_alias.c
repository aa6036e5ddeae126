/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "bytes.h"
#include "store_impl.h"

/* 'a' address, and 's' user: version 1, then length (2) and bytes of each
 * target. */

struct targets {
	struct span target[STORE_TARGETS_MAX];
	size_t n;
};

static int
parse(struct span v, struct targets *out)
{
	out->n = 0;
	if (v.n == 0 || v.p[0] != 1)
		return -1;
	v = span_sub(v, 1, v.n);
	while (v.n > 0) {
		size_t n = v.n >= 2 ? le16_get(v.p) : 0;

		if (n == 0 || n > v.n - 2 || out->n == STORE_TARGETS_MAX)
			return -1;
		out->target[out->n++] = span_sub(v, 2, n);
		v = span_sub(v, n + 2, v.n);
	}
	return out->n > 0 ? 0 : -1;
}

static int
alias_parse(struct span key, struct span v, struct store_alias *out,
    struct targets *t)
{
	memset(out->name, 0, sizeof(out->name));
	if (key.n < 2 || key.n > sizeof(out->name) || parse(v, t) < 0)
		return -1;
	memcpy(out->name, key.p + 1, key.n - 1);
	out->target = t->target;
	out->ntargets = t->n;
	return 0;
}

static enum store_status
find(struct store *st, char type, struct span address,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg)
{
	struct buf b = { 0 };
	struct span key = store_address_key(&b, type, address), v;
	enum engine_status es = ENGINE_NOTFOUND;
	struct store_alias a;
	struct targets t;

	store_begin(st);
	if (key.n > 0)
		es = engine_get(st->txn, store_directory(), key, &v);
	if (es == ENGINE_OK && alias_parse(key, v, &a, &t) < 0)
		es = ENGINE_CORRUPT;
	if (es == ENGINE_OK)
		fn(arg, &a);
	store_end(st);
	buf_free(&b);
	return store_told(es);
}

enum store_status
store_alias_find(struct store *st, struct span address,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg)
{
	return find(st, 'a', address, fn, arg);
}

enum store_status
store_send_as_find(struct store *st, struct span user,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg)
{
	return find(st, 's', user, fn, arg);
}

enum store_status
store_alias_each(struct store *st,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg)
{
	struct engine_scan s = { .part = store_directory(),
		.from = SPAN_LIT("a") };
	enum engine_status es;
	struct store_alias a;
	struct targets t;

	store_begin(st);
	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'a')) {
		if (alias_parse(s.key, s.value, &a, &t) < 0) {
			es = ENGINE_CORRUPT;
			break;
		}
		if (!fn(arg, &a))
			break;
	}
	engine_scan_end(&s);
	store_end(st);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

/* ---- setting ---- */

struct set {
	struct store_op op;
	struct buf key, value;
	size_t ntargets;
};

/* A user must not be there for an alias, and be there to write as others. */
static enum engine_status
check_user(struct engine_txn *txn, struct engine_part part, struct set *s)
{
	char user[STORE_ADDRESS_MAX + 1];
	struct span v;
	enum engine_status st;

	memcpy(user, s->key.data, s->key.len);
	user[0] = 'u';
	st = engine_get(txn, part, span_of(user, s->key.len), &v);
	if (s->key.data[0] == 's')
		return st;
	if (st == ENGINE_OK)
		return store_refuse(&s->op, STORE_ALREADYEXISTS);
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

static enum engine_status
set_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct set *s = arg;
	struct span key = buf_span(&s->key), v;
	enum engine_status st = engine_get(txn, part, key, &v);

	if (s->ntargets == 0) {
		engine_del(txn, key);
		return st;
	}
	if (st == ENGINE_OK || st == ENGINE_NOTFOUND)
		st = check_user(txn, part, s);
	if (st == ENGINE_OK)
		engine_put(txn, key, buf_span(&s->value));
	return st;
}

static void
set_free(struct set *s)
{
	buf_free(&s->key);
	buf_free(&s->value);
	free(s);
}

static void
set_done(void *arg, enum engine_status es)
{
	struct set *s = arg;

	s->op.done(s->op.arg, store_op_status(&s->op, es));
	set_free(s);
}

static enum store_status
set_prepare(struct set *s, char type, struct span address,
    const struct span *target, size_t n)
{
	struct buf one = { 0 };
	bool ok = true;

	if (store_address_key(&s->key, type, address).n == 0)
		return STORE_CANNOT;
	if (n > STORE_TARGETS_MAX)
		return STORE_LIMIT;
	buf_addc(&s->value, 1);
	for (size_t i = 0; ok && i < n; i++) {
		char len[2];

		buf_clear(&one);
		ok = store_address(&one, target[i]);
		le16_put(len, (uint16_t)one.len);
		buf_add(&s->value, len, sizeof(len));
		buf_add_span(&s->value, buf_span(&one));
	}
	buf_free(&one);
	s->ntargets = n;
	return ok ? STORE_OK : STORE_CANNOT;
}

static void
set(struct store *st, char type, struct span address,
    const struct span *target, size_t ntargets, store_done done, void *arg)
{
	struct set *s = xcalloc(1, sizeof(*s));
	struct engine_step step = { store_directory(), set_run, s };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = set_done, .arg = s };
	enum store_status status = set_prepare(s, type, address, target,
	    ntargets);

	s->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	if (status == STORE_OK) {
		engine_update(st->c, &u);
		return;
	}
	set_free(s);
	store_later(st, status, done, arg);
}

void
store_alias_set(struct store *st, struct span address,
    const struct span *target, size_t ntargets, store_done done, void *arg)
{
	set(st, 'a', address, target, ntargets, done, arg);
}

void
store_send_as_set(struct store *st, struct span user,
    const struct span *target, size_t ntargets, store_done done, void *arg)
{
	set(st, 's', user, target, ntargets, done, arg);
}
