/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_INDEX_H
#define MAILD_STORE_INDEX_H

#include "store.h"

/*
 * The search index of a mailbox: which of its messages may contain a text.  It
 * consists of segments (segment.h), each a blob, that follow one another by
 * UID.  Messages above the last have no index yet, and it may be dropped at any
 * time: it only ever says which messages need not be read.
 */
#define STORE_INDEX_SEGMENTS 1024

struct store_index_segment {
	uint64_t blob; /* 0: the one that is being put */
	uint32_t first, last; /* UIDs */
	uint32_t docs;
	uint64_t size; /* bytes */
};

struct store_index {
	struct store_index_segment *segment;
	size_t n;
};

/* Within store_begin() and store_end(); out is empty unless STORE_OK. */
enum store_status store_index_get(struct store *st, uint64_t mailbox,
    struct store_index *out);
/* It covers UIDs up to that one; 0: none. */
uint32_t store_index_end(const struct store_index *x);
void store_index_clear(struct store_index *x);

/*
 * Make now, which both calls may forget then, of what is was, unless that has
 * changed (STORE_CANNOT) or the mailbox has gone.  blob, which may be NULL, is
 * consumed, and stands for the segment without one.
 */
void store_index_put(struct store *st, uint64_t mailbox,
    const struct store_index *was, const struct store_index *now,
    struct engine_blob *blob, store_done done, void *arg);

/* For a segment; drained as in engine_blob_new(). */
struct engine_blob *store_index_blob(struct store *st,
    void (*drained)(void *arg), void *arg);

/*
 * Which messages cannot contain a needle, which is folded: step by step, since
 * what has to be read may be on the disk still.  Beginning and each step stand
 * within store_begin() and store_end(), not all of them the same.
 */
struct store_narrow;
/* Whatever it returns, *out is to be freed. */
enum store_status
store_narrow_begin(struct store *st, const struct store_mailbox *m,
    struct span needle, struct store_narrow **out);
/* Of n UIDs, ascending and the same in each step, clear the bits of some
 * messages; one step begins a segment, or reads or uses a list.  *more: it was
 * not the last. */
enum store_status store_narrow_step(struct store *st, struct store_narrow *w,
    const uint32_t *uid, size_t n, uint64_t *bits, bool *more);
void store_narrow_free(struct store_narrow *w);

/* The bytes of a segment; good within the snapshot. */
struct store_index_src {
	struct msgsrc src;
	/* private */
	struct store *st;
	uint64_t blob;
};
struct segment_head;
/* -1: it cannot be read. */
int store_index_open(struct store *st, const struct store_index_segment *s,
    struct segment_head *head, struct store_index_src *src);

/* All mailboxes of a user; fn returns false to stop. */
enum store_status store_index_mailboxes(struct store *st, uint64_t user,
    bool (*fn)(void *arg, uint64_t mailbox), void *arg);

/* Have fn called, on this thread, with each mailbox in which messages may have
 * come or gone. */
void store_index_watch(struct store *st,
    void (*fn)(void *arg, uint64_t mailbox), void *arg);

/* ---- below store.h ---- */

#define STORE_INDEX_KEY SPAN_LIT("t")

/* In a step: the record under STORE_INDEX_KEY goes, so do its segments. */
void store_index_unref(struct engine_txn *txn, struct span record);
#define STORE_INDEX_TELL 128 /* deliveries between two */
/* After a change. */
void store_index_changed(struct store *st, uint64_t mailbox);

#endif
