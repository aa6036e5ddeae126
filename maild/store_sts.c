/* SPDX-License-Identifier: ISC */
#include "store_sts.h"

#include <stdlib.h>

#include "bytes.h"
#include "store_impl.h"

/* 's' domain: version 1, expires (8), length of the id (1), the id, the
 * text. */
#define FIXED 10

static struct engine_part
policies(void)
{
	return (struct engine_part){ STORE_PART_STS, 0 };
}

/* False: no domain is as long. */
static bool
make_key(struct buf *out, struct span domain)
{
	if (domain.n == 0 || domain.n > STORE_DOMAIN_MAX)
		return false;
	buf_addc(out, 's');
	for (size_t i = 0; i < domain.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)domain.p[i]));
	return true;
}

static enum engine_status
parse(struct span v, struct store_sts *out)
{
	size_t id;

	if (v.n < FIXED || v.p[0] != 1)
		return ENGINE_CORRUPT;
	id = (unsigned char)v.p[9];
	if (id > STORE_STS_ID_MAX || id > v.n - FIXED)
		return ENGINE_CORRUPT;
	out->expires = (int64_t)le64_get(v.p + 1);
	out->id = span_sub(v, FIXED, id);
	out->text = span_sub(v, FIXED + id, v.n);
	return ENGINE_OK;
}

enum store_status
store_sts_find(struct store *st, struct span domain, struct store_sts *out)
{
	enum engine_status es = ENGINE_NOTFOUND;
	struct buf key = { 0 };
	struct span v;

	if (make_key(&key, domain))
		es = engine_get(st->txn, policies(), buf_span(&key), &v);
	if (es == ENGINE_OK)
		es = parse(v, out);
	buf_free(&key);
	return store_told(es);
}

/* ---- setting ---- */

struct set {
	struct store_op op;
	struct buf key, value;
};

/* The key of the one that ends first, where there are too many; else empty. */
static enum engine_status
find_oldest(struct engine_txn *txn, struct engine_part part, struct buf *oldest)
{
	struct engine_scan s = { .part = part, .from = SPAN_LIT("s") };
	enum engine_status es;
	struct store_sts p;
	int64_t first = INT64_MAX;
	size_t n = 0;

	while ((es = engine_scan_next(txn, &s)) == ENGINE_OK) {
		es = parse(s.value, &p);
		if (es != ENGINE_OK)
			break;
		n++;
		if (p.expires >= first)
			continue;
		first = p.expires;
		buf_clear(oldest);
		buf_add_span(oldest, s.key);
	}
	engine_scan_end(&s);
	if (n < STORE_STS_MAX)
		buf_clear(oldest);
	return es == ENGINE_NOTFOUND ? ENGINE_OK : es;
}

static enum engine_status
set_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct set *s = arg;
	struct buf oldest = { 0 };
	struct span v;
	enum engine_status es = engine_get(txn, part, buf_span(&s->key), &v);

	if (es == ENGINE_NOTFOUND)
		es = find_oldest(txn, part, &oldest);
	if (es == ENGINE_OK && oldest.len > 0)
		engine_del(txn, buf_span(&oldest));
	if (es == ENGINE_OK)
		engine_put(txn, buf_span(&s->key), buf_span(&s->value));
	buf_free(&oldest);
	return es;
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

static void
pack(struct buf *out, const struct store_sts *p)
{
	char fixed[FIXED] = { 1 };

	le64_put(fixed + 1, (uint64_t)p->expires);
	fixed[9] = (char)p->id.n;
	buf_add(out, fixed, sizeof(fixed));
	buf_add_span(out, p->id);
	buf_add_span(out, p->text);
}

void
store_sts_set(struct store *st, struct span domain,
    const struct store_sts *policy, store_done done, void *arg)
{
	struct set *s = xcalloc(1, sizeof(*s));
	struct engine_step step = { policies(), set_run, s };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = set_done, .arg = s };

	s->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	if (policy->id.n <= STORE_STS_ID_MAX &&
	    policy->text.n <= STORE_STS_TEXT_MAX && make_key(&s->key, domain)) {
		pack(&s->value, policy);
		engine_update(st->c, &u);
		return;
	}
	set_free(s);
	store_later(st, STORE_CANNOT, done, arg);
}
