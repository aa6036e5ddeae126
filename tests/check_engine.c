/* SPDX-License-Identifier: ISC */
#include <pthread.h>

#include "engine_harness.h"
#include "engine_impl.h"
#include "xxh64.h"

/* The contract of engine.h, the same for every engine; _i is which. */

#define PART 40

static struct harness h;

static struct engine_part
part(uint64_t id)
{
	return (struct engine_part){ PART, id };
}

/* ---- a little update: writes, and then says ret ---- */

struct act {
	const char *put[2], *value[2], *del;
	struct engine_blob *ref_new; /* refer to it once stored */
	uint64_t ref, unref;
	bool notify;
	enum engine_status ret;
	unsigned runs;
	const char *want; /* key that must be there; NULL: whatever */
};

static enum engine_status
act(struct engine_txn *txn, struct engine_part p, void *arg)
{
	struct act *a = arg;
	struct span v;

	a->runs++;
	if (a->want != NULL &&
	    engine_get(txn, p, span_str(a->want), &v) != ENGINE_OK)
		return ENGINE_REFUSED;
	for (size_t i = 0; i < 2; i++) {
		if (a->put[i] != NULL)
			engine_put(txn, span_str(a->put[i]),
			    span_str(a->value[i]));
	}
	if (a->put[0] != NULL && a->want == NULL)
		ck_assert_msg(engine_get(txn, p, span_str(a->put[0]), &v) !=
			    ENGINE_OK || !span_eq(v, span_str(a->value[0])) ||
			a->runs > 1, "its own put is seen");
	if (a->del != NULL)
		engine_del(txn, span_str(a->del));
	if (a->ref_new != NULL)
		engine_blob_ref(txn, engine_blob_id(a->ref_new));
	if (a->ref != 0)
		engine_blob_ref(txn, a->ref);
	if (a->unref != 0)
		engine_blob_unref(txn, a->unref);
	if (a->notify)
		engine_notify(txn, p);
	return a->ret;
}

static enum engine_status
update(uint64_t id, struct act *a)
{
	struct engine_step step = { part(id), act, a };

	return harness_update(&h, (struct engine_update){ .steps = &step,
					  .nsteps = 1 });
}

static enum engine_status
update_blob(uint64_t id, struct act *a, struct engine_blob *b)
{
	struct engine_step step = { part(id), act, a };

	a->ref_new = b;
	return harness_update(&h, (struct engine_update){ .steps = &step,
					  .nsteps = 1, .blobs = &b,
					  .nblobs = 1 });
}

static void
expect(uint64_t id, const char *key, const char *want)
{
	struct engine_txn *txn = engine_read(h.c);
	struct span v = { 0 };
	enum engine_status st = engine_get(txn, part(id), span_str(key), &v);

	if (want == NULL) {
		ck_assert_int_eq(st, ENGINE_NOTFOUND);
	} else {
		ck_assert_int_eq(st, ENGINE_OK);
		ck_span_eq(v, want);
	}
	engine_read_end(txn);
}

/* ---- records ---- */

START_TEST(update_is_all_or_nothing)
{
	struct act ok = { .put = { "a", "b" }, .value = { "1", "2" } };
	struct act no = { .put = { "a", "c" }, .value = { "9", "9" },
		.del = "b", .ret = ENGINE_REFUSED };

	harness_start(&h, _i);
	ck_assert_int_eq(update(1, &ok), ENGINE_OK);
	ck_assert_int_eq(update(1, &no), ENGINE_REFUSED);
	expect(1, "a", "1");
	expect(1, "b", "2");
	expect(1, "c", NULL);
	expect(2, "a", NULL);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(steps_run_in_order_and_fail_together)
{
	struct act one = { .put = { "a" }, .value = { "1" } };
	struct act two = { .put = { "b" }, .value = { "2" }, .want = "a" };
	struct act bad = { .ret = ENGINE_REFUSED };
	struct engine_step steps[] = { { part(1), act, &one },
		{ part(1), act, &two }, { part(2), act, &bad } };
	struct engine_update u = { .steps = steps, .nsteps = 3 };

	harness_start(&h, _i);
	ck_assert_int_eq(harness_update(&h, u), ENGINE_REFUSED);
	expect(1, "a", NULL);
	expect(1, "b", NULL);
	u.nsteps = 2;
	ck_assert_int_eq(harness_update(&h, u), ENGINE_OK);
	expect(1, "a", "1");
	expect(1, "b", "2");
	harness_stop(&h);
}
END_TEST

static enum engine_status
too_big(struct engine_txn *txn, struct engine_part p, void *arg)
{
	static char big[ENGINE_VALUE_MAX + 1];

	(void)p;
	if (*(int *)arg == 0)
		engine_put(txn, SPAN_LIT("k"), span_of(big, sizeof(big)));
	else if (*(int *)arg == 1)
		engine_put(txn, span_of(big, ENGINE_KEY_MAX + 1), SPAN_LIT(""));
	else
		engine_put(txn, span_of(big, ENGINE_KEY_MAX),
		    span_of(big, ENGINE_VALUE_MAX));
	return ENGINE_OK;
}

START_TEST(sizes_are_limited)
{
	static const enum engine_status want[] = { ENGINE_TOOBIG,
		ENGINE_TOOBIG, ENGINE_OK };

	harness_start(&h, _i);
	for (int i = 0; i < 3; i++) {
		struct engine_step step = { part(1), too_big, &i };

		ck_assert_int_eq(harness_update(&h,
				     (struct engine_update){ .steps = &step,
					     .nsteps = 1 }),
		    want[i]);
	}
	harness_stop(&h);
}
END_TEST

static void
scan_all(struct engine_scan s, const char *want)
{
	struct engine_txn *txn = engine_read(h.c);
	struct buf got = { 0 };

	while (engine_scan_next(txn, &s) == ENGINE_OK) {
		buf_add_span(&got, s.key);
		buf_addc(&got, '=');
		buf_add_span(&got, s.value);
		buf_addc(&got, ' ');
	}
	engine_scan_end(&s);
	engine_read_end(txn);
	ck_buf_eq(&got, want);
	buf_free(&got);
}

START_TEST(scan_keeps_to_its_partition_and_order)
{
	struct act a = { .put = { "b", "d" }, .value = { "1", "2" } };
	struct act b = { .put = { "\xff\xff", "a" }, .value = { "3", "4" } };
	struct act c = { .put = { "x", "" }, .value = { "5", "6" } };
	const struct engine_part last = { 255, UINT64_MAX };

	harness_start(&h, _i);
	ck_assert_int_eq(update(7, &a), ENGINE_OK);
	ck_assert_int_eq(update(7, &b), ENGINE_OK);
	ck_assert_int_eq(update(8, &c), ENGINE_OK);
	ck_assert_int_eq(update(6, &c), ENGINE_OK);
	scan_all((struct engine_scan){ .part = part(7) },
	    "a=4 b=1 d=2 \xff\xff=3 ");
	scan_all((struct engine_scan){ .part = part(7), .reverse = true },
	    "\xff\xff=3 d=2 b=1 a=4 ");
	scan_all((struct engine_scan){ .part = part(7),
		     .from = SPAN_LIT("c") }, "d=2 \xff\xff=3 ");
	scan_all((struct engine_scan){ .part = part(7), .reverse = true,
		     .from = SPAN_LIT("c") }, "b=1 a=4 ");
	scan_all((struct engine_scan){ .part = part(7), .reverse = true,
		     .from = SPAN_LIT("b") }, "b=1 a=4 ");
	scan_all((struct engine_scan){ .part = part(8) }, "=6 x=5 ");
	scan_all((struct engine_scan){ .part = part(9) }, "");
	scan_all((struct engine_scan){ .part = part(5), .reverse = true }, "");
	scan_all((struct engine_scan){ .part = last, .reverse = true }, "");
	harness_stop(&h);
}
END_TEST

START_TEST(snapshot_does_not_change)
{
	struct act one = { .put = { "a" }, .value = { "1" } };
	struct act two = { .put = { "a" }, .value = { "2" } };
	struct harness_result r = { false, ENGINE_OK };
	struct engine_step step = { part(1), act, &two };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = harness_done, .arg = &r };
	struct engine_txn *txn;
	struct span v;

	harness_start(&h, _i);
	ck_assert_int_eq(update(1, &one), ENGINE_OK);
	txn = engine_read(h.c);
	engine_update(h.c, &u);
	ck_assert_ptr_eq(engine_read(h.c), txn);
	for (int i = 0; i < 50; i++) {
		usleep(200);
		ck_assert_int_eq(engine_get(txn, part(1), SPAN_LIT("a"), &v),
		    ENGINE_OK);
		ck_span_eq(v, "1");
	}
	engine_read_end(txn);
	engine_read_end(txn);
	while (!r.done)
		harness_wait(&h);
	expect(1, "a", "2");
	harness_stop(&h);
}
END_TEST

/* ---- blobs ---- */

/* Bytes that differ from chunk to chunk. */
static void
fill(char *p, size_t n, uint64_t off)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)((off + i) * 2654435761u >> 13);
}

struct flow {
	struct engine_blob *b;
	bool drained;
	unsigned waits;
};

static void
drained(void *arg)
{
	((struct flow *)arg)->drained = true;
}

static struct engine_blob *
blob_write(size_t size, size_t piece, struct span meta, unsigned *waits)
{
	struct flow f = { 0 };
	char *p = xmalloc(piece);

	f.b = engine_blob_new(h.c, drained, &f);
	for (size_t off = 0; off < size;) {
		size_t n = size - off < piece ? size - off : piece;

		fill(p, n, off);
		off += n;
		f.drained = false;
		if (engine_blob_write(f.b, span_of(p, n)))
			continue;
		f.waits++;
		while (!f.drained)
			harness_wait(&h);
	}
	free(p);
	engine_blob_finish(f.b, meta, meta.n / 2);
	ck_assert_uint_eq(engine_blob_size(f.b), size);
	if (waits != NULL)
		*waits = f.waits;
	return f.b;
}

static void
blob_expect_start(struct engine_txn *txn, uint64_t id, size_t size)
{
	char want[100];
	size_t n = size < sizeof(want) ? size : sizeof(want);
	uint64_t sum;
	struct span s;

	fill(want, n, 0);
	sum = xxh64(want, n, 0);
	ck_assert_int_eq(engine_blob_start(txn, id, n, sum, &s), ENGINE_OK);
	ck_assert(span_eq(s, span_of(want, n)));
	ck_assert_int_eq(engine_blob_start(txn, id, n, sum + 1, &s),
	    ENGINE_CORRUPT);
	if (size < ENGINE_START_MAX)
		ck_assert_int_eq(engine_blob_start(txn, id, size + 1, sum, &s),
		    ENGINE_CORRUPT);
}

static void
blob_expect(uint64_t id, size_t size, struct span meta)
{
	struct engine_txn *txn = engine_read(h.c);
	char *want = xmalloc(65536);
	struct span s;
	size_t off = 0;

	while (off < size) {
		ck_assert_int_eq(engine_blob_get(txn, id, off, &s), ENGINE_OK);
		ck_assert_uint_gt(s.n, 0);
		ck_assert_uint_le(s.n, size - off);
		fill(want, s.n, off);
		ck_assert_int_eq(memcmp(want, s.p, s.n), 0);
		off += s.n;
	}
	ck_assert_int_eq(engine_blob_get(txn, id, size, &s), ENGINE_NOTFOUND);
	if (size > 0) {
		ck_assert_int_eq(engine_blob_get(txn, id, size - 1, &s),
		    ENGINE_OK);
		ck_assert_uint_eq(s.n, 1);
		blob_expect_start(txn, id, size);
	}
	ck_assert_int_eq(engine_blob_meta(txn, id, &s), ENGINE_OK);
	ck_assert(span_eq(s, meta));
	ck_assert_int_eq(engine_blob_front(txn, id, &s), ENGINE_OK);
	ck_assert(span_eq(s, meta) || span_eq(s, span_sub(meta, 0,
	    meta.n / 2)));
	free(want);
	engine_read_end(txn);
}

static const size_t blob_sizes[] = { 0, 1, 4096, 65511, 65512, 65513, 131024,
	524096, 524097, 1 << 20, 5000000 };
#define NSIZES (sizeof(blob_sizes) / sizeof(blob_sizes[0]))

START_TEST(blob_comes_back)
{
	size_t size = blob_sizes[_i % (int)NSIZES];
	struct span meta = SPAN_LIT("beside");
	struct act a = { .put = { "a" }, .value = { "1" } };
	struct engine_blob *b, *keep;
	unsigned waits;

	harness_start(&h, _i / (int)NSIZES);
	b = blob_write(size, size % 7919 + 100, meta, &waits);
	keep = engine_blob_share(b);
	ck_assert_int_eq(update_blob(1, &a, b), ENGINE_OK);
	ck_assert_uint_ge(engine_blob_id(keep), 1);
	blob_expect(engine_blob_id(keep), size, meta);
	ck_assert(waits == 0 || size >= ENGINE_BLOB_WINDOW);
	engine_blob_free(keep);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

/* In the order of their ids, against it, and with gaps; what is not there is
 * not found. */
START_TEST(blobs_are_read_in_any_order)
{
	static const int step[] = { 1, -1, 2, 3, 7 };
	struct engine_txn *txn;
	uint64_t first = 0;
	struct span s;

	harness_start(&h, _i);
	for (unsigned i = 0; i < 40; i++) {
		struct act a = { 0 };
		struct engine_blob *b = blob_write(100 + i, 9,
		    SPAN_LIT("beside"), NULL);
		struct engine_blob *keep = engine_blob_share(b);

		ck_assert_int_eq(update_blob(1, &a, b), ENGINE_OK);
		if (i == 0)
			first = engine_blob_id(keep);
		ck_assert_uint_eq(engine_blob_id(keep), first + i);
		engine_blob_free(keep);
	}
	txn = engine_read(h.c);
	for (size_t n = 0; n < sizeof(step) / sizeof(step[0]); n++) {
		for (int i = step[n] < 0 ? 39 : 0; i >= 0 && i < 40;
		     i += step[n])
			blob_expect(first + (uint64_t)i, 100 + (size_t)i,
			    SPAN_LIT("beside"));
		ck_assert_int_eq(engine_blob_front(txn, first + 40, &s),
		    ENGINE_NOTFOUND);
		ck_assert_int_eq(engine_blob_get(txn, first + 41, 0, &s),
		    ENGINE_NOTFOUND);
	}
	engine_read_end(txn);
	harness_stop(&h);
}
END_TEST

/* The first form of a head, made by hand. */
struct old_head {
	struct engine_job job;
	uint64_t blob;
	bool done;
};

static enum engine_status
old_head_run(struct engine_txn *txn, struct engine_job *job)
{
	char v[48 + 6] = { 1, 0, 0, 0, 6 };

	v[8] = 10;
	memcpy(v + 48, "beside", 6);
	return engine_record_put(txn,
	    engine_own(ENGINE_T_HEAD, ((struct old_head *)job)->blob),
	    SPAN_LIT(""), span_of(v, sizeof(v)));
}

static void
old_head_done(struct engine_job *job)
{
	((struct old_head *)job)->done = true;
}

START_TEST(head_of_the_first_version_is_read)
{
	struct act a = { 0 };
	struct engine_blob *b, *keep;
	struct old_head old = { .job = { .run = old_head_run,
		.done = old_head_done } };

	harness_start(&h, _i);
	b = blob_write(10, 3, SPAN_LIT("new"), NULL);
	keep = engine_blob_share(b);
	ck_assert_int_eq(update_blob(1, &a, b), ENGINE_OK);
	old.blob = engine_blob_id(keep);
	engine_blob_free(keep);
	engine_submit(h.c, &old.job);
	while (!old.done)
		harness_wait(&h);
	blob_expect(old.blob, 10, SPAN_LIT("beside"));
	harness_stop(&h);
}
END_TEST

START_TEST(meta_of_any_length)
{
	static const size_t len[] = { 0, 65464, 65465, 65512, 200000,
		65456, 65457, ENGINE_META_MAX };
	char *p = xmalloc(ENGINE_META_MAX + 1);

	harness_start(&h, _i);
	fill(p, ENGINE_META_MAX + 1, 5);
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		struct act a = { 0 };
		struct engine_blob *b = blob_write(10, 3, span_of(p, len[i]),
		    NULL);
		struct engine_blob *keep = engine_blob_share(b);

		ck_assert_int_eq(update_blob(1, &a, b), ENGINE_OK);
		blob_expect(engine_blob_id(keep), 10, span_of(p, len[i]));
		engine_blob_free(keep);
	}
	{
		struct act a = { 0 };
		struct engine_blob *b = blob_write(10, 3,
		    span_of(p, ENGINE_META_MAX + 1), NULL);

		ck_assert_int_eq(update_blob(1, &a, b), ENGINE_TOOBIG);
	}
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	free(p);
	harness_stop(&h);
}
END_TEST

static uint64_t
refs(uint64_t id)
{
	struct engine_txn *txn = engine_read(h.c);
	struct engine_blob_info info = { 0 };
	enum engine_status st = engine_blob_stat(txn, id, &info);

	engine_read_end(txn);
	return st == ENGINE_OK ? info.refs : UINT64_MAX;
}

static void
sweep(uint64_t age, size_t max)
{
	struct harness_result r = { false, ENGINE_OK };

	engine_sweep(h.c, age, max, harness_done, &r);
	while (!r.done)
		harness_wait(&h);
	ck_assert_int_eq(r.st, ENGINE_OK);
}

START_TEST(references_decide_how_long_a_blob_lives)
{
	struct act a = { 0 }, more = { 0 }, less = { 0 }, both = { 0 };
	struct engine_blob *b, *keep;
	uint64_t id;

	harness_start(&h, _i);
	b = blob_write(200000, 65536, SPAN_LIT(""), NULL);
	keep = engine_blob_share(b);
	ck_assert_int_eq(update_blob(1, &a, b), ENGINE_OK);
	id = engine_blob_id(keep);
	engine_blob_free(keep);
	ck_assert_uint_eq(refs(id), 1);
	more.ref = less.unref = both.ref = both.unref = id;
	ck_assert_int_eq(update(2, &more), ENGINE_OK);
	ck_assert_int_eq(update(2, &both), ENGINE_OK);
	ck_assert_uint_eq(refs(id), 2);
	ck_assert_int_eq(update(2, &less), ENGINE_OK);
	ck_assert_int_eq(update(1, &less), ENGINE_OK);
	ck_assert_uint_eq(refs(id), 0);
	sweep(3600, 100);
	blob_expect(id, 200000, SPAN_LIT(""));
	ck_assert_int_eq(update(1, &more), ENGINE_OK);
	sweep(0, 100);
	blob_expect(id, 200000, SPAN_LIT(""));
	ck_assert_int_eq(update(1, &less), ENGINE_OK);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	sweep(0, 100);
	ck_assert_uint_eq(refs(id), UINT64_MAX);
	ck_assert_int_eq(update(1, &more), ENGINE_CORRUPT);
	ck_assert_int_eq(update(1, &less), ENGINE_OK);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

/* What was stored when nothing came of it is swept, and never served. */
START_TEST(given_up_uploads_leave_nothing)
{
	struct engine_stats before, after;
	struct act no = { .ret = ENGINE_REFUSED };
	struct act made = { .put = { "a" }, .value = { "b" } };
	struct engine_blob *b, *keep;

	harness_start(&h, _i);
	engine_stats(h.e, &before);
	b = blob_write(5000000, 65536, SPAN_LIT(""), NULL);
	keep = engine_blob_share(b);
	ck_assert_int_eq(update_blob(1, &no, b), ENGINE_REFUSED);
	ck_assert_uint_eq(refs(engine_blob_id(keep)), UINT64_MAX);
	engine_blob_free(keep);
	b = blob_write(3000000, 65536, SPAN_LIT(""), NULL);
	engine_blob_free(b);
	b = engine_blob_new(h.c, NULL, NULL);
	engine_blob_free(b);
	ck_assert_int_eq(update(1, &made), ENGINE_OK);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	for (int i = 0; i < 3; i++)
		sweep(3600, 100);
	engine_stats(h.e, &after);
	if (_i == HARNESS_MEM)
		ck_assert_uint_le(after.size_used, before.size_used + 64);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(a_shared_blob_outlives_a_failed_update)
{
	struct act no = { .ret = ENGINE_REFUSED }, yes = { 0 };
	size_t size = _i / HARNESS_ENGINES == 0 ? 1000 : 3000000;
	struct engine_blob *b, *keep;

	harness_start(&h, _i % HARNESS_ENGINES);
	b = blob_write(size, 65536, SPAN_LIT("m"), NULL);
	keep = engine_blob_share(b);
	ck_assert_int_eq(update_blob(1, &no, b), ENGINE_REFUSED);
	b = engine_blob_share(keep);
	ck_assert_int_eq(update_blob(1, &yes, b), ENGINE_OK);
	b = engine_blob_share(keep);
	ck_assert_int_eq(update_blob(2, &yes, b), ENGINE_OK);
	blob_expect(engine_blob_id(keep), size, SPAN_LIT("m"));
	ck_assert_uint_eq(refs(engine_blob_id(keep)), 2);
	engine_blob_free(keep);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

/* ---- watching ---- */

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

static struct engine_watch *other;

static void
unwatch_other(void *arg)
{
	count(arg);
	engine_unwatch(other);
	other = NULL;
}

START_TEST(watchers_are_told_after_the_fact)
{
	struct act hint = { .put = { "a" }, .value = { "1" }, .notify = true };
	struct act fail = { .notify = true, .ret = ENGINE_REFUSED };
	unsigned here = 0, there = 0, both = 0;
	struct engine_watch *w;

	harness_start(&h, _i);
	w = engine_watch(h.c, part(1), count, &here);
	other = engine_watch(h.c, part(2), count, &there);
	ck_assert_int_eq(update(1, &hint), ENGINE_OK);
	engine_dispatch(h.c);
	ck_assert_uint_eq(here, 1);
	ck_assert_uint_eq(there, 0);
	ck_assert_int_eq(update(1, &fail), ENGINE_REFUSED);
	engine_dispatch(h.c);
	ck_assert_uint_eq(here, 1);
	engine_unwatch(w);
	engine_unwatch(other);
	w = engine_watch(h.c, part(1), unwatch_other, &both);
	other = engine_watch(h.c, part(1), count, &there);
	ck_assert_int_eq(update(1, &hint), ENGINE_OK);
	engine_dispatch(h.c);
	ck_assert_uint_eq(here, 1);
	ck_assert_uint_eq(there, 0);
	ck_assert_uint_eq(both, 1);
	engine_unwatch(w);
	harness_stop(&h);
}
END_TEST

/* ---- one batch ---- */

START_TEST(held_updates_are_one_batch)
{
	struct act a = { .put = { "a" }, .value = { "1" } };
	struct engine_step step = { part(1), act, &a };
	struct harness_result r[50] = { 0 };
	struct engine_stats before, after;

	harness_start(&h, _i);
	engine_stats(h.e, &before);
	engine_hold(h.c);
	for (size_t i = 0; i < 50; i++) {
		struct engine_update u = { .steps = &step, .nsteps = 1,
			.done = harness_done, .arg = &r[i] };

		engine_update(h.c, &u);
	}
	engine_release(h.c);
	for (size_t i = 0; i < 50; i++) {
		while (!r[i].done)
			harness_wait(&h);
		ck_assert_int_eq(r[i].st, ENGINE_OK);
	}
	engine_stats(h.e, &after);
	ck_assert_uint_eq(after.batches - before.batches, 1);
	ck_assert_uint_eq(after.updates - before.updates, 50);
	harness_stop(&h);
}
END_TEST

/* ---- many clients at once ---- */

#define THREADS 4
#define ROUNDS  200

static enum engine_status
increment(struct engine_txn *txn, struct engine_part p, void *arg)
{
	uint64_t n = 0;
	struct span v;

	(void)arg;
	if (engine_get(txn, p, SPAN_LIT("n"), &v) == ENGINE_OK)
		memcpy(&n, v.p, sizeof(n));
	n++;
	engine_put(txn, SPAN_LIT("n"), span_of((char *)&n, sizeof(n)));
	return ENGINE_OK;
}

/* Puts in one step, fails in the next: its batch must not suffer. */
static enum engine_status
refuse(struct engine_txn *txn, struct engine_part p, void *arg)
{
	(void)txn;
	(void)p;
	(void)arg;
	return ENGINE_REFUSED;
}

struct tally {
	unsigned done, ok;
};

static void
tally(void *arg, enum engine_status st)
{
	struct tally *t = arg;

	t->done++;
	t->ok += st == ENGINE_OK;
}

static void *
client(void *arg)
{
	struct harness mine = { .e = arg };
	struct engine_step step[] = { { part(1), increment, NULL },
		{ part(2), refuse, NULL } };
	struct tally t = { 0, 0 };

	sem_init(&mine.woken, 0, 0);
	mine.c = engine_client_new(mine.e, harness_wake, &mine.woken);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct engine_update u = { .steps = step,
			.nsteps = i % 8 == 7 ? 2 : 1, .done = tally,
			.arg = &t };

		engine_update(mine.c, &u);
		if (i % 16 == 15)
			harness_wait(&mine);
	}
	while (t.done < ROUNDS)
		harness_wait(&mine);
	engine_client_free(mine.c);
	sem_destroy(&mine.woken);
	ck_assert_uint_eq(t.ok, ROUNDS - ROUNDS / 8);
	return NULL;
}

START_TEST(clients_share_batches_not_failures)
{
	pthread_t thread[THREADS];
	struct engine_txn *txn;
	struct span v = { 0 };
	uint64_t n = 0;

	harness_start(&h, _i);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, client, h.e),
		    0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	txn = engine_read(h.c);
	ck_assert_int_eq(engine_get(txn, part(1), SPAN_LIT("n"), &v),
	    ENGINE_OK);
	memcpy(&n, v.p, sizeof(n));
	engine_read_end(txn);
	ck_assert_uint_eq(n, THREADS * (ROUNDS - ROUNDS / 8));
	harness_stop(&h);
}
END_TEST

START_TEST(a_client_that_leaves_gets_all_its_answers)
{
	struct engine_step step = { part(1), increment, NULL };
	struct tally t = { 0, 0 };
	struct engine_client *c;

	harness_start(&h, _i);
	c = engine_client_new(h.e, NULL, NULL);
	for (int i = 0; i < 100; i++)
		engine_update(c, &(struct engine_update){ .steps = &step,
					 .nsteps = 1, .done = tally,
					 .arg = &t });
	engine_client_free(c);
	ck_assert_uint_eq(t.ok, 100);
	harness_stop(&h);
}
END_TEST

/* ---- the reader pool ---- */

#define POOL_READS 100

struct pooled {
	pthread_t asked;
	size_t seen, done;
};

static void
read_apart(struct engine_txn *txn, void *arg)
{
	struct pooled *p = arg;
	struct span v;

	ck_assert(!pthread_equal(pthread_self(), p->asked));
	p->seen += engine_get(txn, part(1), SPAN_LIT("k"), &v) == ENGINE_OK;
}

static void
on_read(void *arg)
{
	struct pooled *p = arg;

	ck_assert(pthread_equal(pthread_self(), p->asked));
	ck_assert_uint_eq(p->seen, ++p->done);
}

START_TEST(the_pool_reads_and_tells_the_client)
{
	struct act a = { .put = { "k" }, .value = { "v" } };
	struct pooled p[POOL_READS] = { 0 };

	harness_start(&h, _i);
	ck_assert_int_eq(update(1, &a), ENGINE_OK);
	for (size_t i = 0; i < POOL_READS; i++) {
		p[i].asked = pthread_self();
		engine_pool_read(h.c, read_apart, on_read, &p[i]);
	}
	for (size_t i = 0; i < POOL_READS; i++) {
		while (p[i].done == 0)
			harness_wait(&h);
	}
	harness_stop(&h);
}
END_TEST

START_TEST(a_client_that_leaves_waits_for_the_pool)
{
	struct act a = { .put = { "k" }, .value = { "v" } };
	struct pooled p[POOL_READS] = { 0 };
	struct engine_client *c;

	harness_start(&h, _i);
	ck_assert_int_eq(update(1, &a), ENGINE_OK);
	c = engine_client_new(h.e, NULL, NULL);
	for (size_t i = 0; i < POOL_READS; i++) {
		p[i].asked = pthread_self();
		engine_pool_read(c, read_apart, on_read, &p[i]);
	}
	engine_client_free(c);
	for (size_t i = 0; i < POOL_READS; i++)
		ck_assert_uint_eq(p[i].done, 1);
	harness_stop(&h);
}
END_TEST

START_TEST(what_is_in_memory_is_not_cold_for_long)
{
	struct act a = { .put = { "k" }, .value = { "v" } };

	harness_start(&h, _i);
	ck_assert_int_eq(update(1, &a), ENGINE_OK);
	ck_assert(engine_cold(h.c) == (_i == HARNESS_LMDB));
	while (engine_cold(h.c)) {
		struct pooled p = { .asked = pthread_self() };

		engine_pool_read(h.c, read_apart, on_read, &p);
		while (p.done == 0)
			harness_wait(&h);
	}
	harness_stop(&h);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, update_is_all_or_nothing, 0, n);
	tcase_add_loop_test(tc, steps_run_in_order_and_fail_together, 0, n);
	tcase_add_loop_test(tc, sizes_are_limited, 0, n);
	tcase_add_loop_test(tc, scan_keeps_to_its_partition_and_order, 0, n);
	tcase_add_loop_test(tc, snapshot_does_not_change, 0, n);
	tcase_add_loop_test(tc, blob_comes_back, 0, n * (int)NSIZES);
	tcase_add_loop_test(tc, meta_of_any_length, 0, n);
	tcase_add_loop_test(tc, head_of_the_first_version_is_read, 0, n);
	tcase_add_loop_test(tc, blobs_are_read_in_any_order, 0, n);
	tcase_add_loop_test(tc, references_decide_how_long_a_blob_lives, 0, n);
	tcase_add_loop_test(tc, given_up_uploads_leave_nothing, 0, n);
	tcase_add_loop_test(tc, a_shared_blob_outlives_a_failed_update, 0,
	    n * 2);
	tcase_add_loop_test(tc, held_updates_are_one_batch, 0, n);
	tcase_add_loop_test(tc, watchers_are_told_after_the_fact, 0, n);
	tcase_add_loop_test(tc, clients_share_batches_not_failures, 0, n);
	tcase_add_loop_test(tc, a_client_that_leaves_gets_all_its_answers, 0,
	    n);
	tcase_add_loop_test(tc, the_pool_reads_and_tells_the_client, 0, n);
	tcase_add_loop_test(tc, a_client_that_leaves_waits_for_the_pool, 0, n);
	tcase_add_loop_test(tc, what_is_in_memory_is_not_cold_for_long, 0, n);
}

int
main(void)
{
	return check_run("engine", add);
}
