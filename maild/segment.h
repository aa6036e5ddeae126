/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SEGMENT_H
#define MAILD_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "msgsrc.h"

/*
 * A segment of the search index: which of some messages of a mailbox have
 * which trigrams.  It is a run of bytes, written once, and a head beside it.
 * Messages are ordinals, 0 the one with the lowest UID.
 *
 * The bytes: blocks of lists, ascending by trigram, each a gap, how many, how
 * many bytes, and postings; then a table of the blocks.
 */
#define SEGMENT_DOCS_MAX ((uint32_t)1 << 18)

struct segment_run { /* of UIDs that follow one another */
	uint32_t uid, n;
};

struct segment_head {
	uint32_t docs, blocks;
	uint64_t table; /* where it begins, which is the blocks' end */
	struct segment_run *run;
	size_t nruns, cap;
};

/* Add the next message; uid is above those before it. */
void segment_head_add(struct segment_head *h, uint32_t uid);
void segment_head_pack(struct buf *out, const struct segment_head *h);
/* -1: damage; size: of the segment's bytes. */
int segment_head_unpack(struct segment_head *h, struct span s, uint64_t size);
void segment_head_clear(struct segment_head *h);

/* ---- writing ---- */

struct segment_writer {
	struct segment_head head; /* its UIDs first */
	/* Takes bytes of the segment. */
	void (*write)(void *arg, struct span s);
	void *arg;
	/* private */
	struct buf block, list, table;
	uint32_t first, last;
};

/* The next list: v[0..n), n > 0, of a trigram above those before. */
void segment_write(struct segment_writer *w, uint32_t trigram,
    const uint32_t *v, uint32_t n);
/* The same of bits, of which n are set. */
void segment_write_bits(struct segment_writer *w, uint32_t trigram,
    const uint64_t *bits, uint32_t n);
/* The rest; head is complete then. */
void segment_finish(struct segment_writer *w);
void segment_writer_clear(struct segment_writer *w);

/* ---- reading ---- */

struct segment_list {
	uint32_t trigram, n;
	struct span postings;
};

/* Walks lists in order; zeroed but for head and src it stands before the
 * first. */
struct segment_reader {
	const struct segment_head *head;
	const struct msgsrc *src; /* may be another one at each call */
	/* private */
	struct buf block;
	struct span rest;
	uint32_t next, last; /* block; trigram */
};

/* 1: list is set, until the next call; 0: there are no more; -1: damage. */
int segment_next(struct segment_reader *r, struct segment_list *list);
/* Whether that will ask src for anything. */
bool segment_asks(const struct segment_reader *r);
/* The list of that trigram; 0: there is none. */
int segment_find(struct segment_reader *r, uint32_t trigram,
    struct segment_list *list);
void segment_reader_clear(struct segment_reader *r);

#endif
