/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdlib.h>

#include "bytes.h"
#include "engine_impl.h"
#include "engine_mem.h"

/*
 * The memory engine: a skip list under a lock, readers together, the writer
 * alone.  It shows what a map has to do, and keeps the tests off the disk.
 */
#define LEVELS 16

struct node {
	size_t levels;
	size_t klen, vlen;
	char *value; /* raw: checksum and value */
	char *key;   /* behind next[] */
	struct node *next[];
};

/* What a write transaction changed, to be put back by abort. */
struct undo {
	char *key;
	size_t klen;
	char *value; /* NULL: there was none */
	size_t vlen;
};

struct mem {
	struct engine base;
	pthread_rwlock_t lock;
	struct node *head;
	uint64_t bytes;
	uint32_t random;
	struct undo *undo;
	size_t nundo, capundo;
	_Atomic uint64_t fail_in; /* jobs until they fail; 0: never */
	_Atomic enum engine_status fail_with;
};

/* ---- the list ---- */

static struct node *
node_new(size_t levels, struct span key)
{
	size_t links = levels * sizeof(struct node *);
	struct node *n = xcalloc(1, sizeof(*n) + links + key.n + 1);

	n->levels = levels;
	n->klen = key.n;
	n->key = (char *)n + sizeof(*n) + links;
	if (key.n > 0)
		memcpy(n->key, key.p, key.n);
	return n;
}

static int
compare(const struct node *n, struct span key)
{
	int c = memcmp(n->key, key.p, n->klen < key.n ? n->klen : key.n);

	if (c != 0)
		return c;
	return n->klen < key.n ? -1 : n->klen > key.n;
}

/* The last node below key (or the head), and the last of each level. */
static struct node *
below(struct mem *m, struct span key, struct node **path)
{
	struct node *n = m->head;

	for (size_t l = LEVELS; l-- > 0;) {
		while (n->next[l] != NULL && compare(n->next[l], key) < 0)
			n = n->next[l];
		if (path != NULL)
			path[l] = n;
	}
	return n;
}

static struct node *
find(struct mem *m, struct span key)
{
	struct node *n = below(m, key, NULL)->next[0];

	return n != NULL && compare(n, key) == 0 ? n : NULL;
}

static size_t
random_levels(struct mem *m)
{
	size_t levels = 1;

	m->random = m->random * 1664525 + 1013904223;
	for (uint32_t r = m->random >> 2; (r & 3) == 0 && levels < LEVELS;
	     r >>= 2)
		levels++;
	return levels;
}

/* Takes value; gives the old one back, NULL where there was none. */
static char *
set(struct mem *m, struct span key, char *value, size_t vlen, size_t *old_len)
{
	struct node *path[LEVELS], *n;
	char *old;

	below(m, key, path);
	n = path[0]->next[0];
	if (n == NULL || compare(n, key) != 0) {
		n = node_new(random_levels(m), key);
		for (size_t l = 0; l < n->levels; l++) {
			n->next[l] = path[l]->next[l];
			path[l]->next[l] = n;
		}
	}
	old = n->value;
	*old_len = n->vlen;
	m->bytes += vlen;
	m->bytes -= n->vlen;
	n->value = value;
	n->vlen = vlen;
	return old;
}

static char *
cut(struct mem *m, struct span key, size_t *old_len)
{
	struct node *path[LEVELS], *n;
	char *old;

	below(m, key, path);
	n = path[0]->next[0];
	if (n == NULL || compare(n, key) != 0)
		return NULL;
	for (size_t l = 0; l < n->levels; l++)
		path[l]->next[l] = n->next[l];
	old = n->value;
	*old_len = n->vlen;
	m->bytes -= n->vlen;
	free(n);
	return old;
}

/* ---- transactions ---- */

static enum engine_status
mem_read(struct engine *e, void **kv)
{
	struct mem *m = (struct mem *)e;

	pthread_rwlock_rdlock(&m->lock);
	*kv = m;
	return ENGINE_OK;
}

static void
mem_read_end(struct engine *e, void *kv)
{
	(void)e;
	pthread_rwlock_unlock(&((struct mem *)kv)->lock);
}

static void
mem_read_free(struct engine *e, void *kv)
{
	(void)e;
	(void)kv;
}

static enum engine_status
mem_write(struct engine *e, void **kv)
{
	struct mem *m = (struct mem *)e;

	pthread_rwlock_wrlock(&m->lock);
	*kv = m;
	return ENGINE_OK;
}

static enum engine_status
mem_commit(struct engine *e, void *kv)
{
	struct mem *m = kv;

	(void)e;
	while (m->nundo > 0) {
		struct undo *u = &m->undo[--m->nundo];

		free(u->key);
		free(u->value);
	}
	pthread_rwlock_unlock(&m->lock);
	return ENGINE_OK;
}

static void
mem_abort(struct engine *e, void *kv)
{
	struct mem *m = kv;
	size_t len;

	(void)e;
	while (m->nundo > 0) {
		struct undo *u = &m->undo[--m->nundo];
		struct span key = span_of(u->key, u->klen);

		free(u->value != NULL ? set(m, key, u->value, u->vlen, &len) :
					cut(m, key, &len));
		free(u->key);
	}
	pthread_rwlock_unlock(&m->lock);
}

static void
remember(struct mem *m, struct span key, char *value, size_t vlen)
{
	if (m->nundo == m->capundo) {
		m->capundo = m->capundo * 2 + 64;
		m->undo = xrealloc_array(m->undo, m->capundo,
		    sizeof(*m->undo));
	}
	m->undo[m->nundo++] = (struct undo){ span_dup(key), key.n, value,
		vlen };
}

static enum engine_status
mem_get(void *kv, struct span key, struct span *raw)
{
	struct node *n = find(kv, key);

	if (n == NULL)
		return ENGINE_NOTFOUND;
	*raw = span_of(n->value, n->vlen);
	return ENGINE_OK;
}

static enum engine_status
mem_put(void *kv, struct span key, uint64_t sum, struct span value)
{
	char *raw = xmalloc(ENGINE_SUM + value.n), *old;
	size_t len;

	le64_put(raw, sum);
	if (value.n > 0)
		memcpy(raw + ENGINE_SUM, value.p, value.n);
	old = set(kv, key, raw, ENGINE_SUM + value.n, &len);
	remember(kv, key, old, len);
	return ENGINE_OK;
}

static enum engine_status
mem_del(void *kv, struct span key)
{
	size_t len;
	char *old = cut(kv, key, &len);

	if (old == NULL)
		return ENGINE_NOTFOUND;
	remember(kv, key, old, len);
	return ENGINE_OK;
}

/* ---- cursors ---- */

struct cursor {
	struct mem *m;
	struct node *at;
};

static enum engine_status
mem_cursor(void *kv, void **cur)
{
	struct cursor *c = xcalloc(1, sizeof(*c));

	c->m = kv;
	*cur = c;
	return ENGINE_OK;
}

static enum engine_status
stand(struct cursor *c, struct node *n, struct span *key, struct span *raw)
{
	if (n == NULL || n == c->m->head)
		return ENGINE_NOTFOUND;
	c->at = n;
	*key = span_of(n->key, n->klen);
	*raw = span_of(n->value, n->vlen);
	return ENGINE_OK;
}

static enum engine_status
mem_seek(void *cur, bool before, struct span at, struct span *key,
    struct span *raw)
{
	struct cursor *c = cur;
	struct node *n = below(c->m, at, NULL);

	return stand(c, before ? n : n->next[0], key, raw);
}

static enum engine_status
mem_step(void *cur, bool back, struct span *key, struct span *raw)
{
	struct cursor *c = cur;

	if (c->at == NULL)
		return ENGINE_NOTFOUND;
	if (!back)
		return stand(c, c->at->next[0], key, raw);
	return stand(c, below(c->m, span_of(c->at->key, c->at->klen), NULL),
	    key, raw);
}

static void
mem_cursor_end(void *cur)
{
	free(cur);
}

/* ---- the engine ---- */

static enum engine_status
mem_admit(struct engine *e, bool adds)
{
	struct mem *m = (struct mem *)e;

	if (m->fail_in == 0)
		return ENGINE_OK;
	if (m->fail_in > 1) {
		m->fail_in--;
		return ENGINE_OK;
	}
	if (m->fail_with == ENGINE_FULL && !adds)
		return ENGINE_OK;
	if (m->fail_with == ENGINE_IO)
		e->failed = true;
	return m->fail_with;
}

static void
mem_upkeep(struct engine *e)
{
	(void)e;
}

static void
mem_sizes(struct engine *e, struct engine_stats *out)
{
	struct mem *m = (struct mem *)e;

	pthread_rwlock_rdlock(&m->lock);
	out->size_used = out->size_map = m->bytes;
	pthread_rwlock_unlock(&m->lock);
}

static void
mem_close(struct engine *e)
{
	struct mem *m = (struct mem *)e;
	struct node *n, *next;

	for (n = m->head; n != NULL; n = next) {
		next = n->next[0];
		free(n->value);
		free(n);
	}
	free(m->undo);
	pthread_rwlock_destroy(&m->lock);
	free(m);
}

static const struct engine_ops mem_ops = {
	.read = mem_read,
	.read_end = mem_read_end,
	.read_free = mem_read_free,
	.write = mem_write,
	.commit = mem_commit,
	.abort = mem_abort,
	.get = mem_get,
	.put = mem_put,
	.del = mem_del,
	.cursor = mem_cursor,
	.seek = mem_seek,
	.step = mem_step,
	.cursor_end = mem_cursor_end,
	.admit = mem_admit,
	.upkeep = mem_upkeep,
	.sizes = mem_sizes,
	.close = mem_close,
};

struct engine *
engine_mem_open(void)
{
	static const struct engine_lmdb_options none = { .schema = 1 };
	struct mem *m = xcalloc(1, sizeof(*m));
	const char *why;

	pthread_rwlock_init(&m->lock, NULL);
	m->head = node_new(LEVELS, SPAN_LIT(""));
	m->random = 1;
	if (engine_begin(&m->base, &mem_ops, &none, &why) != ENGINE_OK)
		abort();
	return &m->base;
}

void
engine_mem_fail(struct engine *e, uint64_t nth, enum engine_status st)
{
	struct mem *m = (struct mem *)e;

	m->fail_with = st;
	m->fail_in = st == ENGINE_OK ? 0 : nth;
}

void
engine_mem_cool(struct engine *e)
{
	e->pool.cold = UINT64_MAX; /* records that must need no disk */
}
