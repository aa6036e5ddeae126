/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_QUEUE_IMPL_H
#define MAILD_STORE_QUEUE_IMPL_H

#include "store_impl.h"
#include "store_queue.h"

/*
 * Below store_queue.h.
 *
 *	store_queue_record.c  keys and records
 *	store_queue.c         what is done to them, in the writer
 *	store_queue_read.c    reading
 */
#define STORE_QUEUE_KEY 480

/* 'q' id; 'r' id index; 'd' domain NUL time id index, which stands for a
 * recipient that waits or is to be told of, with the message's priority. */
struct span store_queue_msg_key(char key[STORE_QUEUE_KEY], uint64_t id);
struct span
store_queue_rcpt_key(char key[STORE_QUEUE_KEY], uint64_t id, uint32_t index);
struct span store_queue_due_key(char key[STORE_QUEUE_KEY], struct span domain,
    int64_t next, uint64_t id, uint32_t index);
int store_queue_due_parse(
    struct span key, struct span *domain, int64_t *next, uint64_t *id);
void store_queue_due_pack(struct buf *out, int priority);
/* False: it is of the older form, which does not tell. */
bool store_queue_due_priority(struct span v, int *priority);

void store_queue_msg_pack(struct buf *out, const struct store_queue_msg *m);
void store_queue_rcpt_pack(struct buf *out, const struct store_queue_rcpt *r);
/* The id and the index are the key's. */
int store_queue_msg_parse(
    struct span key, struct span v, struct store_queue_msg *out);
int store_queue_rcpt_parse(
    struct span key, struct span v, struct store_queue_rcpt *out);

/* The work copied, for the writer; NULL and *status: it cannot be. */
struct store_queue_job;
struct store_queue_job *store_queue_job_new(
    const struct store_queue_work *w, enum store_status *status);
void store_queue_job_free(struct store_queue_job *j); /* NULL is fine */
/* The step of an update: arg is the job. */
enum engine_status
store_queue_run(struct engine_txn *txn, struct engine_part part, void *arg);
/* The blob that it adds, for the update to consume, or NULL. */
struct engine_blob *store_queue_job_blob(const struct store_queue_job *j);

#endif
