/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "engine_harness.h"

/* What only an engine on a disk can get wrong. */

#define PART 40

static struct harness h;
static struct engine_lmdb_options o;

static struct engine_part
part(uint64_t id)
{
	return (struct engine_part){ PART, id };
}

static void
start(uint64_t map_size)
{
	memset(&h, 0, sizeof(h));
	harness_dir(&h);
	o = (struct engine_lmdb_options){ .dir = h.dir, .map_size = map_size,
		.schema = 1 };
	harness_open(&h, &o);
}

static void
reopen(void)
{
	harness_close(&h);
	harness_open(&h, &o);
}

static const char *
path_of(const char *file)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", h.dir, file);
	return path;
}

/* Opening must fail, with words that have want in them. */
static void
expect_refusal(const char *want)
{
	const char *why = "";

	ck_assert_ptr_null(engine_lmdb_open(&o, &why));
	ck_assert_msg(strstr(why, want) != NULL, "\"%s\" not in \"%s\"", want,
	    why);
	ck_assert_msg(strstr(why, h.dir) != NULL, "no name in \"%s\"", why);
}

/* ---- a record and a blob ---- */

struct put {
	const char *key, *value;
	struct engine_blob *blob;
	uint64_t unref;
};

static enum engine_status
put_run(struct engine_txn *txn, struct engine_part p, void *arg)
{
	const struct put *a = arg;

	(void)p;
	if (a->key != NULL)
		engine_put(txn, span_str(a->key), span_str(a->value));
	if (a->blob != NULL)
		engine_blob_ref(txn, engine_blob_id(a->blob));
	if (a->unref != 0)
		engine_blob_unref(txn, a->unref);
	return ENGINE_OK;
}

static enum engine_status
put(uint64_t id, const char *key, const char *value)
{
	struct put a = { .key = key, .value = value };
	struct engine_step step = { part(id), put_run, &a };

	return harness_update(&h, (struct engine_update){ .steps = &step,
					  .nsteps = 1 });
}

static enum engine_status
put_blob(size_t size, uint64_t *id)
{
	struct engine_blob *b = engine_blob_new(h.c, NULL, NULL), *keep;
	struct put a = { .blob = b };
	struct engine_step step = { part(1), put_run, &a };
	enum engine_status st;
	char *p = xmalloc(size + 1);

	memset(p, 'b', size);
	engine_blob_write(b, span_of(p, size));
	free(p);
	engine_blob_finish(b, SPAN_LIT("meta"), 2);
	keep = engine_blob_share(b);
	st = harness_update(&h, (struct engine_update){ .steps = &step,
					.nsteps = 1, .blobs = &b,
					.nblobs = 1 });
	*id = engine_blob_id(keep);
	engine_blob_free(keep);
	return st;
}

static enum engine_status
unref(uint64_t blob)
{
	struct put a = { .unref = blob };
	struct engine_step step = { part(1), put_run, &a };

	return harness_update(&h, (struct engine_update){ .steps = &step,
					  .nsteps = 1 });
}

static enum engine_status
sweep(void)
{
	struct harness_result r = { false, ENGINE_OK };

	engine_sweep(h.c, 0, 1000, harness_done, &r);
	while (!r.done)
		harness_wait(&h);
	return r.st;
}

static void
expect(uint64_t id, const char *key, const char *want)
{
	struct engine_txn *txn = engine_read(h.c);
	struct span v = { 0 };

	ck_assert_int_eq(engine_get(txn, part(id), span_str(key), &v),
	    want != NULL ? ENGINE_OK : ENGINE_NOTFOUND);
	if (want != NULL)
		ck_span_eq(v, want);
	engine_read_end(txn);
}

/* ---- opening ---- */

START_TEST(all_is_there_after_a_restart)
{
	uint64_t one, two;
	struct engine_txn *txn;
	struct span s;

	start(64 << 20);
	ck_assert_int_eq(put(1, "k", "v"), ENGINE_OK);
	ck_assert_int_eq(put_blob(300000, &one), ENGINE_OK);
	reopen();
	expect(1, "k", "v");
	txn = engine_read(h.c);
	ck_assert_int_eq(engine_blob_get(txn, one, 299999, &s), ENGINE_OK);
	ck_span_eq(s, "b");
	engine_read_end(txn);
	/* The last id is not given again, not even when its blob is gone. */
	ck_assert_int_eq(unref(one), ENGINE_OK);
	ck_assert_int_eq(sweep(), ENGINE_OK);
	reopen();
	ck_assert_int_eq(put_blob(10, &two), ENGINE_OK);
	ck_assert_uint_gt(two, one);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(uploads_cut_off_by_a_crash_are_swept)
{
	struct engine_stats s;
	struct engine_client *c;
	struct engine_blob *b;
	char *p = xcalloc(1, 100000);
	uint64_t used;
	pid_t pid;
	int status;

	start(256 << 20);
	harness_close(&h);
	pid = fork();
	if (pid == 0) {
		const char *why;
		struct engine *e = engine_lmdb_open(&o, &why);

		c = engine_client_new(e, NULL, NULL);
		b = engine_blob_new(c, NULL, NULL);
		for (int i = 0; i < 50; i++)
			engine_blob_write(b, span_of(p, 100000));
		do
			engine_stats(e, &s);
		while (s.updates < 8);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	harness_open(&h, &o);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	ck_assert_int_eq(sweep(), ENGINE_OK);
	engine_stats(h.e, &s);
	used = s.size_used;
	/* Its space is used again. */
	for (int i = 0; i < 3; i++) {
		uint64_t id;

		ck_assert_int_eq(put_blob(500000, &id), ENGINE_OK);
	}
	engine_stats(h.e, &s);
	ck_assert_uint_le(s.size_used, used + 600000);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	free(p);
	harness_stop(&h);
}
END_TEST

START_TEST(one_process_opens_it_once)
{
	start(16 << 20);
	expect_refusal("in use");
	harness_stop(&h);
}
END_TEST

START_TEST(a_missing_folder_names_itself)
{
	start(16 << 20);
	harness_close(&h);
	harness_rmdir(&h);
	expect_refusal("No such file");
}
END_TEST

static void
cut_file(off_t size)
{
	ck_assert_int_eq(truncate(path_of("data.mdb"), size), 0);
}

START_TEST(a_file_that_lost_its_end_is_refused)
{
	static const off_t size[] = { 0, 100, 4096, 8192, 100000 };
	static const char *const want[] = { "missing or empty", "damaged",
		"damaged", "truncated", "truncated" };
	uint64_t id;

	start(64 << 20);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(put_blob(100000, &id), ENGINE_OK);
	harness_close(&h);
	cut_file(size[_i]);
	expect_refusal(want[_i]);
	ck_assert_int_eq(unlink(path_of("data.mdb")), 0);
	expect_refusal("missing or empty");
	harness_rmdir(&h);
}
END_TEST

START_TEST(another_file_in_its_place_is_refused)
{
	int fd;

	start(16 << 20);
	harness_close(&h);
	fd = open(path_of("data.mdb"), O_WRONLY | O_TRUNC);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(write(fd, "no database ", 12), 12);
	close(fd);
	expect_refusal("damaged");
	harness_rmdir(&h);
}
END_TEST

/* ---- schema ---- */

/* Form 1 has "old" in each partition, form 2 "new" with a longer value. */
static enum engine_status
migrate(struct engine_txn *txn, uint32_t from, void *arg)
{
	struct engine_part p = { 0, 0 };
	struct span v;
	enum engine_status st;

	ck_assert_uint_eq(from, 1);
	while ((st = engine_migrate_next(txn, &p)) == ENGINE_OK) {
		struct buf b = { 0 };

		st = engine_get(txn, p, SPAN_LIT("old"), &v);
		if (st != ENGINE_OK)
			return st;
		buf_add_span(&b, v);
		buf_adds(&b, "!");
		engine_migrate_part(txn, p);
		engine_put(txn, SPAN_LIT("new"), buf_span(&b));
		engine_del(txn, SPAN_LIT("old"));
		buf_free(&b);
		++*(unsigned *)arg;
	}
	return *(unsigned *)arg > 90 ? ENGINE_CORRUPT : ENGINE_OK;
}

START_TEST(an_older_form_is_brought_up)
{
	unsigned n = 0;

	start(16 << 20);
	ck_assert_int_eq(put(1, "old", "one"), ENGINE_OK);
	ck_assert_int_eq(put(2, "old", "two"), ENGINE_OK);
	ck_assert_int_eq(put(UINT64_MAX, "old", "three"), ENGINE_OK);
	harness_close(&h);
	o.schema = 2;
	expect_refusal("this version");
	o.migrate = migrate;
	o.arg = &n;
	n = 100;
	expect_refusal("this version");
	n = 0;
	harness_open(&h, &o);
	ck_assert_uint_eq(n, 3);
	expect(1, "new", "one!");
	expect(1, "old", NULL);
	expect(2, "new", "two!");
	expect(UINT64_MAX, "new", "three!");
	reopen();
	ck_assert_uint_eq(n, 3);
	harness_close(&h);
	o.schema = 1;
	expect_refusal("newer version");
	harness_rmdir(&h);
}
END_TEST

/* ---- space ---- */

START_TEST(a_full_map_refuses_and_recovers)
{
	uint64_t id[200], n = 0;
	struct engine_stats s;

	start(4 << 20);
	while (n < 200 && put_blob(60000, &id[n]) == ENGINE_OK)
		n++;
	ck_assert_uint_gt(n, 20);
	ck_assert_uint_lt(n, 100);
	/* Deletes go on, and make room. */
	for (uint64_t i = 0; i < n; i++)
		ck_assert_int_eq(unref(id[i]), ENGINE_OK);
	ck_assert_int_eq(put(1, "k", "v"), ENGINE_OK);
	ck_assert_int_eq(sweep(), ENGINE_OK);
	ck_assert_int_eq(sweep(), ENGINE_OK);
	for (uint64_t i = 0; i < n / 2; i++)
		ck_assert_int_eq(put_blob(60000, &id[i]), ENGINE_OK);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	engine_stats(h.e, &s);
	ck_assert_uint_le(s.size_used, s.size_map);
	harness_stop(&h);
}
END_TEST

static enum engine_status
put_much(struct engine_txn *txn, struct engine_part p, void *arg)
{
	static char value[60000];
	char key[16];

	(void)p;
	for (unsigned i = 0; i < *(unsigned *)arg; i++) {
		snprintf(key, sizeof(key), "%u", i);
		engine_put(txn, span_str(key), span_of(value, sizeof(value)));
	}
	return ENGINE_OK;
}

struct count {
	unsigned done, ok;
};

static void
count(void *arg, enum engine_status st)
{
	struct count *c = arg;

	c->done++;
	c->ok += st == ENGINE_OK;
}

/* One that does not fit must not take the others of its batch along. */
START_TEST(a_batch_that_overflows_is_run_singly)
{
	unsigned much = 100;
	struct put small = { .key = "k", .value = "v" };
	struct engine_step big = { part(2), put_much, &much };
	struct engine_step step = { part(1), put_run, &small };
	struct count c = { 0, 0 };

	start(4 << 20);
	for (int i = 0; i < 60; i++) {
		struct engine_update u = { .steps = i % 20 == 10 ? &big : &step,
			.nsteps = 1, .done = count, .arg = &c };

		engine_update(h.c, &u);
	}
	while (c.done < 60)
		harness_wait(&h);
	ck_assert_uint_eq(c.ok, 57);
	expect(1, "k", "v");
	expect(2, "0", NULL);
	ck_assert_uint_eq(engine_verify(h.c, NULL, NULL), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(the_reserve_is_kept)
{
	uint64_t id;

	start(16 << 20);
	o.reserve = (uint64_t)1 << 60;
	reopen();
	ck_assert_int_eq(put_blob(10, &id), ENGINE_FULL);
	ck_assert_int_eq(put(1, "k", "v"), ENGINE_OK);
	o.reserve = 1;
	reopen();
	ck_assert_int_eq(put_blob(10, &id), ENGINE_OK);
	harness_stop(&h);
}
END_TEST

/* ---- damage ---- */

static void
flip(int fd, off_t at, int bit)
{
	unsigned char c;

	ck_assert_int_eq(pread(fd, &c, 1, at), 1);
	c ^= (unsigned char)(1 << bit);
	ck_assert_int_eq(pwrite(fd, &c, 1, at), 1);
}

/* Exit codes of a child that reads everything. */
enum { RIGHT, SAID_SO, SILENTLY_WRONG };

static int
read_records(struct engine_txn *txn)
{
	int found = RIGHT;
	struct span v;
	char key[16];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "%u", i);
		if (engine_get(txn, part(1), span_str(key), &v) != ENGINE_OK)
			found = SAID_SO;
		else if (!span_eq(v, SPAN_LIT("a value")))
			return SILENTLY_WRONG;
	}
	return found;
}

static int
read_blob(struct engine_txn *txn, uint64_t id, size_t size)
{
	struct span v;

	if (engine_blob_meta(txn, id, &v) == ENGINE_OK &&
	    !span_eq(v, SPAN_LIT("meta")))
		return SILENTLY_WRONG;
	if (engine_blob_front(txn, id, &v) == ENGINE_OK &&
	    !span_eq(v, SPAN_LIT("me")) && !span_eq(v, SPAN_LIT("meta")))
		return SILENTLY_WRONG;
	if (engine_blob_get(txn, id, 0, &v) != ENGINE_OK)
		return SAID_SO;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] != 'b')
			return SILENTLY_WRONG;
	}
	return v.n == size ? RIGHT : SILENTLY_WRONG;
}

static int
read_everything(size_t size)
{
	const char *why;
	struct engine *e = engine_lmdb_open(&o, &why);
	struct engine_client *c;
	struct engine_txn *txn;
	int found = RIGHT, st;

	if (e == NULL)
		return SAID_SO;
	c = engine_client_new(e, NULL, NULL);
	txn = engine_read(c);
	st = read_records(txn);
	found = st > found ? st : found;
	for (uint64_t id = 1; id < 10; id++) {
		st = read_blob(txn, id, size);
		found = st > found ? st : found;
	}
	engine_read_end(txn);
	if (found == RIGHT && engine_verify(c, NULL, NULL) > 0)
		found = SAID_SO;
	engine_client_free(c);
	engine_close(e);
	return found;
}

/* Flips in LMDB's own structures may even end it: then a signal is what says
 * so.  None may go on for ever. */
static int
in_a_child(size_t size)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
		alarm(20);
		_exit(read_everything(size));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > SILENTLY_WRONG)
		return SAID_SO;
	return WEXITSTATUS(status);
}

START_TEST(a_flipped_bit_is_found)
{
	const size_t size = 20000;
	struct engine_stats s;
	unsigned found = 0;
	char key[16];
	uint64_t id;
	int fd, st;

	start(4 << 20);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "%u", i);
		ck_assert_int_eq(put(1, key, "a value"), ENGINE_OK);
	}
	for (int i = 0; i < 9; i++)
		ck_assert_int_eq(put_blob(size, &id), ENGINE_OK);
	engine_stats(h.e, &s);
	harness_close(&h);
	fd = open(path_of("data.mdb"), O_RDWR);
	srand((unsigned)_i + 1);
	for (int i = 0; i < 30; i++) {
		off_t at = 8192 + rand() % ((off_t)s.size_used - 8192);
		int bit = rand() % 8;

		flip(fd, at, bit);
		st = in_a_child(size);
		flip(fd, at, bit);
		ck_assert_msg(st != SILENTLY_WRONG, "flip at %ld", (long)at);
		found += st == SAID_SO;
	}
	close(fd);
	ck_assert_uint_gt(found, 10);
	ck_assert_int_eq(in_a_child(size), RIGHT);
	harness_rmdir(&h);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, all_is_there_after_a_restart);
	tcase_add_test(tc, uploads_cut_off_by_a_crash_are_swept);
	tcase_add_test(tc, one_process_opens_it_once);
	tcase_add_test(tc, a_missing_folder_names_itself);
	tcase_add_loop_test(tc, a_file_that_lost_its_end_is_refused, 0, 5);
	tcase_add_test(tc, another_file_in_its_place_is_refused);
	tcase_add_test(tc, an_older_form_is_brought_up);
	tcase_add_test(tc, a_full_map_refuses_and_recovers);
	tcase_add_test(tc, a_batch_that_overflows_is_run_singly);
	tcase_add_test(tc, the_reserve_is_kept);
	tcase_add_loop_test(tc, a_flipped_bit_is_found, 0, 3);
}

int
main(void)
{
	return check_run("engine_lmdb", add);
}
