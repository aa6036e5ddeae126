/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_impl.h"

/*
 * "h": version 2, 3 zero, uidvalidity, uidnext, recent_uid, messages, unseen,
 * deleted, recent, logs (4 each), modseq, size, flags_modseq (8 each).
 * Version 1 ends with size: flags may have changed up to now.
 */
#define VERSION   2
#define HEAD_SIZE 60
#define OLD_SIZE  52
#define HEAD_KEY  SPAN_LIT("h")

static bool
is_head(struct span v)
{
	return (v.n == HEAD_SIZE && v.p[0] == VERSION) ||
	       (v.n == OLD_SIZE && v.p[0] == 1);
}

enum engine_status
store_head_get(struct engine_txn *txn, struct engine_part part,
    struct store_head *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, part, HEAD_KEY, &v);

	if (st != ENGINE_OK)
		return st;
	if (!is_head(v))
		return ENGINE_CORRUPT;
	out->uidvalidity = le32_get(v.p + 4);
	out->uidnext = le32_get(v.p + 8);
	out->recent_uid = le32_get(v.p + 12);
	out->messages = le32_get(v.p + 16);
	out->unseen = le32_get(v.p + 20);
	out->deleted = le32_get(v.p + 24);
	out->recent = le32_get(v.p + 28);
	out->logs = le32_get(v.p + 32);
	out->modseq = le64_get(v.p + 36);
	out->size = le64_get(v.p + 44);
	out->flags_modseq = v.n == HEAD_SIZE ? le64_get(v.p + OLD_SIZE) :
					      out->modseq;
	return ENGINE_OK;
}

void
store_head_put(struct engine_txn *txn, const struct store_head *h)
{
	char v[HEAD_SIZE] = { VERSION };

	le32_put(v + 4, h->uidvalidity);
	le32_put(v + 8, h->uidnext);
	le32_put(v + 12, h->recent_uid);
	le32_put(v + 16, h->messages);
	le32_put(v + 20, h->unseen);
	le32_put(v + 24, h->deleted);
	le32_put(v + 28, h->recent);
	le32_put(v + 32, h->logs);
	le64_put(v + 36, h->modseq);
	le64_put(v + 44, h->size);
	le64_put(v + OLD_SIZE, h->flags_modseq);
	engine_put(txn, HEAD_KEY, span_of(v, sizeof(v)));
}

void
store_head_new(struct engine_txn *txn, uint32_t uidvalidity)
{
	struct store_head h = { .uidvalidity = uidvalidity, .uidnext = 1,
		.recent_uid = 1, .modseq = 1 };

	store_head_put(txn, &h);
}

void
store_head_del(struct engine_txn *txn)
{
	engine_del(txn, HEAD_KEY);
}

void
store_head_count(struct store_head *h, uint32_t uid, uint64_t flags,
    uint64_t size, int by)
{
	uint32_t n = (uint32_t)by;

	h->messages += n;
	h->unseen += flags & STORE_SEEN ? 0 : n;
	h->deleted += flags & STORE_DELETED ? n : 0;
	h->recent += uid >= h->recent_uid ? n : 0;
	h->size += by < 0 ? -size : size;
}

/* ---- keywords: version 1, then length (1) and bytes of each ---- */

#define KWLIST_KEY SPAN_LIT("k")

static int
parse(struct span v, struct store_kwlist *out)
{
	if (v.n == 0 || v.p[0] != 1)
		return -1;
	v = span_sub(v, 1, v.n);
	while (v.n > 0) {
		size_t n = (unsigned char)v.p[0];

		if (n == 0 || n > STORE_KEYWORD_MAX || n > v.n - 1 ||
		    out->len == STORE_KEYWORDS_MAX)
			return -1;
		out->name[out->len++] = span_sub(v, 1, n);
		v = span_sub(v, n + 1, v.n);
	}
	return 0;
}

enum engine_status
store_kwlist_get(struct engine_txn *txn, struct engine_part part,
    struct store_kwlist *out)
{
	struct span v;
	enum engine_status st = engine_get(txn, part, KWLIST_KEY, &v);

	out->len = 0;
	out->changed = false;
	if (st == ENGINE_NOTFOUND)
		return ENGINE_OK;
	if (st == ENGINE_OK && parse(v, out) < 0)
		return ENGINE_CORRUPT;
	return st;
}

void
store_kwlist_put(struct engine_txn *txn, const struct store_kwlist *l)
{
	char v[1 + STORE_KEYWORDS_MAX * (1 + STORE_KEYWORD_MAX)];
	size_t n = 0;

	if (!l->changed)
		return;
	v[n++] = 1;
	for (size_t i = 0; i < l->len; i++) {
		v[n++] = (char)l->name[i].n;
		memcpy(v + n, l->name[i].p, l->name[i].n);
		n += l->name[i].n;
	}
	engine_put(txn, KWLIST_KEY, span_of(v, n));
}

int
store_kwlist_index(struct store_kwlist *l, struct span name, bool add)
{
	for (size_t i = 0; i < l->len; i++) {
		if (span_ieq(l->name[i], name))
			return (int)i;
	}
	if (!add || l->len == STORE_KEYWORDS_MAX)
		return -1;
	l->name[l->len] = name;
	l->changed = true;
	return (int)l->len++;
}

/* RFC 9051: flag-keyword is an atom. */
bool
store_keyword_ok(struct span name)
{
	if (name.n == 0 || name.n > STORE_KEYWORD_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("(){%*\"\\]", c) != NULL)
			return false;
	}
	return true;
}
