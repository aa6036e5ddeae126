/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bytes.h"
#include "engine_impl.h"

struct verify {
	struct engine_txn *txn;
	void (*report)(void *arg, const char *what);
	void *arg;
	uint64_t findings;
};

static void
finding(struct verify *v, struct engine_part part, const char *what)
{
	char line[128];

	v->findings++;
	snprintf(line, sizeof(line), "record type %u, id %" PRIu64 ": %s",
	    part.type, part.id, what);
	if (v->report != NULL)
		v->report(v->arg, line);
}

static bool
exists(struct verify *v, uint8_t type, uint64_t blob)
{
	struct span value;

	return engine_get(v->txn, engine_own(type, blob), SPAN_LIT(""),
	    &value) != ENGINE_NOTFOUND;
}

/* Chunks against size and SHA-256. */
static void
blob_content(struct verify *v, struct engine_part part,
    const struct engine_blob_info *info)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	uint8_t digest[32];
	uint64_t off = 0;
	struct span s;

	if (sha == NULL || EVP_DigestInit_ex(sha, EVP_sha256(), NULL) != 1)
		abort();
	while (off < info->size &&
	    engine_blob_get(v->txn, part.id, off, &s) == ENGINE_OK) {
		EVP_DigestUpdate(sha, s.p, s.n);
		off += s.n;
	}
	EVP_DigestFinal_ex(sha, digest, NULL);
	EVP_MD_CTX_free(sha);
	if (off != info->size)
		finding(v, part, "its content is damaged or too short");
	else if (memcmp(digest, info->sha256, sizeof(digest)) != 0)
		finding(v, part, "its content is not what was stored");
}

static void
verify_head(struct verify *v, struct engine_part part)
{
	struct engine_blob_info info;
	struct span meta;

	if (engine_blob_stat(v->txn, part.id, &info) != ENGINE_OK) {
		finding(v, part, "its head or its count is damaged");
		return;
	}
	if (engine_blob_meta(v->txn, part.id, &meta) != ENGINE_OK ||
	    engine_blob_front(v->txn, part.id, &meta) != ENGINE_OK)
		finding(v, part, "what is kept beside it is damaged");
	blob_content(v, part, &info);
}

static bool
idle(struct verify *v, uint64_t blob, uint64_t second)
{
	struct span value;
	char key[8];

	be64_put(key, blob);
	return engine_get(v->txn, engine_own(ENGINE_T_IDLE, second),
	    span_of(key, sizeof(key)), &value) == ENGINE_OK;
}

/* Pieces of a blob: whole, being uploaded, given up, or being removed. */
static void
verify_piece(struct verify *v, struct engine_part part)
{
	if (!exists(v, ENGINE_T_HEAD, part.id) &&
	    !exists(v, ENGINE_T_UPLOAD, part.id) &&
	    !exists(v, ENGINE_T_REFS, part.id) && !idle(v, part.id, 0))
		finding(v, part, "it belongs to no blob");
}

static void
verify_refs(struct verify *v, struct engine_part part)
{
	struct engine_refs refs;

	if (engine_refs_get(v->txn, part.id, &refs) != ENGINE_OK)
		finding(v, part, "the count is damaged");
	else if (refs.count > 0 && !exists(v, ENGINE_T_HEAD, part.id))
		finding(v, part, "it counts for no blob");
	else if (refs.count == 0 && !idle(v, part.id, refs.idle))
		finding(v, part, "no sweep will find it");
}

static void
verify_part(struct verify *v, struct engine_part part)
{
	struct engine_scan s = { .part = part };
	enum engine_status st;

	while ((st = engine_scan_next(v->txn, &s)) == ENGINE_OK ||
	    st == ENGINE_CORRUPT) {
		if (st == ENGINE_CORRUPT)
			finding(v, part, "a record's checksum does not hold");
		/* The last status of a damaged map repeats for ever. */
		if (st == ENGINE_CORRUPT && s.key.n == 0)
			break;
		s.key = SPAN_LIT("");
	}
	engine_scan_end(&s);
	if (part.type == ENGINE_T_HEAD)
		verify_head(v, part);
	else if (part.type == ENGINE_T_CHUNK)
		verify_piece(v, part);
	else if (part.type == ENGINE_T_REFS)
		verify_refs(v, part);
}

uint64_t
engine_verify(struct engine_client *c,
    void (*report)(void *arg, const char *what), void *arg)
{
	struct verify v = { engine_read(c), report, arg, 0 };
	struct engine_part part = engine_own(ENGINE_T_META, 0);
	enum engine_status st;

	while ((st = engine_part_from(v.txn, &part)) == ENGINE_OK) {
		verify_part(&v, part);
		if (!engine_part_after(&part)) {
			st = ENGINE_NOTFOUND;
			break;
		}
	}
	if (st != ENGINE_NOTFOUND)
		finding(&v, part, "the records behind it cannot be read");
	engine_read_end(v.txn);
	return v.findings;
}
