/* SPDX-License-Identifier: ISC */
#ifndef TESTS_ENGINE_HARNESS_H
#define TESTS_ENGINE_HARNESS_H

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "engine.h"
#include "engine_mem.h"

/*
 * A loop for tests: wake posts a semaphore, waiting takes it and dispatches.
 */
struct harness {
	struct engine *e;
	struct engine_client *c;
	sem_t woken;
	char dir[64]; /* of LMDB's; empty: in memory */
};

enum { HARNESS_MEM, HARNESS_LMDB, HARNESS_ENGINES };

static inline void
harness_wake(void *arg)
{
	sem_post(arg);
}

static inline void
harness_wait(struct harness *h)
{
	while (sem_wait(&h->woken) != 0)
		ck_assert_int_eq(errno, EINTR);
	engine_dispatch(h->c);
}

static inline void
harness_dir(struct harness *h)
{
	snprintf(h->dir, sizeof(h->dir), "/tmp/maild-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
}

static inline void
harness_rmdir(struct harness *h)
{
	static const char *const file[] = { "data.mdb", "lock.mdb", "lock" };
	char path[96];

	if (h->dir[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", h->dir, file[i]);
		unlink(path);
	}
	rmdir(h->dir);
}

static inline void
harness_open(struct harness *h, const struct engine_lmdb_options *o)
{
	const char *why = "";

	h->e = o == NULL ? engine_mem_open() : engine_lmdb_open(o, &why);
	ck_assert_msg(h->e != NULL, "%s", why);
	sem_init(&h->woken, 0, 0);
	h->c = engine_client_new(h->e, harness_wake, &h->woken);
}

static inline void
harness_close(struct harness *h)
{
	engine_client_free(h->c);
	engine_close(h->e);
	sem_destroy(&h->woken);
}

/* The engine of that kind, empty. */
static inline void
harness_start(struct harness *h, int kind)
{
	struct engine_lmdb_options o = { .map_size = (uint64_t)1 << 30,
		.schema = 1 };

	memset(h, 0, sizeof(*h));
	if (kind == HARNESS_MEM) {
		harness_open(h, NULL);
		return;
	}
	harness_dir(h);
	o.dir = h->dir;
	harness_open(h, &o);
}

static inline void
harness_stop(struct harness *h)
{
	harness_close(h);
	harness_rmdir(h);
}

/* An update whose outcome is waited for. */
struct harness_result {
	bool done;
	enum engine_status st;
};

static inline void
harness_done(void *arg, enum engine_status st)
{
	struct harness_result *r = arg;

	r->done = true;
	r->st = st;
}

static inline enum engine_status
harness_update(struct harness *h, struct engine_update u)
{
	struct harness_result r = { false, ENGINE_OK };

	u.done = harness_done;
	u.arg = &r;
	engine_update(h->c, &u);
	while (!r.done)
		harness_wait(h);
	return r.st;
}

#endif
