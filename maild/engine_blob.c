/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>
#include <openssl/evp.h>

#include "bytes.h"
#include "engine_impl.h"
#include "xxh64.h"

struct engine_blob *
engine_blob_new(struct engine_client *c, void (*drained)(void *arg), void *arg)
{
	struct engine_blob *b = xcalloc(1, sizeof(*b));

	b->handles = 1;
	b->client = c;
	b->drained = drained;
	b->arg = arg;
	b->sha = EVP_MD_CTX_new();
	if (b->sha == NULL || EVP_DigestInit_ex(b->sha, EVP_sha256(), NULL) != 1)
		abort();
	return b;
}

struct engine_blob *
engine_blob_share(struct engine_blob *b)
{
	b->handles++;
	return b;
}

/* ---- giving up ---- */

struct abandon {
	struct engine_job job;
	uint64_t blob;
};

/* Chunks of an upload that no update took: the next sweep may have them. */
static enum engine_status
abandon_run(struct engine_txn *txn, struct engine_job *job)
{
	struct abandon *a = (struct abandon *)job;
	struct engine_part part = engine_own(ENGINE_T_UPLOAD, a->blob);
	struct span v;
	enum engine_status st = engine_get(txn, part, SPAN_LIT(""), &v);

	if (st != ENGINE_OK)
		return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
	st = engine_record_del(txn, part, SPAN_LIT(""));
	if (st == ENGINE_OK)
		st = engine_idle_put(txn, a->blob, 0);
	return st;
}

static void
abandon_done(struct engine_job *job)
{
	free(job);
}

static void
abandon(struct engine_blob *b)
{
	struct abandon *a = xcalloc(1, sizeof(*a));

	a->blob = b->id;
	a->job.run = abandon_run;
	a->job.done = abandon_done;
	engine_submit(b->client, &a->job);
}

/* Once neither a handle nor an upload is left. */
static void
release(struct engine_blob *b)
{
	if (b->handles > 0 || b->uploads > 0)
		return;
	if (b->nsent > 0 && !b->taken)
		abandon(b);
	for (size_t i = 0; i < b->npiece; i++)
		free(b->piece[i].data);
	EVP_MD_CTX_free(b->sha);
	buf_free(&b->meta);
	free(b);
}

void
engine_blob_free(struct engine_blob *b)
{
	if (b == NULL)
		return;
	b->handles--;
	release(b);
}

/* ---- chunks on their way to the writer ---- */

struct upload {
	struct engine_job job;
	struct engine_blob *blob;
	struct engine_piece piece[ENGINE_RUN];
	uint32_t first, n;
};

static enum engine_status
upload_run(struct engine_txn *txn, struct engine_job *job)
{
	struct upload *u = (struct upload *)job;
	struct engine_blob *b = u->blob;
	enum engine_status st = b->stored;

	if (st == ENGINE_OK)
		st = engine_blob_reserve(txn, b);
	if (st == ENGINE_OK)
		st = engine_record_put(txn, engine_own(ENGINE_T_UPLOAD, b->id),
		    SPAN_LIT(""), SPAN_LIT(""));
	for (uint32_t i = 0; st == ENGINE_OK && i < u->n; i++)
		st = engine_chunk_put(txn, b->id, u->first + i, &u->piece[i]);
	return st;
}

static void
upload_settle(struct engine_job *job)
{
	struct upload *u = (struct upload *)job;

	if (u->blob->stored == ENGINE_OK)
		u->blob->stored = job->st;
}

static void
upload_done(struct engine_job *job)
{
	struct upload *u = (struct upload *)job;
	struct engine_blob *b = u->blob;
	bool tell;

	for (uint32_t i = 0; i < u->n; i++) {
		b->held -= u->piece[i].n;
		free(u->piece[i].data);
	}
	if (b->st == ENGINE_OK)
		b->st = job->st;
	b->uploads--;
	free(u);
	tell = b->handles > 0 && b->waiting &&
	    b->held <= ENGINE_BLOB_WINDOW / 2;
	if (tell)
		b->waiting = false;
	if (tell && b->drained != NULL)
		b->drained(b->arg);
	else
		release(b);
}

static void
upload(struct engine_blob *b)
{
	struct upload *u = xcalloc(1, sizeof(*u));

	b->uploads++;
	u->blob = b;
	u->first = b->nsent;
	u->n = (uint32_t)b->npiece;
	memcpy(u->piece, b->piece, b->npiece * sizeof(*b->piece));
	b->nsent += u->n;
	b->npiece = 0;
	u->job.run = upload_run;
	u->job.settle = upload_settle;
	u->job.done = upload_done;
	u->job.adds = true;
	u->job.weight = u->n * ENGINE_CHUNK;
	engine_submit(b->client, &u->job);
}

/* ---- writing ---- */

/* The piece that takes the next bytes; the first grows as it needs, so that a
 * small message costs little. */
static struct engine_piece *
open_piece(struct engine_blob *b, size_t want)
{
	struct engine_piece *p;
	size_t cap;

	if (b->npiece == 0 || b->piece[b->npiece - 1].n == ENGINE_CHUNK) {
		p = &b->piece[b->npiece++];
		*p = (struct engine_piece){ 0 };
	}
	p = &b->piece[b->npiece - 1];
	if (p->n + want <= p->cap || p->cap == ENGINE_CHUNK)
		return p;
	cap = b->size >= ENGINE_CHUNK ? ENGINE_CHUNK : p->cap * 2 + 2048;
	while (cap < p->n + want && cap < ENGINE_CHUNK)
		cap *= 2;
	p->cap = cap < ENGINE_CHUNK ? cap : ENGINE_CHUNK;
	p->data = xrealloc_array(p->data, p->cap, 1);
	return p;
}

static void
close_piece(struct engine_blob *b)
{
	struct engine_piece *p = &b->piece[b->npiece - 1];

	p->sum = xxh64(p->data, p->n, 0);
	if (b->npiece == ENGINE_RUN)
		upload(b);
}

bool
engine_blob_write(struct engine_blob *b, struct span s)
{
	assert(!b->finished);
	if (b->size + s.n > ENGINE_BLOB_MAX)
		b->st = ENGINE_TOOBIG;
	if (b->st != ENGINE_OK || s.n == 0)
		return true;
	EVP_DigestUpdate(b->sha, s.p, s.n);
	while (s.n > 0) {
		struct engine_piece *p = open_piece(b, s.n);
		size_t n = p->cap - p->n < s.n ? p->cap - p->n : s.n;

		memcpy(p->data + p->n, s.p, n);
		p->n += (uint32_t)n;
		b->size += n;
		b->held += n;
		s = span_sub(s, n, s.n);
		if (p->n == ENGINE_CHUNK)
			close_piece(b);
	}
	b->waiting = b->held >= ENGINE_BLOB_WINDOW;
	return !b->waiting;
}

enum engine_status
engine_blob_finish(struct engine_blob *b, struct span meta, size_t front)
{
	assert(!b->finished && front <= meta.n);
	b->finished = true;
	b->front = front;
	b->waiting = false;
	if (meta.n > ENGINE_META_MAX && b->st == ENGINE_OK)
		b->st = ENGINE_TOOBIG;
	if (b->st != ENGINE_OK)
		return b->st;
	EVP_DigestFinal_ex(b->sha, b->sha256, NULL);
	if (b->npiece > 0 && b->piece[b->npiece - 1].n < ENGINE_CHUNK)
		close_piece(b);
	b->meta.max = ENGINE_META_MAX + 1;
	buf_add_span(&b->meta, meta);
	return ENGINE_OK;
}

uint64_t
engine_blob_id(const struct engine_blob *b)
{
	return b->id;
}

uint64_t
engine_blob_size(const struct engine_blob *b)
{
	return b->size;
}

size_t
engine_blob_weight(const struct engine_blob *b)
{
	return b->npiece * ENGINE_CHUNK / 2 + b->meta.len + 4096;
}
