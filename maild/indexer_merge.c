/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "indexer_impl.h"
#include "postings.h"
#include "trigrams.h"

#define SLICE 1000 /* messages that are read in one snapshot */
#define GONE  UINT32_MAX

/* One of the segments. */
struct part {
	struct store_index_src src;
	struct segment_head head;
	struct segment_reader reader;
	struct segment_list list; /* the one at hand; n is 0 at the end */
	uint32_t *ordinal;        /* in the new segment, or GONE */
	uint32_t first, gone;     /* there; how many are GONE */
};

struct merge {
	struct indexer_box *box;
	struct indexer_out out;
	struct part *part;
	size_t nparts;
	uint32_t *v, *unpacked;
	uint64_t *bits; /* of v, for lists of many; none is set between lists */
};

/* ---- which messages are still there ---- */

struct walk {
	struct part *p;
	size_t run;    /* at hand … */
	uint32_t base; /* … and the ordinal of its first message */
};

/* NULL: it was not indexed. */
static uint32_t *
ordinal_of(struct walk *w, uint32_t uid)
{
	const struct segment_head *h = &w->p->head;

	while (w->run < h->nruns &&
	    uid >= (uint64_t)h->run[w->run].uid + h->run[w->run].n)
		w->base += h->run[w->run++].n;
	if (w->run == h->nruns || uid < h->run[w->run].uid)
		return NULL;
	return &w->p->ordinal[w->base + (uid - h->run[w->run].uid)];
}

/* False: there are no more up to last. */
static bool
keep_slice(struct merge *m, struct walk *w, uint32_t *uid, uint32_t last)
{
	struct store *st = m->box->x->st;
	struct store_cursor c = { .mailbox = m->box->mailbox,
		.columns = STORE_HOT };
	struct store_msg msg;
	bool more = true;

	store_begin(st);
	for (unsigned i = 0; more && i < SLICE; i++) {
		uint32_t *ordinal;

		more = store_msg_next(st, &c, *uid, &msg) == STORE_OK &&
		    msg.uid <= last;
		ordinal = more ? ordinal_of(w, msg.uid) : NULL;
		if (ordinal != NULL) {
			*ordinal = m->out.writer.head.docs;
			segment_head_add(&m->out.writer.head, msg.uid);
		}
		*uid = msg.uid + 1;
		more = more && *uid != 0;
	}
	store_cursor_end(&c);
	store_end(st);
	return more;
}

static bool
open_part(struct merge *m, struct part *p, const struct store_index_segment *s)
{
	struct walk w = { .p = p };
	uint32_t uid = s->first;
	int ret;

	store_begin(m->box->x->st);
	ret = store_index_open(m->box->x->st, s, &p->head, &p->src);
	store_end(m->box->x->st);
	if (ret < 0)
		return false;
	p->reader = (struct segment_reader){ .head = &p->head,
		.src = &p->src.src };
	p->first = m->out.writer.head.docs;
	p->ordinal = xrealloc_array(NULL, (size_t)p->head.docs + 1,
	    sizeof(*p->ordinal));
	for (uint32_t i = 0; i < p->head.docs; i++)
		p->ordinal[i] = GONE;
	while (keep_slice(m, &w, &uid, s->last))
		;
	p->gone = p->head.docs - (m->out.writer.head.docs - p->first);
	return true;
}

/* ---- lists ---- */

/* A snapshot is for what is read of the store only. */
static bool
next_list(struct merge *m, struct part *p)
{
	bool asks = segment_asks(&p->reader);
	int ret;

	if (asks)
		store_begin(m->box->x->st);
	ret = segment_next(&p->reader, &p->list);
	if (asks)
		store_end(m->box->x->st);
	if (ret == 0)
		p->list.n = 0;
	return ret >= 0;
}

/* The parts that have the lowest trigram at hand, and how many messages they
 * have it in.  Past TRIGRAM_ANY: all are at their end. */
static uint32_t
lowest(const struct merge *m, uint32_t *n)
{
	uint32_t low = TRIGRAM_ANY + 1;

	*n = 0;
	for (size_t i = 0; i < m->nparts; i++) {
		const struct segment_list *l = &m->part[i].list;

		if (l->n == 0 || l->trigram > low)
			continue;
		*n = l->trigram < low ? l->n : *n + l->n;
		low = l->trigram;
	}
	return low;
}

/* The messages of a part's list, by their new ordinals: v has room for them,
 * and they are counted. */
static bool
renumber(struct merge *m, const struct part *p, uint32_t *v, uint32_t *n)
{
	if (postings_unpack(p->list.postings, p->list.n, p->head.docs,
		m->unpacked) < 0)
		return false;
	for (uint32_t i = 0; i < p->list.n; i++) {
		uint32_t ordinal = p->ordinal[m->unpacked[i]];

		if (ordinal != GONE)
			v[(*n)++] = ordinal;
	}
	return true;
}

static bool
add_bits(struct merge *m, const struct part *p, uint32_t *n)
{
	uint32_t left = 0;

	if (p->gone == 0) {
		*n += p->list.n;
		return postings_unpack_bits(p->list.postings, p->list.n,
			   p->head.docs, p->first, m->bits) == 0;
	}
	if (!renumber(m, p, m->v, &left))
		return false;
	for (uint32_t i = 0; i < left; i++)
		m->bits[m->v[i] / 64] |= (uint64_t)1 << m->v[i] % 64;
	*n += left;
	return true;
}

static void
write_bits(struct merge *m, uint32_t trigram, uint32_t n)
{
	size_t words = (size_t)m->out.writer.head.docs / 64 + 1;

	segment_write_bits(&m->out.writer, trigram, m->bits, n);
	memset(m->bits, 0, words * sizeof(*m->bits));
}

/* -1: damage; 0: there are no more lists. */
static int
merge_list(struct merge *m)
{
	uint32_t many, n = 0, trigram = lowest(m, &many);
	/* Then bits cost less than numbers do. */
	bool dense = many > m->out.writer.head.docs / 64;

	if (trigram > TRIGRAM_ANY)
		return 0;
	for (size_t i = 0; i < m->nparts; i++) {
		struct part *p = &m->part[i];

		if (p->list.n == 0 || p->list.trigram != trigram)
			continue;
		if (!(dense ? add_bits(m, p, &n) : renumber(m, p, m->v, &n)) ||
		    !next_list(m, p))
			return -1;
	}
	if (n > 0 && dense)
		write_bits(m, trigram, n);
	else if (n > 0)
		segment_write(&m->out.writer, trigram, m->v, n);
	return 1;
}

static bool
merge_lists(struct merge *m)
{
	int ret = 1;

	for (size_t i = 0; ret > 0 && i < m->nparts; i++) {
		if (!next_list(m, &m->part[i]))
			ret = -1;
	}
	while (ret > 0 && !indexer_stopping(m->box->x))
		ret = merge_list(m);
	return ret == 0;
}

/* ---- the whole ---- */

static bool
merge_all(struct merge *m, size_t from)
{
	size_t docs;

	for (size_t i = 0; i < m->nparts; i++) {
		if (!open_part(m, &m->part[i], &m->box->index.segment[from + i]))
			return false;
	}
	docs = m->out.writer.head.docs;
	m->v = xrealloc_array(NULL, docs + 1, sizeof(*m->v));
	m->unpacked = xrealloc_array(NULL, SEGMENT_DOCS_MAX, sizeof(*m->v));
	m->bits = xcalloc(docs / 64 + 1, sizeof(*m->bits));
	return docs == 0 || merge_lists(m);
}

bool
indexer_merge(struct indexer_box *b, size_t from)
{
	struct merge m = { .box = b, .nparts = b->index.n - from };
	bool merged;

	m.part = xcalloc(m.nparts + 1, sizeof(*m.part));
	indexer_out_begin(&m.out, b->x);
	merged = merge_all(&m, from);
	if (merged)
		merged = indexer_out_end(&m.out, b, from) == STORE_OK;
	else
		indexer_out_drop(&m.out);
	for (size_t i = 0; i < m.nparts; i++) {
		segment_reader_clear(&m.part[i].reader);
		segment_head_clear(&m.part[i].head);
		free(m.part[i].ordinal);
	}
	free(m.part);
	free(m.v);
	free(m.unpacked);
	free(m.bits);
	return merged;
}
