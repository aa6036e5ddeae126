/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_impl.h"

/* 'd' domain: version 1. */
#define VALUE SPAN_LIT("\1")

/* False: no domain is as long. */
static bool
make_key(struct buf *out, struct span domain)
{
	if (domain.n == 0 || domain.n > STORE_DOMAIN_MAX)
		return false;
	buf_addc(out, 'd');
	for (size_t i = 0; i < domain.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)domain.p[i]));
	return true;
}

/* ---- reading ---- */

enum store_status
store_domain_find(struct store *st, struct span domain)
{
	enum engine_status es = ENGINE_NOTFOUND;
	struct buf key = { 0 };
	struct span v;

	store_begin(st);
	if (make_key(&key, domain))
		es = engine_get(st->txn, store_directory(), buf_span(&key), &v);
	if (es == ENGINE_OK && !span_eq(v, VALUE))
		es = ENGINE_CORRUPT;
	store_end(st);
	buf_free(&key);
	return store_told(es);
}

enum store_status
store_domain_each(struct store *st, bool (*fn)(void *arg, struct span domain),
    void *arg)
{
	struct engine_scan s = { .part = store_directory(),
		.from = SPAN_LIT("d") };
	enum engine_status es;

	store_begin(st);
	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'd')) {
		if (!fn(arg, span_sub(s.key, 1, s.key.n)))
			break;
	}
	engine_scan_end(&s);
	store_end(st);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

/* ---- changing ---- */

struct change {
	struct store_op op;
	struct buf key;
	bool add;
};

static enum engine_status
change_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct change *c = arg;
	struct span key = buf_span(&c->key), v;
	enum engine_status es = engine_get(txn, part, key, &v);

	if (!c->add) {
		engine_del(txn, key);
		return es;
	}
	if (es == ENGINE_OK)
		return store_refuse(&c->op, STORE_ALREADYEXISTS);
	engine_put(txn, key, VALUE);
	return es == ENGINE_NOTFOUND ? ENGINE_OK : es;
}

static void
change_free(struct change *c)
{
	buf_free(&c->key);
	free(c);
}

static void
change_done(void *arg, enum engine_status es)
{
	struct change *c = arg;

	c->op.done(c->op.arg, store_op_status(&c->op, es));
	change_free(c);
}

static void
change(struct store *st, struct span domain, bool add, store_done done,
    void *arg)
{
	struct change *c = xcalloc(1, sizeof(*c));
	struct engine_step step = { store_directory(), change_run, c };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = change_done, .arg = c };

	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	c->add = add;
	if (make_key(&c->key, domain)) {
		engine_update(st->c, &u);
		return;
	}
	change_free(c);
	store_later(st, STORE_CANNOT, done, arg);
}

void
store_domain_add(struct store *st, struct span domain, store_done done,
    void *arg)
{
	change(st, domain, true, done, arg);
}

void
store_domain_remove(struct store *st, struct span domain, store_done done,
    void *arg)
{
	change(st, domain, false, done, arg);
}
