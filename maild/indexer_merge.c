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
};

struct merge {
	struct indexer_box *box;
	struct indexer_out out;
	struct part *part;
	size_t nparts;
	uint32_t *v, *unpacked;
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
	p->ordinal = xrealloc_array(NULL, (size_t)p->head.docs + 1,
	    sizeof(*p->ordinal));
	for (uint32_t i = 0; i < p->head.docs; i++)
		p->ordinal[i] = GONE;
	while (keep_slice(m, &w, &uid, s->last))
		;
	return true;
}

/* ---- lists ---- */

static bool
next_list(struct part *p)
{
	int ret = segment_next(&p->reader, &p->list);

	if (ret == 0)
		p->list.n = 0;
	return ret >= 0;
}

/* The lowest trigram at hand; past TRIGRAM_ANY: all are at their end. */
static uint32_t
lowest(const struct merge *m)
{
	uint32_t low = TRIGRAM_ANY + 1;

	for (size_t i = 0; i < m->nparts; i++) {
		if (m->part[i].list.n > 0 && m->part[i].list.trigram < low)
			low = m->part[i].list.trigram;
	}
	return low;
}

static bool
add_list(struct merge *m, struct part *p, uint32_t *n)
{
	if (postings_unpack(p->list.postings, p->list.n, p->head.docs,
		m->unpacked) < 0)
		return false;
	for (uint32_t i = 0; i < p->list.n; i++) {
		uint32_t ordinal = p->ordinal[m->unpacked[i]];

		if (ordinal != GONE)
			m->v[(*n)++] = ordinal;
	}
	return next_list(p);
}

/* The n messages of the next list; n is 0 where all of them have gone.  -1:
 * damage; 0: there are no more. */
static int
merge_list(struct merge *m, uint32_t *trigram, uint32_t *n)
{
	*n = 0;
	*trigram = lowest(m);
	if (*trigram > TRIGRAM_ANY)
		return 0;
	for (size_t i = 0; i < m->nparts; i++) {
		struct part *p = &m->part[i];

		if (p->list.n > 0 && p->list.trigram == *trigram &&
		    !add_list(m, p, n))
			return -1;
	}
	return 1;
}

static bool
merge_lists(struct merge *m)
{
	struct store *st = m->box->x->st;
	uint32_t trigram, n;
	int ret = 1;

	store_begin(st);
	for (size_t i = 0; ret > 0 && i < m->nparts; i++) {
		if (!next_list(&m->part[i]))
			ret = -1;
	}
	store_end(st);
	while (ret > 0 && !indexer_stopping(m->box->x)) {
		store_begin(st);
		ret = merge_list(m, &trigram, &n);
		store_end(st);
		/* Which may wait for the store. */
		if (ret > 0 && n > 0)
			segment_write(&m->out.writer, trigram, m->v, n);
	}
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
	return merged;
}
