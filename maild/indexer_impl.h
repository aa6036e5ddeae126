/* SPDX-License-Identifier: ISC */
#ifndef MAILD_INDEXER_IMPL_H
#define MAILD_INDEXER_IMPL_H

#include <pthread.h>

#include "indexer.h"
#include "segment.h"
#include "store_index.h"

/*
 *	indexer.c        the thread: what it waits for, and does when
 *	indexer_build.c  a segment of messages
 *	indexer_merge.c  a segment of segments
 */
#define INDEXER_MIN    512 /* messages that make a segment */
#define INDEXER_FANOUT 16  /* times a size is the next; there are three */
#define INDEXER_MANY   32  /* smaller segments that become one anyway */

struct indexer_task {
	uint64_t id; /* of a mailbox; of a user, shifted; or 0, of all */
	bool rebuild;
};
#define INDEXER_TASKS 1024

struct indexer {
	struct engine *e;
	struct store *st; /* the thread's */
	pthread_t thread;

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t woken;
	struct indexer_task task[INDEXER_TASKS];
	size_t ntasks;
	bool store_woken, busy, stopping;
	bool on; /* there is to be an index */
};

/* The mailbox at hand. */
struct indexer_box {
	struct indexer *x;
	struct store_mailbox mailbox;
	struct store_index index;
};

bool indexer_stopping(struct indexer *x);
/* Wait for the store, and let it call back. */
void indexer_wait(struct indexer *x);

/* A segment on its way into the store. */
struct indexer_out {
	struct indexer *x;
	struct segment_writer writer;
	struct engine_blob *blob;
	bool drained;
};
void indexer_out_begin(struct indexer_out *o, struct indexer *x);
/* Make it, or nothing where it has no messages, take the place of segments from
 * that number on. */
enum store_status indexer_out_end(struct indexer_out *o, struct indexer_box *b,
    size_t from);
/* Without indexer_out_end(): drop it. */
void indexer_out_drop(struct indexer_out *o);

/* One more segment, if there are min messages for it.  False: there are not,
 * or it is time to stop. */
bool indexer_build(struct indexer_box *b, size_t min);
/* The segments from that number on become one.  False: they are as they were. */
bool indexer_merge(struct indexer_box *b, size_t from);

#endif
