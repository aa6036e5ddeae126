/* SPDX-License-Identifier: ISC */
#include "store_dkim.h"

#include <stdlib.h>

#include "bytes.h"
#include "store_impl.h"

/* 'k' domain: version 1, then of each key algorithm, next (1 each), created
 * (8), length of selector and of der (2 each), and these. */
#define FIXED 14

/* ---- records ---- */

static bool
parse_key(struct span *v, struct store_dkim_key *out)
{
	size_t selector, der;

	if (v->n < FIXED || (unsigned char)v->p[0] >= DKIM_ALGORITHMS ||
	    (unsigned char)v->p[1] > 1)
		return false;
	out->algorithm = (enum dkim_algorithm)v->p[0];
	out->next = v->p[1];
	out->created = (int64_t)le64_get(v->p + 2);
	selector = le16_get(v->p + 10);
	der = le16_get(v->p + 12);
	if (selector == 0 || selector > STORE_SELECTOR_MAX || der == 0 ||
	    der > STORE_DKIM_KEY_MAX || v->n - FIXED < selector + der)
		return false;
	out->selector = span_sub(*v, FIXED, selector);
	out->der = span_sub(*v, FIXED + selector, der);
	*v = span_sub(*v, FIXED + selector + der, v->n);
	return true;
}

static enum engine_status
parse(struct span key, struct span v, struct store_dkim *out)
{
	memset(out, 0, sizeof(*out));
	if (key.n < 2 || key.n > sizeof(out->domain) || v.n == 0 ||
	    v.p[0] != 1)
		return ENGINE_CORRUPT;
	memcpy(out->domain, key.p + 1, key.n - 1);
	for (v = span_sub(v, 1, v.n); v.n > 0; out->n++) {
		if (out->n == STORE_DKIM_KEYS || !parse_key(&v, &out->key[out->n]))
			return ENGINE_CORRUPT;
	}
	return out->n > 0 ? ENGINE_OK : ENGINE_CORRUPT;
}

static void
pack(struct buf *out, const struct store_dkim *d)
{
	buf_addc(out, 1);
	for (size_t i = 0; i < d->n; i++) {
		const struct store_dkim_key *k = &d->key[i];
		char fixed[FIXED] = { (char)k->algorithm, k->next };

		le64_put(fixed + 2, (uint64_t)k->created);
		le16_put(fixed + 10, (uint16_t)k->selector.n);
		le16_put(fixed + 12, (uint16_t)k->der.n);
		buf_add(out, fixed, sizeof(fixed));
		buf_add_span(out, k->selector);
		buf_add_span(out, k->der);
	}
}

/* Labels of letters, digits and hyphens (RFC 1123 section 2.1).  False: it is
 * no such name. */
static bool
make_key(struct buf *out, struct span domain)
{
	struct span label;

	if (domain.n == 0 || domain.n > STORE_DKIM_DOMAIN_MAX ||
	    domain.p[domain.n - 1] == '.')
		return false;
	buf_addc(out, 'k');
	for (size_t i = 0; i < domain.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)domain.p[i]));
	domain = span_sub(buf_span(out), 1, domain.n);
	while (span_split(&domain, '.', &label)) {
		if (label.n == 0 || label.n > 63)
			return false;
		for (size_t i = 0; i < label.n; i++) {
			int c = (unsigned char)label.p[i];

			if (!ascii_alpha(c) && !ascii_digit(c) && c != '-')
				return false;
		}
	}
	return true;
}

/* ---- reading ---- */

enum store_status
store_dkim_find(struct store *st, struct span domain, struct store_dkim *out)
{
	struct buf key = { 0 };
	enum engine_status es;
	struct span v;

	if (!make_key(&key, domain)) {
		buf_free(&key);
		return STORE_CANNOT;
	}
	es = engine_get(st->txn, store_directory(), buf_span(&key), &v);
	if (es == ENGINE_OK)
		es = parse(buf_span(&key), v, out);
	buf_free(&key);
	return store_told(es);
}

enum store_status
store_dkim_each(struct store *st,
    bool (*fn)(void *arg, const struct store_dkim *d), void *arg)
{
	struct engine_scan s = { .part = store_directory(),
		.from = SPAN_LIT("k") };
	enum engine_status es;
	struct store_dkim d;

	store_begin(st);
	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	    store_key_is(s.key, 'k')) {
		es = parse(s.key, s.value, &d);
		if (es != ENGINE_OK || !fn(arg, &d))
			break;
	}
	engine_scan_end(&s);
	store_end(st);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

/* ---- changing ---- */

struct change {
	struct store_op op;
	enum store_dkim_op what;
	struct buf key, text; /* text: what the spans of add lie in */
	struct store_dkim_key add[DKIM_ALGORITHMS];
	size_t nadd;
};

static bool
has_next(const struct store_dkim *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->key[i].next)
			return true;
	}
	return false;
}

static void
append(struct store_dkim *d, const struct change *c)
{
	for (size_t i = 0; i < c->nadd; i++) {
		d->key[d->n] = c->add[i];
		d->key[d->n++].next = c->what == STORE_DKIM_NEXT;
	}
}

static void
switch_over(struct store_dkim *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (!d->key[i].next)
			continue;
		d->key[n] = d->key[i];
		d->key[n++].next = false;
	}
	d->n = n;
}

/* What is there now becomes what is to be. */
static enum store_status
apply(const struct change *c, struct store_dkim *d)
{
	switch (c->what) {
	case STORE_DKIM_ADD:
		if (d->n > 0)
			return STORE_ALREADYEXISTS;
		append(d, c);
		return STORE_OK;
	case STORE_DKIM_NEXT:
		if (d->n == 0 || has_next(d))
			return d->n == 0 ? STORE_NONEXISTENT :
					   STORE_ALREADYEXISTS;
		append(d, c);
		return STORE_OK;
	case STORE_DKIM_SWITCH:
		if (!has_next(d))
			return STORE_NONEXISTENT;
		switch_over(d);
		return STORE_OK;
	case STORE_DKIM_REMOVE:
		break;
	}
	if (d->n == 0)
		return STORE_NONEXISTENT;
	d->n = 0;
	return STORE_OK;
}

static enum engine_status
change_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct change *c = arg;
	struct span key = buf_span(&c->key), v;
	enum engine_status es = engine_get(txn, part, key, &v);
	struct store_dkim d = { 0 };
	struct buf value = { 0 };
	enum store_status st;

	if (es == ENGINE_OK)
		es = parse(key, v, &d);
	if (es != ENGINE_OK && es != ENGINE_NOTFOUND)
		return es;
	st = apply(c, &d);
	if (st != STORE_OK)
		return store_refuse(&c->op, st);
	pack(&value, &d);
	if (d.n > 0)
		engine_put(txn, key, buf_span(&value));
	else
		engine_del(txn, key);
	buf_wipe(&value);
	return ENGINE_OK;
}

static void
change_free(struct change *c)
{
	buf_wipe(&c->text);
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

/* The buffer has its room from the start: spans stay. */
static void
keep(struct buf *text, struct span *s)
{
	size_t at = text->len;

	buf_add_span(text, *s);
	*s = span_of(text->data + at, s->n);
}

static enum store_status
copy_keys(struct change *c, const struct store_dkim_key *key, size_t n)
{
	if (n > DKIM_ALGORITHMS)
		return STORE_LIMIT;
	buf_reserve(&c->text,
	    DKIM_ALGORITHMS * (STORE_SELECTOR_MAX + STORE_DKIM_KEY_MAX) + 1);
	for (size_t i = 0; i < n; i++) {
		if (key[i].selector.n == 0 || key[i].der.n == 0 ||
		    key[i].selector.n > STORE_SELECTOR_MAX ||
		    key[i].der.n > STORE_DKIM_KEY_MAX)
			return STORE_LIMIT;
		c->add[i] = key[i];
		keep(&c->text, &c->add[i].selector);
		keep(&c->text, &c->add[i].der);
	}
	c->nadd = n;
	return STORE_OK;
}

void
store_dkim_change(struct store *st, struct span domain, enum store_dkim_op op,
    const struct store_dkim_key *key, size_t n, store_done done, void *arg)
{
	struct change *c = xcalloc(1, sizeof(*c));
	struct engine_step step = { store_directory(), change_run, c };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = change_done, .arg = c };
	enum store_status status = copy_keys(c, key, n);

	if (status == STORE_OK && !make_key(&c->key, domain))
		status = STORE_CANNOT;
	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	c->what = op;
	if (status == STORE_OK) {
		engine_update(st->c, &u);
		return;
	}
	change_free(c);
	store_later(st, status, done, arg);
}
