/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "auth_store.h"

#include "check.h"

static char dir[] = "/tmp/check_auth_store.XXXXXX";
static char file[64];
static struct auth_store *store;

static void
reopen(void)
{
	struct buf why = { 0 };

	auth_store_close(store);
	store = auth_store_open(dir, &why);
	ck_assert_msg(store != NULL, "%s", why.data);
	buf_free(&why);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/data.mdb", dir);
	reopen();
}

static void
teardown(void)
{
	char lock[64];

	auth_store_close(store);
	snprintf(lock, sizeof(lock), "%s/lock.mdb", dir);
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

static enum auth_store_status
change(const char *user, const char *hash, bool create)
{
	struct auth_change c = { .user = span_str(user),
		.hash = span_str(hash),
		.what = hash[0] == '\0' ? AUTH_CHANGE_DELETE
			: create	? AUTH_CHANGE_CREATE
					: AUTH_CHANGE_PASSWORD };

	auth_store_apply(store, &c, 1);
	return c.status;
}

static void
expect(const char *user, enum auth_store_status st, const char *hash)
{
	struct auth_record r = { 0 };
	struct buf bytes = { 0 };

	ck_assert_int_eq(auth_store_get(store, span_str(user), &bytes, &r), st);
	ck_assert(span_eq(r.hash, span_str(hash)));
	buf_free(&bytes);
}

/* Each step is made, and then seen again in a store opened anew. */
static const struct {
	const char *user, *hash;
	bool create;
	enum auth_store_status status;
	const char *then; /* bob's hash; NULL: there is no bob */
} steps[] = {
	{ "bob", "$y$1", false, AUTH_STORE_NONE, NULL },
	{ "bob", "", false, AUTH_STORE_NONE, NULL },
	{ "bob", "$y$1", true, AUTH_STORE_OK, "$y$1" },
	{ "bob", "$y$2", true, AUTH_STORE_EXISTS, "$y$1" },
	{ "bob", "$y$2", false, AUTH_STORE_OK, "$y$2" },
	{ "bobby", "$y$3", true, AUTH_STORE_OK, "$y$2" },
	{ "", "$y$3", true, AUTH_STORE_FAILED, "$y$2" },
	{ "bob", "", false, AUTH_STORE_OK, NULL },
	{ "bob", "$y$4", true, AUTH_STORE_OK, "$y$4" },
};

START_TEST(changes_last)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ck_assert_int_eq(change(steps[i].user, steps[i].hash,
				     steps[i].create), steps[i].status);
		reopen();
		if (steps[i].then == NULL)
			expect("bob", AUTH_STORE_NONE, "");
		else
			expect("bob", AUTH_STORE_OK, steps[i].then);
	}
	expect("bobby", AUTH_STORE_OK, "$y$3");
}
END_TEST

START_TEST(a_batch_sees_its_own_changes)
{
	struct auth_change c[] = {
		{ .what = AUTH_CHANGE_CREATE, .user = SPAN_LIT("a"),
		    .hash = SPAN_LIT("1") },
		{ .what = AUTH_CHANGE_CREATE, .user = SPAN_LIT("a"),
		    .hash = SPAN_LIT("2") },
		{ .what = AUTH_CHANGE_PASSWORD, .user = SPAN_LIT("b"),
		    .hash = SPAN_LIT("3") },
		{ .what = AUTH_CHANGE_PASSWORD, .user = SPAN_LIT("a"),
		    .hash = SPAN_LIT("4") },
	};

	auth_store_apply(store, c, 4);
	ck_assert_int_eq(c[0].status, AUTH_STORE_OK);
	ck_assert_int_eq(c[1].status, AUTH_STORE_EXISTS);
	ck_assert_int_eq(c[2].status, AUTH_STORE_NONE);
	ck_assert_int_eq(c[3].status, AUTH_STORE_OK);
	expect("a", AUTH_STORE_OK, "4");
	expect("b", AUTH_STORE_NONE, "");
}
END_TEST

START_TEST(a_name_that_is_too_long_is_nobody)
{
	char name[AUTH_STORE_USER_MAX + 2];

	memset(name, 'x', sizeof(name));
	name[AUTH_STORE_USER_MAX + 1] = '\0';
	ck_assert_int_eq(change(name, "$y$1", true), AUTH_STORE_FAILED);
	expect(name, AUTH_STORE_NONE, "");
}
END_TEST

#define HASH "$y$j9T$salt$hash"

/* Where the file has bob's record: key, version, checksum, hash. */
static off_t
find_record(int fd)
{
	char *all = xcalloc(1, 1 << 20), *at;
	ssize_t n = pread(fd, all, 1 << 20, 0);
	off_t found;

	ck_assert_int_gt(n, 0);
	at = memmem(all, (size_t)n, "bob\1", 4);
	ck_assert_ptr_nonnull(at);
	found = at - all;
	free(all);
	return found;
}

/* Whatever bit of it flips, nobody gets another hash. */
START_TEST(damage_is_never_a_wrong_answer)
{
	const off_t len = (off_t)strlen("bob" "v" "checksum" HASH) + 1 +
	    SCRAM_SALT_SIZE + (off_t)sizeof(struct scram_keys) + 2;
	struct auth_record r;
	struct buf got = { 0 };
	char was, now;
	off_t at;
	int fd;

	ck_assert_int_eq(change("bob", HASH, true), AUTH_STORE_OK);
	fd = open(file, O_RDWR);
	at = find_record(fd);
	for (off_t bit = 0; bit < len * 8; bit++) {
		ck_assert_int_eq(pread(fd, &was, 1, at + bit / 8), 1);
		now = (char)(was ^ (1 << bit % 8));
		ck_assert_int_eq(pwrite(fd, &now, 1, at + bit / 8), 1);
		ck_assert_int_eq(auth_store_get(store, SPAN_LIT("bob"), &got, &r),
		    bit < 3 * 8 ? AUTH_STORE_NONE : AUTH_STORE_FAILED);
		ck_assert_int_eq(pwrite(fd, &was, 1, at + bit / 8), 1);
	}
	expect("bob", AUTH_STORE_OK, HASH);
	close(fd);
	buf_free(&got);
}
END_TEST

START_TEST(a_cut_file_is_not_opened)
{
	struct buf why = { 0 };
	struct stat sb;

	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%d", i);
		ck_assert_int_eq(change(name, "$y$j9T$salt$hash", true),
		    AUTH_STORE_OK);
	}
	auth_store_close(store);
	ck_assert_int_eq(stat(file, &sb), 0);
	ck_assert_int_eq(truncate(file, sb.st_size - 4096), 0);
	store = auth_store_open(dir, &why);
	ck_assert_ptr_null(store);
	ck_assert_ptr_nonnull(strstr(why.data, dir));
	buf_free(&why);
}
END_TEST

START_TEST(a_missing_folder_is_named)
{
	struct buf why = { 0 };

	ck_assert_ptr_null(auth_store_open("/nonexistent/auth", &why));
	ck_assert_ptr_nonnull(strstr(why.data, "/nonexistent/auth"));
	buf_free(&why);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, changes_last);
	tcase_add_test(tc, a_batch_sees_its_own_changes);
	tcase_add_test(tc, a_name_that_is_too_long_is_nobody);
	tcase_add_test(tc, damage_is_never_a_wrong_answer);
	tcase_add_test(tc, a_cut_file_is_not_opened);
	tcase_add_test(tc, a_missing_folder_is_named);
}

int
main(void)
{
	return check_run("auth_store", add);
}
