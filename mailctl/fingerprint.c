/* SPDX-License-Identifier: ISC */
#include "fingerprint.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "header.h"

#define COMMAND_MESSAGES 1000

/* The header's end is written differently: with its empty line or without. */
static void
hash_header(struct fingerprint *fp, struct span header)
{
	while (header.n > 0 && (header.p[header.n - 1] == '\n' ||
				   header.p[header.n - 1] == '\r'))
		header.n--;
	EVP_Digest(header.n > 0 ? header.p : "", header.n, fp->hash, NULL,
	    EVP_sha256(), NULL);
}

void
fingerprint_make(struct fingerprint *fp, struct span message, uint32_t uid)
{
	size_t n = header_length(message);

	*fp = (struct fingerprint){ .size = message.n, .uid = uid };
	hash_header(fp, n > 0 ? span_sub(message, 0, n) : message);
}

void
fingerprints_add(struct fingerprints *f, const struct fingerprint *fp)
{
	if (f->len == f->cap) {
		f->cap = f->cap > 0 ? 2 * f->cap : 256;
		f->item = xrealloc_array(f->item, f->cap, sizeof(f->item[0]));
	}
	f->item[f->len++] = *fp;
	f->sorted = false;
}

void
fingerprints_clear(struct fingerprints *f)
{
	free(f->item);
	*f = (struct fingerprints){ 0 };
}

/* ---- taking ---- */

static int
same(const struct fingerprint *x, const struct fingerprint *y)
{
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return memcmp(x->hash, y->hash, sizeof(x->hash));
}

static int
by_message(const void *a, const void *b)
{
	const struct fingerprint *x = a, *y = b;
	int order = same(x, y);

	if (order != 0)
		return order;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* The first of those that are the same. */
static size_t
lower_bound(const struct fingerprints *f, const struct fingerprint *fp)
{
	size_t lo = 0, hi = f->len, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (same(&f->item[mid], fp) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t
fingerprints_take(struct fingerprints *f, const struct fingerprint *fp)
{
	if (!f->sorted && f->len > 1)
		qsort(f->item, f->len, sizeof(f->item[0]), by_message);
	f->sorted = true;
	for (size_t i = lower_bound(f, fp);
	     i < f->len && same(&f->item[i], fp) == 0; i++) {
		if (f->item[i].taken)
			continue;
		f->item[i].taken = true;
		return f->item[i].uid;
	}
	return 0;
}

/* ---- from a server ---- */

struct reading {
	struct fingerprints *out;
	const struct mailbox_index *index;
};

static void
on_fetch(void *arg, struct imap_resp *r)
{
	struct reading *rd = arg;
	const struct index_message *m;
	struct fingerprint fp = { 0 };
	struct imap_fetched f;
	struct span header = { 0 };
	uint64_t uid = 0;

	while (imap_resp_item(r, &f)) {
		if (f.item == IMAP_ITEM_UID)
			uid = f.number;
		else if (f.item == IMAP_ITEM_BODY &&
		    span_ieqs(f.section, "HEADER"))
			header = f.value;
	}
	if (header.p == NULL || uid > UINT32_MAX)
		return;
	m = mailbox_index_find(rd->index, (uint32_t)uid);
	if (m == NULL)
		return;
	fp.size = m->size;
	fp.uid = m->uid;
	hash_header(&fp, header);
	fingerprints_add(rd->out, &fp);
}

static int
read_part(struct fingerprints *f, struct imap_conn *ic, const char *name,
    const struct mailbox_index *x, const struct seqset *uids)
{
	struct reading rd = { f, x };
	struct imap_answer a = { .data = on_fetch, .arg = &rd };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, uids);
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, &a);
	imap_client_add(ic->client, "UID FETCH %s (UID BODY.PEEK[HEADER])",
	    set.data);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, name, EX_PROTOCOL);
	imap_answer_clear(&a);
	buf_free(&set);
	return ret;
}

int
fingerprints_read(struct fingerprints *f, struct imap_conn *ic,
    const char *name, const struct mailbox_index *x, const struct seqset *uids)
{
	uint64_t n = seqset_count(uids);
	int ret = 0;

	for (uint64_t at = 0; ret == 0 && at < n; at += COMMAND_MESSAGES) {
		struct seqset part = { 0 };

		seqset_slice(uids, at, at + COMMAND_MESSAGES, &part);
		ret = read_part(f, ic, name, x, &part);
		seqset_clear(&part);
	}
	return ret;
}

/* ---- candidates ---- */

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void
fingerprint_candidates(struct seqset *out, const struct mailbox_index *x,
    const struct mailbox_index *other)
{
	uint64_t *size;

	if (other->len == 0)
		return;
	size = xrealloc_array(NULL, other->len, sizeof(size[0]));
	for (size_t i = 0; i < other->len; i++)
		size[i] = other->message[i].size;
	qsort(size, other->len, sizeof(size[0]), by_size);
	for (size_t i = 0; i < x->len; i++) {
		if (bsearch(&x->message[i].size, size, other->len,
			sizeof(size[0]), by_size) != NULL)
			seqset_add(out, x->message[i].uid, x->message[i].uid);
	}
	free(size);
}
