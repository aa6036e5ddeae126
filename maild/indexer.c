/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <signal.h>
#include <stdlib.h>

#include "indexer_impl.h"

/* ---- waiting ---- */

/* From the engine's writer. */
static void
wake(void *arg)
{
	struct indexer *x = arg;

	pthread_mutex_lock(&x->mutex);
	x->store_woken = true;
	pthread_cond_signal(&x->woken);
	pthread_mutex_unlock(&x->mutex);
}

void
indexer_wait(struct indexer *x)
{
	pthread_mutex_lock(&x->mutex);
	while (!x->store_woken)
		pthread_cond_wait(&x->woken, &x->mutex);
	x->store_woken = false;
	pthread_mutex_unlock(&x->mutex);
	store_dispatch(x->st);
}

bool
indexer_stopping(struct indexer *x)
{
	bool stopping;

	pthread_mutex_lock(&x->mutex);
	stopping = x->stopping;
	pthread_mutex_unlock(&x->mutex);
	return stopping;
}

static bool
is_on(struct indexer *x)
{
	bool on;

	pthread_mutex_lock(&x->mutex);
	on = x->on;
	pthread_mutex_unlock(&x->mutex);
	return on;
}

/* ---- a segment on its way out ---- */

static void
on_drained(void *arg)
{
	((struct indexer_out *)arg)->drained = true;
}

static void
write_out(void *arg, struct span s)
{
	struct indexer_out *o = arg;

	o->drained = engine_blob_write(o->blob, s);
	while (!o->drained)
		indexer_wait(o->x);
}

void
indexer_out_begin(struct indexer_out *o, struct indexer *x)
{
	*o = (struct indexer_out){ .x = x };
	o->writer.write = write_out;
	o->writer.arg = o;
	o->blob = store_index_blob(x->st, on_drained, o);
}

void
indexer_out_drop(struct indexer_out *o)
{
	engine_blob_free(o->blob);
	segment_writer_clear(&o->writer);
}

struct answer {
	bool come;
	enum store_status status;
};

static void
on_put(void *arg, enum store_status status)
{
	struct answer *a = arg;

	*a = (struct answer){ true, status };
}

static enum store_status
put(struct indexer_box *b, struct store_index *now, struct engine_blob *blob)
{
	struct answer a = { 0 };

	store_index_put(b->x->st, b->mailbox.id, &b->index, now, blob, on_put,
	    &a);
	while (!a.come)
		indexer_wait(b->x);
	return a.status;
}

/* What was put has got its blob's name there. */
static enum store_status
reload(struct indexer_box *b)
{
	enum store_status status;

	store_index_clear(&b->index);
	store_begin(b->x->st);
	status = store_index_get(b->x->st, b->mailbox.id, &b->index);
	store_end(b->x->st);
	return status;
}

static enum store_status
finish(struct indexer_out *o, struct store_index_segment *s)
{
	const struct segment_head *h = &o->writer.head;
	const struct segment_run *last = &h->run[h->nruns - 1];
	struct buf meta = { 0 };
	enum engine_status es;

	segment_finish(&o->writer);
	segment_head_pack(&meta, h);
	*s = (struct store_index_segment){ .first = h->run[0].uid,
		.last = last->uid + last->n - 1, .docs = h->docs,
		.size = engine_blob_size(o->blob) };
	es = engine_blob_finish(o->blob, buf_span(&meta), 0);
	buf_free(&meta);
	return es == ENGINE_OK ? STORE_OK : STORE_UNAVAILABLE;
}

enum store_status
indexer_out_end(struct indexer_out *o, struct indexer_box *b, size_t from)
{
	struct store_index now = { .n = from };
	enum store_status status = STORE_OK;

	now.segment = xcalloc(from + 1, sizeof(*now.segment));
	if (from > 0)
		memcpy(now.segment, b->index.segment,
		    from * sizeof(*now.segment));
	if (o->writer.head.docs > 0) {
		status = finish(o, &now.segment[now.n++]);
	} else {
		engine_blob_free(o->blob);
		o->blob = NULL;
	}
	if (status == STORE_OK) {
		status = put(b, &now, o->blob);
		o->blob = NULL;
	}
	indexer_out_drop(o);
	store_index_clear(&now);
	return status == STORE_OK ? reload(b) : status;
}

/* ---- what is to be done with a mailbox ---- */

static uint64_t
docs_from(const struct store_index *x, size_t from)
{
	uint64_t docs = 0;

	for (; from < x->n; from++)
		docs += x->segment[from].docs;
	return docs;
}

/* The last segments with fewer messages than that, as many as fit into one. */
static size_t
smaller_from(const struct store_index *x, uint32_t docs)
{
	size_t from = x->n;

	while (from > 0 && x->segment[from - 1].docs < docs &&
	    docs_from(x, from - 1) <= SEGMENT_DOCS_MAX)
		from--;
	return from;
}

/* So that a message is written again once for each size, it takes as many as
 * make the next size; or more segments than a search should have to ask. */
static bool
suffice(const struct store_index *x, size_t from, uint32_t docs)
{
	return docs_from(x, from) >= docs ||
	    x->n - from >= INDEXER_MANY;
}

/* False: one could not be merged. */
static bool
merge_many(struct indexer_box *b)
{
	uint32_t docs = INDEXER_MIN * INDEXER_FANOUT;

	while (docs <= SEGMENT_DOCS_MAX) {
		size_t from = smaller_from(&b->index, docs);

		if (!suffice(&b->index, from, docs))
			docs *= INDEXER_FANOUT;
		else if (!indexer_merge(b, from))
			return false;
	}
	return true;
}

/* Where most of its messages have gone an index is mostly waste. */
static void
merge_waste(struct indexer_box *b)
{
	size_t from = smaller_from(&b->index, SEGMENT_DOCS_MAX);
	struct store_counts counts;

	if (store_mailbox_counts(b->x->st, &b->mailbox, &counts) == STORE_OK &&
	    docs_from(&b->index, 0) >
		2 * (uint64_t)counts.messages + INDEXER_MIN)
		indexer_merge(b, from);
}

static void
drop(struct indexer_box *b)
{
	struct store_index none = { 0 };

	if (b->index.n > 0 && put(b, &none, NULL) == STORE_OK)
		store_index_clear(&b->index);
}

static void
extend(struct indexer_box *b, size_t min)
{
	bool merges = merge_many(b);

	/* As they come, so that many at once become no more segments. */
	while (indexer_build(b, min))
		merges = merges && merge_many(b);
	merge_waste(b);
}

static void
look(struct indexer *x, uint64_t mailbox, bool rebuild)
{
	struct indexer_box b = { .x = x };
	uint64_t owner = mailbox >> 32;
	bool on = is_on(x);

	b.mailbox = (struct store_mailbox){ mailbox, owner, owner, STORE_ALL };
	if (reload(&b) != STORE_OK || rebuild || !on)
		drop(&b);
	if (on)
		extend(&b, rebuild ? 1 : INDEXER_MIN);
	store_index_clear(&b.index);
}

/* ---- tasks ---- */

struct ids {
	uint64_t *id;
	size_t n;
};

static bool
add_id(void *arg, uint64_t id)
{
	struct ids *ids = arg;

	ids->id = xrealloc_array(ids->id, ids->n + 1, sizeof(*ids->id));
	ids->id[ids->n++] = id;
	return true;
}

static bool
add_user(void *arg, const struct store_user *u)
{
	return add_id(arg, u->id);
}

static void
look_at_user(struct indexer *x, uint64_t user, bool rebuild)
{
	struct ids ids = { 0 };

	store_begin(x->st);
	store_index_mailboxes(x->st, user, add_id, &ids);
	store_end(x->st);
	for (size_t i = 0; i < ids.n && !indexer_stopping(x); i++)
		look(x, ids.id[i], rebuild);
	free(ids.id);
}

static void
look_at_all(struct indexer *x, bool rebuild)
{
	struct ids ids = { 0 };

	store_begin(x->st);
	store_user_each(x->st, add_user, &ids);
	store_end(x->st);
	for (size_t i = 0; i < ids.n && !indexer_stopping(x); i++)
		look_at_user(x, ids.id[i], rebuild);
	free(ids.id);
}

/* False: it is time to stop. */
static bool
next_task(struct indexer *x, struct indexer_task *t)
{
	pthread_mutex_lock(&x->mutex);
	x->busy = false;
	while (!x->stopping && x->ntasks == 0)
		pthread_cond_wait(&x->woken, &x->mutex);
	x->busy = !x->stopping;
	if (x->busy) {
		*t = x->task[0];
		x->ntasks--;
		memmove(&x->task[0], &x->task[1],
		    x->ntasks * sizeof(x->task[0]));
	}
	pthread_mutex_unlock(&x->mutex);
	return x->busy;
}

static void *
run(void *arg)
{
	struct indexer *x = arg;
	struct indexer_task t = { 0 };

	pthread_setname_np(pthread_self(), "mail-index");
	x->st = store_new(x->e, wake, x);
	while (next_task(x, &t)) {
		if (t.id == 0)
			look_at_all(x, t.rebuild);
		else if ((uint32_t)t.id == 0)
			look_at_user(x, t.id >> 32, t.rebuild);
		else
			look(x, t.id, t.rebuild);
	}
	store_free(x->st);
	return NULL;
}

/* ---- from other threads ---- */

/* With the mutex held.  What is too much for the queue becomes "all". */
static void
add_task(struct indexer *x, struct indexer_task t)
{
	if (x->ntasks == INDEXER_TASKS) {
		for (size_t i = 0; i < x->ntasks; i++)
			t.rebuild |= x->task[i].rebuild;
		t.id = 0;
		x->ntasks = 0;
	}
	for (size_t i = 0; i < x->ntasks; i++) {
		if (x->task[i].id == t.id) {
			x->task[i].rebuild |= t.rebuild;
			return;
		}
	}
	x->task[x->ntasks++] = t;
}

static void
ask(struct indexer *x, uint64_t id, bool rebuild)
{
	pthread_mutex_lock(&x->mutex);
	add_task(x, (struct indexer_task){ id, rebuild });
	pthread_cond_signal(&x->woken);
	pthread_mutex_unlock(&x->mutex);
}

void
indexer_look(struct indexer *x, uint64_t mailbox)
{
	if (is_on(x))
		ask(x, mailbox, false);
}

void
indexer_turn(struct indexer *x, bool on)
{
	bool other;

	pthread_mutex_lock(&x->mutex);
	other = x->on != on;
	x->on = on;
	pthread_mutex_unlock(&x->mutex);
	if (other)
		ask(x, 0, false);
}

void
indexer_rebuild(struct indexer *x, uint64_t user)
{
	ask(x, user << 32, true);
}

bool
indexer_idle(struct indexer *x)
{
	bool idle;

	pthread_mutex_lock(&x->mutex);
	idle = !x->busy && x->ntasks == 0;
	pthread_mutex_unlock(&x->mutex);
	return idle;
}

struct indexer *
indexer_start(struct engine *e, bool on)
{
	struct indexer *x = xcalloc(1, sizeof(*x));
	sigset_t all, old;
	int rc;

	x->e = e;
	x->on = on;
	pthread_mutex_init(&x->mutex, NULL);
	pthread_cond_init(&x->woken, NULL);
	ask(x, 0, false);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&x->thread, NULL, run, x);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return x;
	pthread_mutex_destroy(&x->mutex);
	pthread_cond_destroy(&x->woken);
	free(x);
	return NULL;
}

void
indexer_stop(struct indexer *x)
{
	pthread_mutex_lock(&x->mutex);
	x->stopping = true;
	pthread_cond_signal(&x->woken);
	pthread_mutex_unlock(&x->mutex);
	pthread_join(x->thread, NULL);
	pthread_mutex_destroy(&x->mutex);
	pthread_cond_destroy(&x->woken);
	free(x);
}
