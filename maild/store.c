/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>

#include "log.h"
#include "store_impl.h"
#include "store_purge.h"
#include "store_quota.h"
#include "store_recent.h"
#include "store_sorts.h"
#include "store_views.h"

const char *
store_strerror(enum store_status st)
{
	static const char *const words[] = {
		[STORE_OK] = "done",
		[STORE_NONEXISTENT] = "it does not exist",
		[STORE_EXPUNGED] = "the message has been expunged",
		[STORE_ALREADYEXISTS] = "it exists already",
		[STORE_DENIED] = "permission denied",
		[STORE_CANNOT] = "that cannot be done",
		[STORE_OVERQUOTA] = "the quota is used up",
		[STORE_LIMIT] = "a limit of this server is reached",
		[STORE_FULL] = "the mail store is full",
		[STORE_UNAVAILABLE] = "the mail store has a fault",
	};

	return words[st];
}

struct store *
store_new(struct engine *e, void (*wake)(void *), void *arg)
{
	struct store *st = xcalloc(1, sizeof(*st));

	st->e = e;
	st->c = engine_client_new(e, wake, arg);
	st->takes = store_takes_new();
	st->limits = xmalloc(sizeof(*st->limits));
	memset(st->limits, 0xff, sizeof(*st->limits)); /* STORE_QUOTA_NONE */
	st->sorts = store_sorts_new(STORE_SORTS_BYTES);
	st->views = store_views_new();
	store_purge_resume(st);
	return st;
}

void
store_dispatch(struct store *st)
{
	engine_dispatch(st->c);
}

void
store_free(struct store *st)
{
	assert(st->depth == 0);
	st->closing = true;
	engine_client_free(st->c);
	store_takes_free(st->takes);
	store_sorts_free(st->sorts);
	store_views_free(st->views);
	free(st->limits);
	free(st);
}

enum engine_status
store_migrate(struct engine_txn *txn, uint32_t from, void *arg)
{
	/* 1 is the first form: there is no older one to come from. */
	(void)txn;
	(void)from;
	(void)arg;
	return ENGINE_REFUSED;
}

void
store_begin(struct store *st)
{
	if (st->depth++ == 0)
		st->txn = engine_read(st->c);
}

void
store_end(struct store *st)
{
	assert(st->depth > 0);
	if (--st->depth > 0)
		return;
	engine_read_end(st->txn);
	st->txn = NULL;
}

/* ---- the reader pool ---- */

struct pool_read {
	struct engine *e;
	void (*fn)(struct store *reader, void *arg);
	void (*done)(void *arg);
	void *arg;
};

static void
pool_run(struct engine_txn *txn, void *arg)
{
	struct pool_read *r = arg;
	struct store reader = { .e = r->e, .txn = txn, .depth = 1 };

	r->fn(&reader, r->arg);
}

static void
pool_done(void *arg)
{
	struct pool_read *r = arg;

	r->done(r->arg);
	free(r);
}

bool
store_cold(struct store *st)
{
	return engine_cold(st->c);
}

void
store_pool_read(struct store *st, void (*fn)(struct store *reader, void *arg),
    void (*done)(void *arg), void *arg)
{
	struct pool_read *r = xmalloc(sizeof(*r));

	*r = (struct pool_read){ st->e, fn, done, arg };
	engine_pool_read(st->c, pool_run, pool_done, r);
}

enum store_status
store_told(enum engine_status st)
{
	static const enum store_status to[] = {
		[ENGINE_OK] = STORE_OK,
		[ENGINE_NOTFOUND] = STORE_NONEXISTENT,
		[ENGINE_FULL] = STORE_FULL,
		[ENGINE_IO] = STORE_UNAVAILABLE,
		[ENGINE_CORRUPT] = STORE_UNAVAILABLE,
		[ENGINE_REFUSED] = STORE_CANNOT,
		[ENGINE_TOOBIG] = STORE_LIMIT,
	};

	if (to[st] == STORE_UNAVAILABLE || to[st] == STORE_FULL)
		log_error("store: fault", "error=%s", engine_strerror(st));
	return to[st];
}

enum engine_status
store_refuse(struct store_op *op, enum store_status st)
{
	op->refused = st;
	return ENGINE_REFUSED;
}

enum store_status
store_op_status(const struct store_op *op, enum engine_status st)
{
	return st == ENGINE_REFUSED ? op->refused : store_told(st);
}

/* ---- an outcome that is known at once ---- */

static enum engine_status
known(struct engine_txn *txn, struct engine_part part, void *arg)
{
	(void)txn;
	(void)part;
	return store_refuse(arg, ((struct store_op *)arg)->refused);
}

static void
known_done(void *arg, enum engine_status st)
{
	struct store_op *op = arg;

	op->done(op->arg, store_op_status(op, st));
	free(op);
}

void
store_later(struct store *st, enum store_status status, store_done done,
    void *arg)
{
	struct store_op *op = xcalloc(1, sizeof(*op));
	struct engine_step step = { store_directory(), known, op };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = known_done, .arg = op };

	op->st = st;
	op->refused = status;
	op->done = done;
	op->arg = arg;
	engine_update(st->c, &u);
}
