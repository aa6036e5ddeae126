/* SPDX-License-Identifier: ISC */
#include "store_annot.h"

#include <stdlib.h>

#include "bytes.h"

/*
 * 'a', scope, its user for what is private (8), and the entry's name without
 * its scope; in the mailbox's partition or, of server entries, in the user's
 * root.  The value is version 1 and the bytes.
 */
#define SHARED   SPAN_LIT("/shared")
#define PRIVATE  SPAN_LIT("/private")
#define HEAD_MAX 10
#define KEY_MAX  (HEAD_MAX + STORE_ANNOT_NAME_MAX)

struct key {
	char text[KEY_MAX];
	size_t n, head;
};

static bool
is_private(struct span entry)
{
	return span_iprefix(entry, PRIVATE);
}

static struct span
key_of(struct key *k, uint64_t who, struct span entry)
{
	bool private = is_private(entry);
	struct span rest =
	    span_sub(entry, private ? PRIVATE.n : SHARED.n, entry.n);

	k->text[0] = 'a';
	k->text[1] = private ? 'p' : 's';
	k->head = 2;
	if (private) {
		be64_put(k->text + 2, who);
		k->head += 8;
	}
	memcpy(k->text + k->head, rest.p, rest.n);
	k->n = k->head + rest.n;
	return span_of(k->text, k->n);
}

static bool
has_prefix(struct span s, struct span prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

bool
store_annot_name(struct buf *out, struct span name)
{
	size_t start = out->len;
	struct span s, component;

	if (name.n > STORE_ANNOT_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)name.p[i]));
	s = span_sub(buf_span(out), start, name.n);
	if (span_eq(s, SHARED) || span_eq(s, PRIVATE))
		return true;
	if (!has_prefix(s, SPAN_LIT("/shared/")) &&
	    !has_prefix(s, SPAN_LIT("/private/")))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '*' ||
		    s.p[i] == '%' || (s.p[i] == '/' && i + 1 == s.n))
			return false;
	}
	s = span_sub(s, 1, s.n);
	while (span_split(&s, '/', &component)) {
		if (component.n == 0)
			return false;
	}
	return true;
}

/* ---- reading ---- */

static struct engine_part
part_of(const struct store_user *who, const struct store_mailbox *m)
{
	return m != NULL ? store_part(m->id) : store_root(who->id);
}

static bool
tell(const struct key *k, const struct engine_scan *s, struct span entry,
    bool (*fn)(void *arg, const struct store_annot *a), void *arg)
{
	struct span rest = span_sub(s->key, k->head, s->key.n);
	struct span scope = is_private(entry) ? PRIVATE : SHARED;
	char name[STORE_ANNOT_NAME_MAX + 8];
	struct store_annot a = { .value = span_sub(s->value, 1, s->value.n) };

	memcpy(name, scope.p, scope.n);
	if (rest.n > 0)
		memcpy(name + scope.n, rest.p, rest.n);
	a.entry = span_of(name, scope.n + rest.n);
	return fn(arg, &a);
}

/* What is at entry or below it. */
static bool
belongs(const struct engine_scan *s, struct span from)
{
	return s->key.n == from.n || s->key.p[from.n] == '/';
}

static enum engine_status
each(struct store *st, struct engine_part part, const struct key *k,
    struct span entry, bool (*fn)(void *arg, const struct store_annot *a),
    void *arg)
{
	struct span from = span_of(k->text, k->n);
	struct engine_scan s = { .part = part, .from = from };
	enum engine_status es;

	while ((es = engine_scan_next(st->txn, &s)) == ENGINE_OK &&
	       has_prefix(s.key, from)) {
		if (s.key.n > KEY_MAX || s.value.n == 0 || s.value.p[0] != 1) {
			es = ENGINE_CORRUPT;
			break;
		}
		if (belongs(&s, from) && !tell(k, &s, entry, fn, arg))
			break;
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? ENGINE_OK : es;
}

enum store_status
store_annot_each(struct store *st, const struct store_user *who,
    const struct store_mailbox *m, struct span entry,
    bool (*fn)(void *arg, const struct store_annot *a), void *arg)
{
	enum store_status status = STORE_OK;
	enum engine_status es;
	struct key k;

	if (m != NULL)
		status = store_annot_allowed(m, false);
	if (status != STORE_OK)
		return status;
	key_of(&k, who->id, entry);
	store_begin(st);
	es = each(st, part_of(who, m), &k, entry, fn, arg);
	store_end(st);
	return store_told(es);
}

/* ---- writing ---- */

struct change {
	struct store_op op;
	uint64_t who;
	bool mailbox;
	struct store_annot *a;
	size_t n;
	char *text;
	struct buf name; /* of the mailbox whose uses are set */
	unsigned use;
};

/* How many entries of that scope there are. */
static enum engine_status
count(struct engine_txn *txn, struct engine_part part, const struct key *k,
    size_t *n)
{
	struct span head = span_of(k->text, k->head);
	struct engine_scan s = { .part = part, .from = head };
	enum engine_status es;

	*n = 0;
	while ((es = engine_scan_next(txn, &s)) == ENGINE_OK &&
	       has_prefix(s.key, head))
		++*n;
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? ENGINE_OK : es;
}

static void
put(struct engine_txn *txn, struct span key, struct span value)
{
	char v[1 + STORE_ANNOT_VALUE_MAX] = { 1 };

	if (value.n > 0)
		memcpy(v + 1, value.p, value.n);
	engine_put(txn, key, span_of(v, 1 + value.n));
}

/* Write one; *added and *gone count by scope. */
static enum engine_status
apply(struct engine_txn *txn, struct engine_part part, const struct change *c,
    const struct store_annot *a, size_t *added, size_t *gone)
{
	struct key k;
	struct span key = key_of(&k, c->who, a->entry), old;
	enum engine_status es = engine_get(txn, part, key, &old);

	if (es != ENGINE_OK && es != ENGINE_NOTFOUND)
		return es;
	if (a->value.p == NULL && es == ENGINE_OK) {
		++gone[is_private(a->entry)];
		engine_del(txn, key);
	} else if (a->value.p != NULL) {
		added[is_private(a->entry)] += es == ENGINE_NOTFOUND;
		put(txn, key, a->value);
	}
	return ENGINE_OK;
}

static enum engine_status
change_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	static const char *const scope[] = { "/shared", "/private" };
	struct change *c = arg;
	size_t added[2] = { 0 }, gone[2] = { 0 }, there;
	enum engine_status es = ENGINE_OK;
	struct store_head head;
	struct key k;

	if (c->mailbox)
		es = store_head_get(txn, part, &head);
	for (size_t i = 0; es == ENGINE_OK && i < c->n; i++)
		es = apply(txn, part, c, &c->a[i], added, gone);
	for (unsigned i = 0; es == ENGINE_OK && i < 2; i++) {
		if (added[i] == 0)
			continue;
		key_of(&k, c->who, span_str(scope[i]));
		es = count(txn, part, &k, &there);
		if (es == ENGINE_OK &&
		    there + added[i] > STORE_ANNOT_MAX + gone[i])
			return store_refuse(&c->op, STORE_LIMIT);
	}
	if (es == ENGINE_OK && c->n > 0)
		engine_notify(txn, part);
	return es;
}

static enum engine_status
use_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct change *c = arg;
	struct span name = buf_span(&c->name);
	struct store_namerec old, new;
	struct store_rootrec root;
	enum engine_status es = store_root_get(txn, part.id, &root);

	if (es == ENGINE_OK)
		es = store_name_get(txn, part.id, name, &old);
	if (es == ENGINE_OK && old.id == 0)
		es = ENGINE_NOTFOUND;
	if (es == ENGINE_OK)
		es = store_uses_take(txn, part.id, &root, name, c->use);
	if (es != ENGINE_OK)
		return es;
	new = old;
	new.use = c->use;
	store_name_put(txn, &root, name, &old, &new);
	root.epoch++;
	store_root_put(txn, &root);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static void
release(struct change *c)
{
	buf_free(&c->name);
	free(c->a);
	free(c->text);
	free(c);
}

static void
change_done(void *arg, enum engine_status es)
{
	struct change *c = arg;

	c->op.done(c->op.arg, store_op_status(&c->op, es));
	release(c);
}

static void
copy(struct change *c, const struct store_annot *a, size_t n)
{
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		bytes += a[i].entry.n + a[i].value.n;
	c->text = at = xmalloc(bytes + 1);
	c->a = xcalloc(n + 1, sizeof(*c->a));
	for (c->n = 0; c->n < n; c->n++) {
		const struct store_annot *from = &a[c->n];
		struct store_annot *to = &c->a[c->n];

		memcpy(at, from->entry.p, from->entry.n);
		to->entry = span_of(at, from->entry.n);
		at += from->entry.n;
		if (from->value.p == NULL)
			continue;
		memcpy(at, from->value.p, from->value.n);
		to->value = span_of(at, from->value.n);
		at += from->value.n;
	}
}

static enum store_status
check(const struct store_user *who, const struct store_mailbox *m,
    const struct store_annot *a, size_t n, const unsigned *use)
{
	bool shared = false;

	for (size_t i = 0; i < n; i++) {
		shared |= !is_private(a[i].entry);
		if (a[i].value.n > STORE_ANNOT_VALUE_MAX)
			return STORE_LIMIT;
	}
	if (m == NULL)
		return shared || use != NULL ? STORE_DENIED : STORE_OK;
	if (use != NULL && m->owner != who->id)
		return STORE_DENIED;
	return store_annot_allowed(m, shared);
}

void
store_annot_set(struct store *st, const struct store_user *who,
    const struct store_mailbox *m, const struct store_annot *a, size_t n,
    struct span name, const unsigned *use, store_done done, void *arg)
{
	enum store_status status = check(who, m, a, n, use);
	struct change *c;
	struct engine_step steps[2];
	struct engine_update u = { .steps = steps, .done = change_done };

	if (status != STORE_OK) {
		store_later(st, status, done, arg);
		return;
	}
	u.arg = c = xcalloc(1, sizeof(*c));
	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	c->who = who->id;
	c->mailbox = m != NULL;
	copy(c, a, n);
	steps[u.nsteps++] =
	    (struct engine_step){ part_of(who, m), change_run, c };
	if (use != NULL && store_name(&c->name, name)) {
		c->use = *use;
		steps[u.nsteps++] =
		    (struct engine_step){ store_root(who->id), use_run, c };
	}
	engine_update(st->c, &u);
}

/* ---- copying, for a rename of INBOX ---- */

struct copying {
	struct store_op op;
	struct buf text;
	size_t len[2 * STORE_ANNOT_MAX][2]; /* keys and values in text */
	size_t n;
};

static enum engine_status
read_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct engine_scan s = { .part = part, .from = SPAN_LIT("a") };
	struct copying *c = arg;
	enum engine_status es;

	c->n = 0;
	buf_clear(&c->text);
	while ((es = engine_scan_next(txn, &s)) == ENGINE_OK &&
	       store_key_is(s.key, 'a') && c->n < 2 * (size_t)STORE_ANNOT_MAX) {
		buf_add_span(&c->text, s.key);
		buf_add_span(&c->text, s.value);
		c->len[c->n][0] = s.key.n;
		c->len[c->n++][1] = s.value.n;
	}
	engine_scan_end(&s);
	return es == ENGINE_NOTFOUND ? ENGINE_OK : es;
}

static enum engine_status
write_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	const struct copying *c = arg;
	struct span text = buf_span(&c->text);
	struct store_head head;
	enum engine_status es = store_head_get(txn, part, &head);
	size_t at = 0;

	for (size_t i = 0; es == ENGINE_OK && i < c->n; i++) {
		struct span key = span_sub(text, at, c->len[i][0]);

		at += key.n;
		engine_put(txn, key, span_sub(text, at, c->len[i][1]));
		at += c->len[i][1];
	}
	return es;
}

static void
copied(void *arg, enum engine_status es)
{
	struct copying *c = arg;

	c->op.done(c->op.arg, store_op_status(&c->op, es));
	buf_free(&c->text);
	free(c);
}

void
store_annot_copy(struct store *st, const struct store_mailbox *from,
    const struct store_mailbox *to, store_done done, void *arg)
{
	struct copying *c = xcalloc(1, sizeof(*c));
	struct engine_step steps[] = { { store_part(from->id), read_run, c },
		{ store_part(to->id), write_run, c } };
	struct engine_update u = {
		.steps = steps, .nsteps = 2, .done = copied, .arg = c
	};

	c->op = (struct store_op){ .st = st, .done = done, .arg = arg };
	engine_update(st->c, &u);
}
