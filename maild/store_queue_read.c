/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_queue_impl.h"

static enum engine_status
msg_parse(enum engine_status es, struct span key, struct span v,
    struct store_queue_msg *out)
{
	if (es == ENGINE_OK && store_queue_msg_parse(key, v, out) < 0)
		return ENGINE_CORRUPT;
	return es;
}

enum store_status
store_queue_get(struct store *st, uint64_t id, struct store_queue_msg *out)
{
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, id), v;
	enum engine_status es = engine_get(st->txn, store_queue(), k, &v);

	return store_told(msg_parse(es, k, v, out));
}

enum store_status
store_queue_next(struct store *st, uint64_t id, struct store_queue_msg *out)
{
	char key[STORE_QUEUE_KEY];
	struct engine_scan s = { .part = store_queue(),
		.from = store_queue_msg_key(key, id) };
	enum engine_status es = engine_scan_next(st->txn, &s);

	if (es == ENGINE_OK && !store_key_is(s.key, 'q'))
		es = ENGINE_NOTFOUND;
	es = msg_parse(es, s.key, s.value, out);
	engine_scan_end(&s);
	return store_told(es);
}

static bool
is_rcpt_of(struct span key, struct span first)
{
	return key.n == first.n && memcmp(key.p, first.p, 9) == 0;
}

enum store_status
store_queue_rcpts(
    struct store *st, uint64_t id, store_queue_rcpt_fn fn, void *arg)
{
	char key[STORE_QUEUE_KEY];
	struct span first = store_queue_rcpt_key(key, id, 0);
	struct engine_scan s = { .part = store_queue(), .from = first };
	struct store_queue_rcpt r;
	enum engine_status es;

	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	       is_rcpt_of(s.key, first)) {
		if (store_queue_rcpt_parse(s.key, s.value, &r) < 0) {
			es = ENGINE_CORRUPT;
			break;
		}
		if (!fn(arg, &r))
			break;
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

/* ---- the schedule ---- */

enum store_status
store_queue_domains(struct store *st,
    void (*fn)(void *arg, struct span domain, int64_t next), void *arg)
{
	char from[STORE_QUEUE_KEY] = "d";
	struct engine_scan s = { .part = store_queue(),
		.from = span_of(from, 1) };
	enum engine_status es;
	struct span domain;
	int64_t next;
	uint64_t id;

	/* Behind a domain's entries, which all have a NUL there, is the next
	 * domain's first. */
	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	       store_queue_due_parse(s.key, &domain, &next, &id) == 0) {
		fn(arg, domain, next);
		if (domain.n > 0)
			memmove(from + 1, domain.p, domain.n);
		from[1 + domain.n] = 1;
		engine_scan_end(&s);
		s = (struct engine_scan){ .part = store_queue(),
			.from = span_of(from, domain.n + 2) };
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

static int
priority_of(struct store *st, uint64_t id, struct span due)
{
	struct store_queue_msg m;
	int priority;

	if (store_queue_due_priority(due, &priority))
		return priority;
	return store_queue_get(st, id, &m) == STORE_OK ? m.priority : 0;
}

enum store_status
store_queue_due(struct store *st, struct span domain,
    bool (*fn)(void *arg, uint64_t id, int64_t next, int priority), void *arg)
{
	char from[STORE_QUEUE_KEY];
	struct engine_scan s = { .part = store_queue(),
		.from = store_queue_due_key(from, domain, 0, 0, 0) };
	enum engine_status es;
	struct span at;
	int64_t next;
	uint64_t id;

	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	       store_queue_due_parse(s.key, &at, &next, &id) == 0 &&
	       span_eq(at, domain)) {
		if (!fn(arg, id, next, priority_of(st, id, s.value)))
			break;
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? STORE_OK : store_told(es);
}

struct engine_watch *
store_queue_watch(struct store *st, void (*fn)(void *arg), void *arg)
{
	return engine_watch(st->c, store_queue(), fn, arg);
}

/* ---- the text ---- */

static int
src_at(void *arg, uint64_t off, struct span *out)
{
	struct store_queue_src *s = arg;
	struct store_queue_msg m;
	enum engine_status es;

	if (off < s->prefix) {
		if (store_queue_get(s->st, s->id, &m) != STORE_OK)
			return -1;
		*out = span_sub(m.prefix, off, m.prefix.n);
		return 0;
	}
	es = engine_blob_get(s->st->txn, s->blob, off - s->prefix, out);
	if (es == ENGINE_OK)
		return 0;
	store_told(es == ENGINE_NOTFOUND ? ENGINE_CORRUPT : es);
	return -1;
}

void
store_queue_src(struct store *st, const struct store_queue_msg *m,
    struct store_queue_src *out)
{
	*out = (struct store_queue_src){ .src = { src_at, out, m->size },
		.st = st,
		.id = m->id,
		.blob = m->blob,
		.prefix = m->prefix.n };
}
