/* SPDX-License-Identifier: ISC */
#ifndef MAILD_INDEXER_H
#define MAILD_INDEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A thread of the mail role that keeps the search index (store_index.h): it
 * makes segments of messages that have come, and merges segments.  What it has
 * not got to yet is searched all the same, message by message.
 */
struct engine;
struct indexer;

/* NULL: no thread can be started.  It looks at all mailboxes first; not on, it
 * drops their indexes, and makes none. */
struct indexer *indexer_start(struct engine *e, bool on);
/* From any thread; the same for what comes. */
void indexer_turn(struct indexer *x, bool on);
/* Ends it soon, whatever it is doing. */
void indexer_stop(struct indexer *x);

/* From any thread: messages may have come to, or gone from, that mailbox. */
void indexer_look(struct indexer *x, uint64_t mailbox);
/* Drop what there is of a user, or (0) of all, and make it anew. */
void indexer_rebuild(struct indexer *x, uint64_t user);
/* Whether it has nothing to do. */
bool indexer_idle(struct indexer *x);

#endif
