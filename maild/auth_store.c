/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <lmdb.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>

#include "auth_store.h"
#include "log.h"

#define MAP_SIZE       ((size_t)1 << 32) /* of address space */
#define RECORD_VERSION 1
#define CHECKSUM_SIZE  8
#define HEADER_SIZE    (1 + CHECKSUM_SIZE)

/* The key of what salts are made with; no user's. */
#define SECRET      SPAN_LIT("\0secret")
#define SECRET_SIZE 32

struct auth_store {
	MDB_env *env;
	MDB_dbi dbi;
	uint8_t secret[SECRET_SIZE];
};

static enum auth_store_status
failed(const char *call, int rc)
{
	log_error("auth: the store of passwords failed", "call=%s error=%s",
	    call, mdb_strerror(rc));
	return AUTH_STORE_FAILED;
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
	return user.n > 0 && user.n <= AUTH_STORE_USER_MAX &&
	    user.p[0] != '\0';
}

static void
checksum(struct span key, struct span content, char out[CHECKSUM_SIZE])
{
	unsigned char full[EVP_MAX_MD_SIZE];
	struct buf b = { 0 };

	buf_add_span(&b, key);
	buf_addc(&b, '\0');
	buf_add_span(&b, content);
	if (EVP_Digest(b.data, b.len, full, NULL, EVP_sha256(), NULL) != 1)
		abort();
	memcpy(out, full, CHECKSUM_SIZE);
	buf_wipe(&b);
}

static void
record_make(struct buf *out, struct span key, struct span content)
{
	char sum[CHECKSUM_SIZE];

	checksum(key, content, sum);
	buf_addc(out, RECORD_VERSION);
	buf_add(out, sum, sizeof(sum));
	buf_add_span(out, content);
}

/* The content of a record; false: it is damaged. */
static bool
record_read(struct span record, struct span key, struct span *content)
{
	char sum[CHECKSUM_SIZE];

	if (record.n <= HEADER_SIZE || record.p[0] != RECORD_VERSION)
		return false;
	*content = span_sub(record, HEADER_SIZE, record.n);
	checksum(key, *content, sum);
	return memcmp(record.p + 1, sum, sizeof(sum)) == 0;
}

/* An error of LMDB, or 0 with the content in out. */
static int
get(struct auth_store *s, MDB_txn *txn, struct span key, struct buf *out)
{
	MDB_val k = value_of(key), data;
	struct span content;
	int rc = mdb_get(txn, s->dbi, &k, &data);

	if (rc != 0)
		return rc;
	if (!record_read(span_of(data.mv_data, data.mv_size), key, &content))
		return MDB_CORRUPTED;
	buf_wipe(out);
	buf_add_span(out, content);
	return 0;
}

static int
put(struct auth_store *s, MDB_txn *txn, struct span key, struct span content)
{
	struct buf record = { 0 };
	MDB_val k = value_of(key), data;
	int rc;

	record_make(&record, key, content);
	data = value_of(buf_span(&record));
	rc = mdb_put(txn, s->dbi, &k, &data, 0);
	buf_wipe(&record);
	return rc;
}

static int
get_record(struct auth_store *s, MDB_txn *txn, struct span user,
    struct buf *bytes, struct auth_record *r)
{
	int rc = get(s, txn, user, bytes);

	if (rc == 0 && auth_record_parse(buf_span(bytes), r) < 0)
		rc = MDB_CORRUPTED;
	return rc;
}

enum auth_store_status
auth_store_get(struct auth_store *s, struct span user, struct buf *bytes,
    struct auth_record *r)
{
	MDB_txn *txn;
	int rc;

	if (!key_is_valid(user))
		return AUTH_STORE_NONE;
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return failed("begin", rc);
	rc = get_record(s, txn, user, bytes, r);
	mdb_txn_abort(txn);
	if (rc == MDB_NOTFOUND)
		return AUTH_STORE_NONE;
	return rc == 0 ? AUTH_STORE_OK : failed("get", rc);
}

/* ---- salts ---- */

static int
get_secret(struct auth_store *s, MDB_txn *txn)
{
	struct buf bytes = { 0 };
	int rc = get(s, txn, SECRET, &bytes);

	if (rc == 0 && bytes.len != sizeof(s->secret))
		rc = MDB_CORRUPTED;
	if (rc == 0)
		memcpy(s->secret, bytes.data, sizeof(s->secret));
	buf_wipe(&bytes);
	return rc;
}

static int
make_secret(struct auth_store *s, MDB_txn *txn)
{
	if (getrandom(s->secret, sizeof(s->secret), 0) != sizeof(s->secret))
		abort();
	return put(s, txn, SECRET,
	    span_of((char *)s->secret, sizeof(s->secret)));
}

/* It is made once, for as long as the store lives. */
static int
load_secret(struct auth_store *s)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	rc = get_secret(s, txn);
	if (rc == MDB_NOTFOUND)
		rc = make_secret(s, txn);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

enum auth_store_status
auth_store_salt(struct auth_store *s, struct span user,
    uint8_t salt[SCRAM_SALT_SIZE])
{
	unsigned char full[EVP_MAX_MD_SIZE];
	struct auth_record r;
	struct buf bytes = { 0 };
	enum auth_store_status st = auth_store_get(s, user, &bytes, &r);

	if (HMAC(EVP_sha256(), s->secret, sizeof(s->secret),
		(const unsigned char *)user.p, user.n, full, NULL) == NULL)
		abort();
	memcpy(salt, st == AUTH_STORE_OK ? r.salt : full, SCRAM_SALT_SIZE);
	buf_wipe(&bytes);
	return st;
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
		rc = load_secret(s);
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
	explicit_bzero(s, sizeof(*s));
	free(s);
}

/* ---- changes ---- */

static enum auth_store_status
set_password(struct auth_record *r, const struct auth_change *c)
{
	if (c->hash.n == 0 || c->hash.n > AUTH_RECORD_HASH_MAX)
		return AUTH_STORE_FAILED;
	r->hash = c->hash;
	r->keys = c->keys;
	memcpy(r->salt, c->salt, sizeof(r->salt));
	return AUTH_STORE_OK;
}

/* They stand in the order of their ids. */
static enum auth_store_status
add_app(struct auth_record *r, struct auth_change *c)
{
	if (c->app.name.n > AUTH_APP_NAME_MAX)
		return AUTH_STORE_FAILED;
	if (r->napps == AUTH_APPS_MAX)
		return AUTH_STORE_LIMIT;
	c->app.id = r->napps > 0 ? r->app[r->napps - 1].id + 1 : 1;
	r->app[r->napps++] = c->app;
	return AUTH_STORE_OK;
}

static enum auth_store_status
revoke_app(struct auth_record *r, uint32_t id)
{
	size_t i = 0;

	while (i < r->napps && r->app[i].id != id)
		i++;
	if (i == r->napps)
		return AUTH_STORE_NO_APP;
	for (r->napps--; i < r->napps; i++)
		r->app[i] = r->app[i + 1];
	return AUTH_STORE_OK;
}

static enum auth_store_status
change_record(struct auth_record *r, struct auth_change *c)
{
	switch (c->what) {
	case AUTH_CHANGE_CREATE:
	case AUTH_CHANGE_PASSWORD:
		return set_password(r, c);
	case AUTH_CHANGE_DISABLE:
	case AUTH_CHANGE_ENABLE:
		r->disabled = c->what == AUTH_CHANGE_DISABLE;
		return AUTH_STORE_OK;
	case AUTH_CHANGE_APP_ADD:
		return add_app(r, c);
	case AUTH_CHANGE_APP_REVOKE:
		return revoke_app(r, c->app.id);
	case AUTH_CHANGE_DELETE:
		break;
	}
	return AUTH_STORE_FAILED;
}

static int
write_change(struct auth_store *s, MDB_txn *txn, struct auth_change *c,
    struct auth_record *r)
{
	MDB_val key = value_of(c->user);
	struct buf content = { 0 };
	int rc = 0;

	if (c->what == AUTH_CHANGE_DELETE)
		return mdb_del(txn, s->dbi, &key, NULL);
	c->status = change_record(r, c);
	if (c->status == AUTH_STORE_OK) {
		auth_record_format(&content, r);
		rc = put(s, txn, c->user, buf_span(&content));
	}
	buf_wipe(&content);
	return rc;
}

/* An error of LMDB, or 0 with the change's status. */
static int
apply_one(struct auth_store *s, MDB_txn *txn, struct auth_change *c)
{
	const bool create = c->what == AUTH_CHANGE_CREATE;
	struct auth_record r = { 0 };
	struct buf bytes = { 0 };
	int rc;

	if (!key_is_valid(c->user)) {
		c->status = AUTH_STORE_FAILED;
		return 0;
	}
	rc = get_record(s, txn, c->user, &bytes, &r);
	c->status = AUTH_STORE_OK;
	if (rc == MDB_NOTFOUND && !create)
		c->status = AUTH_STORE_NONE;
	if (rc == 0 && create)
		c->status = AUTH_STORE_EXISTS;
	if (rc == MDB_NOTFOUND)
		rc = 0;
	if (rc == 0 && c->status == AUTH_STORE_OK)
		rc = write_change(s, txn, c, &r);
	buf_wipe(&bytes);
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
