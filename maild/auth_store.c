/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>

#include <lmdb.h>
#include <openssl/evp.h>

#include <stdlib.h>

#include "auth_store.h"
#include "log.h"

#define MAP_SIZE       ((size_t)1 << 32) /* of address space */
#define RECORD_VERSION 1
#define CHECKSUM_SIZE  8
#define HEADER_SIZE    (1 + CHECKSUM_SIZE)

struct auth_store {
	MDB_env *env;
	MDB_dbi dbi;
};

static enum auth_store_status
failed(const char *call, int rc)
{
	log_error("auth: the store of passwords failed", "call=%s error=%s",
	    call, mdb_strerror(rc));
	return AUTH_STORE_FAILED;
}

/* ---- opening ---- */

/*
 * A file that was cut would be mapped, and then end us with SIGBUS.
 */
static int
check_size(MDB_env *env)
{
	mdb_filehandle_t fd;
	struct stat sb;
	MDB_envinfo info;
	MDB_stat st;

	if (mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &sb) < 0 ||
	    mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &st) != 0)
		return MDB_CORRUPTED;
	if ((uint64_t)sb.st_size <
	    (uint64_t)(info.me_last_pgno + 1) * st.ms_psize)
		return MDB_CORRUPTED;
	return 0;
}

static int
open_env(struct auth_store *s, const char *dir)
{
	MDB_txn *txn;
	int rc, dead;

	rc = mdb_env_create(&s->env);
	if (rc == 0)
		rc = mdb_env_set_mapsize(s->env, MAP_SIZE);
	if (rc == 0)
		rc = mdb_env_open(s->env, dir, MDB_NOTLS, 0600);
	if (rc == 0)
		rc = check_size(s->env);
	if (rc == 0)
		rc = mdb_reader_check(s->env, &dead);
	if (rc == 0)
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return rc;
}

struct auth_store *
auth_store_open(const char *dir, struct buf *why)
{
	struct auth_store *s = xcalloc(1, sizeof(*s));
	int rc = open_env(s, dir);

	if (rc == 0)
		return s;
	buf_addf(why, "cannot open the store of passwords %s: %s", dir,
	    mdb_strerror(rc));
	auth_store_close(s);
	return NULL;
}

void
auth_store_close(struct auth_store *s)
{
	if (s == NULL)
		return;
	if (s->env != NULL)
		mdb_env_close(s->env);
	free(s);
}

/* ---- records ---- */

static MDB_val
value_of(struct span s)
{
	return (MDB_val){ s.n, (void *)(uintptr_t)s.p };
}

static bool
key_is_valid(struct span user)
{
	return user.n > 0 && user.n <= AUTH_STORE_USER_MAX;
}

static void
checksum(struct span user, struct span hash, char out[CHECKSUM_SIZE])
{
	unsigned char full[EVP_MAX_MD_SIZE];
	struct buf b = { 0 };

	buf_add_span(&b, user);
	buf_addc(&b, '\0');
	buf_add_span(&b, hash);
	if (EVP_Digest(b.data, b.len, full, NULL, EVP_sha256(), NULL) != 1)
		abort();
	memcpy(out, full, CHECKSUM_SIZE);
	buf_wipe(&b);
}

static void
record_make(struct buf *out, struct span user, struct span hash)
{
	char sum[CHECKSUM_SIZE];

	checksum(user, hash, sum);
	buf_addc(out, RECORD_VERSION);
	buf_add(out, sum, sizeof(sum));
	buf_add_span(out, hash);
}

/* The hash in a record; false: it is damaged. */
static bool
record_read(struct span record, struct span user, struct span *hash)
{
	char sum[CHECKSUM_SIZE];

	if (record.n <= HEADER_SIZE ||
	    record.n > HEADER_SIZE + AUTH_STORE_HASH_MAX ||
	    record.p[0] != RECORD_VERSION)
		return false;
	*hash = span_sub(record, HEADER_SIZE, record.n);
	checksum(user, *hash, sum);
	return memcmp(record.p + 1, sum, sizeof(sum)) == 0;
}

enum auth_store_status
auth_store_get(struct auth_store *s, struct span user, struct buf *out)
{
	MDB_val key = value_of(user), data;
	enum auth_store_status st = AUTH_STORE_OK;
	struct span hash;
	MDB_txn *txn;
	int rc;

	if (!key_is_valid(user))
		return AUTH_STORE_NONE;
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return failed("begin", rc);
	rc = mdb_get(txn, s->dbi, &key, &data);
	if (rc == MDB_NOTFOUND)
		st = AUTH_STORE_NONE;
	else if (rc != 0)
		st = failed("get", rc);
	else if (!record_read(span_of(data.mv_data, data.mv_size), user,
		     &hash))
		st = failed("get", MDB_CORRUPTED);
	else
		buf_add_span(out, hash);
	mdb_txn_abort(txn);
	return st;
}

/* ---- changes ---- */

/* An error of LMDB, or 0 with the change's status. */
static int
apply_one(struct auth_store *s, MDB_txn *txn, struct auth_change *c)
{
	struct buf record = { 0 };
	MDB_val key = value_of(c->user), data;
	int rc;

	if (!key_is_valid(c->user) || c->hash.n > AUTH_STORE_HASH_MAX) {
		c->status = AUTH_STORE_FAILED;
		return 0;
	}
	rc = mdb_get(txn, s->dbi, &key, &data);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	c->status = AUTH_STORE_OK;
	if (rc == MDB_NOTFOUND && !c->create)
		c->status = AUTH_STORE_NONE;
	if (rc == 0 && c->create)
		c->status = AUTH_STORE_EXISTS;
	if (c->status != AUTH_STORE_OK)
		return 0;
	if (c->hash.n == 0)
		return mdb_del(txn, s->dbi, &key, NULL);
	record_make(&record, c->user, c->hash);
	data = value_of(buf_span(&record));
	rc = mdb_put(txn, s->dbi, &key, &data, 0);
	buf_wipe(&record);
	return rc;
}

void
auth_store_apply(struct auth_store *s, struct auth_change *c, size_t n)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(s->env, NULL, 0, &txn);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = apply_one(s, txn, &c[i]);
	if (rc == 0) {
		rc = mdb_txn_commit(txn);
		txn = NULL;
	}
	if (rc == 0)
		return;
	if (txn != NULL)
		mdb_txn_abort(txn);
	failed("commit", rc);
	for (size_t i = 0; i < n; i++)
		c[i].status = AUTH_STORE_FAILED;
}
