/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine_lmdb.h"

#define MAP_DEFAULT ((uint64_t)1 << 40)
#define GROW        ((uint64_t)64 << 20)
#define ROOM_MAX    ((uint64_t)64 << 20)

/* What the lock file says once the store was written for the first time. */
static const char mark[] = "maild store\n";

/* Open once per process, so one text is enough. */
static char why_text[512];

static const char *
say(const struct lmdb *db, const char *file, const char *what, int err)
{
	snprintf(why_text, sizeof(why_text), "%s%s%s: %s%s%s", db->dir,
	    file[0] != '\0' ? "/" : "", file, what, err != 0 ? ": " : "",
	    err != 0 ? mdb_strerror(err) : "");
	return why_text;
}

/* ---- one process ---- */

static const char *
take_lock(struct lmdb *db, bool *used)
{
	char path[4096], line[sizeof(mark)];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/lock", db->dir);
	db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock_fd < 0)
		return say(db, "lock", "cannot be opened", errno);
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return say(db, "", errno == EWOULDBLOCK ?
			"the store is in use by another process" :
			"the store cannot be locked",
		    errno == EWOULDBLOCK ? 0 : errno);
	n = pread(db->lock_fd, line, sizeof(line), 0);
	if (n < 0)
		return say(db, "lock", "cannot be read", errno);
	*used = n > 0;
	return NULL;
}

/* LMDB syncs its file, not the folder that names it. */
static const char *
set_mark(struct lmdb *db)
{
	ssize_t n = (ssize_t)sizeof(mark) - 1;
	int fd = open(db->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	if (fd < 0)
		return say(db, "", "cannot be opened", errno);
	if (fsync(fd) == 0 && pwrite(db->lock_fd, mark, (size_t)n, 0) == n &&
	    fsync(db->lock_fd) == 0)
		rc = fsync(fd);
	close(fd);
	return rc == 0 ? NULL : say(db, "lock", "cannot be written", errno);
}

/* ---- the file ---- */

static const char *
open_env(struct lmdb *db)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD; /* engine_ask_ahead() */
	int rc;

#ifdef ENGINE_NOSYNC_FOR_TESTS
	/* Only so that the durability test can show that it would notice. */
	flags |= MDB_NOSYNC;
#endif
	if ((rc = mdb_env_create(&db->env)) == 0 &&
	    (rc = mdb_env_set_userctx(db->env, db)) == 0 &&
	    (rc = mdb_env_set_mapsize(db->env, db->map_size)) == 0)
		rc = mdb_env_open(db->env, db->dir, flags, 0600);
	if (rc == MDB_INVALID)
		return say(db, "data.mdb", "is damaged: restore a backup", 0);
	if (rc != 0)
		return say(db, "data.mdb", "cannot be opened", rc);
	return NULL;
}

/* A file that lost its end opens well, and kills with SIGBUS later. */
static const char *
check_length(struct lmdb *db)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat sb;
	int fd;

	mdb_env_info(db->env, &info);
	mdb_env_stat(db->env, &stat);
	db->page = stat.ms_psize;
	db->map_size = info.me_mapsize;
	if (mdb_env_get_fd(db->env, &fd) != 0 || fstat(fd, &sb) != 0)
		return say(db, "data.mdb", "cannot be looked at", errno);
	db->file_size = (uint64_t)sb.st_size;
	if (db->file_size < (info.me_last_pgno + 1) * db->page)
		return say(db, "data.mdb",
		    "is truncated: restore a backup", 0);
	return NULL;
}

static const char *
check_used(const struct lmdb *db)
{
	char path[4096];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/data.mdb", db->dir);
	if (stat(path, &sb) == 0 && sb.st_size > 0)
		return NULL;
	return say(db, "data.mdb", "is missing or empty, though this store "
	    "was in use: restore a backup, or remove the folder", 0);
}

static const char *
open_dbi(struct lmdb *db)
{
	MDB_txn *txn;
	int rc, dead;

	mdb_reader_check(db->env, &dead);
	if ((rc = mdb_txn_begin(db->env, NULL, 0, &txn)) != 0)
		return say(db, "data.mdb", "cannot be written", rc);
	rc = mdb_dbi_open(txn, NULL, 0, &db->dbi);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return rc == 0 ? NULL : say(db, "data.mdb", "cannot be read", rc);
}

static void
release(struct lmdb *db)
{
	if (db->env != NULL)
		mdb_env_close(db->env);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	free(db->dir);
	free(db);
}

static const char *
open_all(struct lmdb *db, const struct engine_lmdb_options *o)
{
	const char *why, *what;
	bool used = false;

	if ((why = take_lock(db, &used)) != NULL)
		return why;
	if (used && (why = check_used(db)) != NULL)
		return why;
	if ((why = open_env(db)) != NULL || (why = check_length(db)) != NULL ||
	    (why = open_dbi(db)) != NULL)
		return why;
	if (engine_begin(&db->base, &lmdb_ops, o, &what) != ENGINE_OK)
		return say(db, "data.mdb", what, 0);
	if (!used && (why = set_mark(db)) != NULL) {
		engine_end(&db->base);
		return why;
	}
	return NULL;
}

struct engine *
engine_lmdb_open(const struct engine_lmdb_options *o, const char **why)
{
	struct lmdb *db = xcalloc(1, sizeof(*db));

	db->lock_fd = -1;
	db->dir = xstrdup(o->dir);
	db->map_size = o->map_size != 0 ? o->map_size : MAP_DEFAULT;
	db->reserve = o->reserve;
	*why = open_all(db, o);
	if (*why == NULL)
		return &db->base;
	release(db);
	return NULL;
}

void
lmdb_close(struct engine *e)
{
	release((struct lmdb *)e);
}

/* ---- space ---- */

/*
 * LMDB does not write pages that a transaction took at the end of the file and
 * gave back, so its file may rightly be shorter than the last page in use.
 * check_length() could not tell that from damage: so the file is kept longer
 * than needed, without blocks behind it, before each transaction.
 */
enum engine_status
lmdb_grow(struct lmdb *db)
{
	MDB_envinfo info;
	uint64_t used, want;
	int fd;

	mdb_env_info(db->env, &info);
	used = (info.me_last_pgno + 1) * db->page;
	if (db->file_size >= db->map_size || db->file_size >= used + GROW / 2)
		return ENGINE_OK;
	want = used + GROW < db->map_size ? used + GROW : db->map_size;
	if (mdb_env_get_fd(db->env, &fd) != 0 || ftruncate(fd, (off_t)want) != 0)
		return lmdb_status(errno);
	db->file_size = want;
	return ENGINE_OK;
}

/* Bytes in pages that are free inside the file. */
static uint64_t
free_inside(struct lmdb *db)
{
	uint64_t pages = 0;
	MDB_cursor *c;
	MDB_txn *txn;
	MDB_val k, v;
	size_t n;

	if (mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn) != 0)
		return 0;
	if (mdb_cursor_open(txn, 0, &c) == 0) {
		while (mdb_cursor_get(c, &k, &v, MDB_NEXT) == 0) {
			memcpy(&n, v.mv_data, sizeof(n));
			pages += n;
		}
		mdb_cursor_close(c);
	}
	mdb_txn_abort(txn);
	return pages * db->page;
}

/*
 * Deletes need space, too, for a while: what adds blobs stops before the end
 * of the map, and at the reserve that the medium must keep.
 */
static enum engine_status
look_for_room(struct lmdb *db)
{
	uint64_t used, map_keep, map_left, disk_left = UINT64_MAX;
	struct statvfs vfs;
	MDB_envinfo info;

	mdb_env_info(db->env, &info);
	used = (info.me_last_pgno + 1) * db->page;
	map_left = db->map_size - used;
	map_keep = db->map_size / 8 < ROOM_MAX ? db->map_size / 8 : ROOM_MAX;
	if (db->reserve > 0 && statvfs(db->dir, &vfs) == 0)
		disk_left = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (map_left >= map_keep && disk_left >= db->reserve)
		return ENGINE_OK;
	used = free_inside(db);
	if (map_left + used >= map_keep && (disk_left >= db->reserve ||
		disk_left + used >= db->reserve))
		return ENGINE_OK;
	return ENGINE_FULL;
}

/* Neither what is left of the map nor of the medium changes before a commit. */
enum engine_status
lmdb_admit(struct engine *e, bool adds)
{
	struct lmdb *db = (struct lmdb *)e;
	enum engine_status st;

	if (!adds || db->roomy)
		return ENGINE_OK;
	st = look_for_room(db);
	db->roomy = st == ENGINE_OK;
	return st;
}

void
lmdb_upkeep(struct engine *e)
{
	int dead;

	mdb_reader_check(((struct lmdb *)e)->env, &dead);
}

void
lmdb_sizes(struct engine *e, struct engine_stats *out)
{
	struct lmdb *db = (struct lmdb *)e;
	MDB_envinfo info;

	mdb_env_info(db->env, &info);
	out->size_used = (info.me_last_pgno + 1) * db->page;
	out->size_map = db->map_size;
}
