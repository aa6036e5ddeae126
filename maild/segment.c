/* SPDX-License-Identifier: ISC */
#include "segment.h"

#include <stdlib.h>

#include "bytes.h"
#include "postings.h"
#include "trigrams.h"

#define BLOCK     8192 /* bytes after which a block ends */
#define BLOCK_MAX ((size_t)1 << 20)
#define ENTRY     12 /* of the table: first trigram (4), where (8) */

/* ---- head: version 1, docs, blocks, table, then each run's gap and length,
 * all of seven bits a byte ---- */

void
segment_head_add(struct segment_head *h, uint32_t uid)
{
	struct segment_run *last = h->nruns > 0 ? &h->run[h->nruns - 1] : NULL;

	h->docs++;
	if (last != NULL && uid == last->uid + last->n) {
		last->n++;
		return;
	}
	if (h->nruns == h->cap) {
		h->cap = h->cap * 2 + 16;
		h->run = xrealloc_array(h->run, h->cap, sizeof(*h->run));
	}
	h->run[h->nruns++] = (struct segment_run){ uid, 1 };
}

void
segment_head_pack(struct buf *out, const struct segment_head *h)
{
	uint32_t next = 0;

	buf_addc(out, 1);
	varint_put(out, h->docs);
	varint_put(out, h->blocks);
	varint_put(out, h->table);
	for (size_t i = 0; i < h->nruns; i++) {
		varint_put(out, h->run[i].uid - next);
		varint_put(out, h->run[i].n);
		next = h->run[i].uid + h->run[i].n;
	}
}

static bool
get_run(struct span *s, uint64_t *next, struct segment_run *run)
{
	uint64_t gap, n;

	if (!varint_get(s, &gap) || !varint_get(s, &n) || gap > UINT32_MAX ||
	    n == 0 || n > SEGMENT_DOCS_MAX ||
	    *next + gap + n > (uint64_t)UINT32_MAX + 1)
		return false;
	*run = (struct segment_run){ (uint32_t)(*next + gap), (uint32_t)n };
	*next += gap + n;
	return true;
}

static int
get_runs(struct segment_head *h, struct span s)
{
	uint64_t next = 0, docs = 0;

	/* A run takes two bytes at least. */
	h->run = xcalloc(s.n / 2 + 1, sizeof(*h->run));
	while (s.n > 0) {
		if (!get_run(&s, &next, &h->run[h->nruns]))
			return -1;
		docs += h->run[h->nruns++].n;
	}
	return docs == h->docs ? 0 : -1;
}

int
segment_head_unpack(struct segment_head *h, struct span s, uint64_t size)
{
	uint64_t docs, blocks;

	*h = (struct segment_head){ 0 };
	if (s.n == 0 || s.p[0] != 1)
		return -1;
	s = span_sub(s, 1, SIZE_MAX);
	if (!varint_get(&s, &docs) || !varint_get(&s, &blocks) ||
	    !varint_get(&s, &h->table) || docs > SEGMENT_DOCS_MAX ||
	    h->table > size || size - h->table != blocks * ENTRY)
		return -1;
	h->docs = (uint32_t)docs;
	h->blocks = (uint32_t)blocks;
	if (get_runs(h, s) == 0)
		return 0;
	segment_head_clear(h);
	return -1;
}

void
segment_head_clear(struct segment_head *h)
{
	free(h->run);
	*h = (struct segment_head){ 0 };
}

/* ---- writing ---- */

static void
end_block(struct segment_writer *w)
{
	char entry[ENTRY];

	if (w->block.len == 0)
		return;
	le32_put(entry, w->first);
	le64_put(entry + 4, w->head.table);
	buf_add(&w->table, entry, sizeof(entry));
	w->head.blocks++;
	w->head.table += w->block.len;
	w->write(w->arg, buf_span(&w->block));
	buf_clear(&w->block);
}

/* Its postings are in w->list. */
static void
add_list(struct segment_writer *w, uint32_t trigram, uint32_t n)
{
	if (w->block.len == 0)
		w->first = w->last = trigram;
	varint_put(&w->block, trigram - w->last);
	varint_put(&w->block, n);
	varint_put(&w->block, w->list.len);
	buf_add_span(&w->block, buf_span(&w->list));
	buf_clear(&w->list);
	w->last = trigram;
	if (w->block.len >= BLOCK)
		end_block(w);
}

void
segment_write(
    struct segment_writer *w, uint32_t trigram, const uint32_t *v, uint32_t n)
{
	postings_pack(&w->list, v, n, w->head.docs);
	add_list(w, trigram, n);
}

void
segment_write_bits(struct segment_writer *w, uint32_t trigram,
    const uint64_t *bits, uint32_t n)
{
	postings_pack_bits(&w->list, bits, n, w->head.docs);
	add_list(w, trigram, n);
}

void
segment_finish(struct segment_writer *w)
{
	end_block(w);
	w->write(w->arg, buf_span(&w->table));
}

void
segment_writer_clear(struct segment_writer *w)
{
	segment_head_clear(&w->head);
	buf_free(&w->block);
	buf_free(&w->list);
	buf_free(&w->table);
}

/* ---- reading ---- */

static int
gather(const struct msgsrc *src, uint64_t off, uint64_t len, struct buf *out)
{
	struct span run;

	buf_clear(out);
	if (len > BLOCK_MAX || off > src->size || len > src->size - off)
		return -1;
	while (len > 0) {
		if (src->at(src->arg, off, &run) < 0 || run.n == 0)
			return -1;
		run = span_sub(run, 0, (size_t)len);
		buf_add_span(out, run);
		off += run.n;
		len -= run.n;
	}
	return 0;
}

/* An entry of the table; the one behind the last has the end. */
static int
entry(struct segment_reader *r, uint32_t i, uint32_t *first, uint64_t *off)
{
	*first = UINT32_MAX;
	*off = r->head->table;
	if (i == r->head->blocks)
		return 0;
	if (gather(r->src, r->head->table + (uint64_t)i * ENTRY, ENTRY,
		&r->block) < 0)
		return -1;
	*first = le32_get(r->block.data);
	*off = le64_get(r->block.data + 4);
	return 0;
}

static int
load(struct segment_reader *r, uint32_t i)
{
	uint32_t first, behind;
	uint64_t from, to;

	r->rest = span_of(NULL, 0);
	if (entry(r, i, &first, &from) < 0 ||
	    entry(r, i + 1, &behind, &to) < 0 || to <= from ||
	    to > r->head->table || gather(r->src, from, to - from, &r->block) < 0)
		return -1;
	r->rest = buf_span(&r->block);
	r->last = first;
	r->next = i + 1;
	return 0;
}

bool
segment_asks(const struct segment_reader *r)
{
	return r->rest.n == 0 && r->next < r->head->blocks;
}

int
segment_next(struct segment_reader *r, struct segment_list *list)
{
	uint64_t gap, n, len;

	if (r->rest.n == 0 && r->next == r->head->blocks)
		return 0;
	if (r->rest.n == 0 && load(r, r->next) < 0)
		return -1;
	if (!varint_get(&r->rest, &gap) || !varint_get(&r->rest, &n) ||
	    !varint_get(&r->rest, &len) || gap > TRIGRAM_ANY ||
	    r->last + gap > TRIGRAM_ANY || n > r->head->docs ||
	    len > r->rest.n)
		return -1;
	r->last += (uint32_t)gap;
	*list = (struct segment_list){ r->last, (uint32_t)n,
		span_sub(r->rest, 0, (size_t)len) };
	r->rest = span_sub(r->rest, (size_t)len, SIZE_MAX);
	return 1;
}

int
segment_find(struct segment_reader *r, uint32_t trigram,
    struct segment_list *list)
{
	uint32_t lo = 0, hi = r->head->blocks, first;
	uint64_t off;
	int ret;

	/* The first block that begins behind it. */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (entry(r, mid, &first, &off) < 0)
			return -1;
		if (first <= trigram)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return 0;
	if (load(r, lo - 1) < 0)
		return -1;
	do {
		if (r->rest.n == 0)
			return 0;
		ret = segment_next(r, list);
	} while (ret == 1 && list->trigram < trigram);
	return ret == 1 && list->trigram > trigram ? 0 : ret;
}

void
segment_reader_clear(struct segment_reader *r)
{
	buf_free(&r->block);
}
