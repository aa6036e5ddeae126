/* SPDX-License-Identifier: ISC */
#ifndef MAILD_AUTH_POOL_H
#define MAILD_AUTH_POOL_H

#include "auth_record.h"

/*
 * Hashing in threads of its own, so that the loop goes on.  The queue is
 * bounded; jobs that are to be first have a queue of their own, with its own
 * bound, that is served first.
 */
#define AUTH_POOL_THREADS 2
#define AUTH_POOL_QUEUE   256 /* jobs waiting, of each kind */

struct event_base;
struct auth_pool;

/* Owned by the pool from auth_pool_submit() until done, which runs on the loop
 * and frees it with auth_job_free(). */
struct auth_job {
	struct buf password;
	struct buf hash; /* verify: to be compared with; make: the result */
	bool make;
	unsigned cost;   /* of make, which makes … */
	uint8_t salt[SCRAM_SALT_SIZE];
	struct scram_keys keys; /* … these with this salt, too */
	bool ok;         /* it is the password; the hash was made */
	void (*done)(void *arg, struct auth_job *job);
	void *arg;
	struct auth_job *next; /* private */
};

/* The password is prepared (saslprep.h): typed on another keyboard it is the
 * same. */
struct auth_job *auth_job_new(struct span password,
    void (*done)(void *arg, struct auth_job *job), void *arg);
void auth_job_free(struct auth_job *job);

/* NULL: no threads to be had. */
struct auth_pool *auth_pool_new(struct event_base *base);
/* Jobs that have not begun are dropped, without done. */
void auth_pool_free(struct auth_pool *p);

/* -1: the queue is full; the job stays the caller's. */
int auth_pool_submit(struct auth_pool *p, struct auth_job *job, bool first);

#endif
