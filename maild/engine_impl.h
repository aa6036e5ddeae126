/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ENGINE_IMPL_H
#define MAILD_ENGINE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "buf.h"
#include "engine.h"

/*
 * Below engine.h.  What the engines share: checked records on top of a plain
 * ordered map with transactions (struct engine_ops), one writer thread that
 * takes all jobs that wait and commits them together, and clients that get
 * the outcome.
 *
 *	engine.c         opening, clients, completions
 *	engine_writer.c  the writer thread and its batches
 *	engine_pool.c    the reader pool
 *	engine_txn.c     snapshots, records, scans
 *	engine_update.c  updates: steps, write lists; engine_refs.c: references
 *	engine_blob.c    blobs being written; engine_blob_store.c: stored ones
 *	engine_watch.c   hints
 *	engine_upkeep.c  schema, sweep; engine_verify.c
 *	engine_mem.c, engine_lmdb.c, engine_lmdb_kv.c: the maps
 */

/* ---- the map ---- */

/* A record's key in the map: partition, then the caller's key. */
#define ENGINE_PREFIX  9 /* type, id */
#define ENGINE_RAW_MAX (ENGINE_PREFIX + ENGINE_KEY_MAX + 1)

struct engine_key {
	uint8_t p[ENGINE_RAW_MAX];
	size_t n;
};

/* A value in the map: its checksum, then the caller's value. */
#define ENGINE_SUM 8

/*
 * A backend.  Spans live until the transaction's next write or its end.  A
 * status other than OK and NOTFOUND of a write transaction means that it must
 * be aborted.  One write transaction at a time; reads from many threads.
 */
struct engine_ops {
	bool on_disk; /* a read may have to wait */

	/* *kv is NULL or what read_end() left there to use again. */
	enum engine_status (*read)(struct engine *e, void **kv);
	void (*read_end)(struct engine *e, void *kv);
	void (*read_free)(struct engine *e, void *kv);

	enum engine_status (*write)(struct engine *e, void **kv);
	enum engine_status (*commit)(struct engine *e, void *kv);
	void (*abort)(struct engine *e, void *kv);

	enum engine_status (*get)(void *kv, struct span key, struct span *raw);
	enum engine_status (*put)(void *kv, struct span key, uint64_t sum,
	    struct span value);
	enum engine_status (*del)(void *kv, struct span key);

	/* Cursors end before their transaction. */
	enum engine_status (*cursor)(void *kv, void **cur);
	/* The first record at or behind at; before: the last below it. */
	enum engine_status (*seek)(void *cur, bool before, struct span at,
	    struct span *key, struct span *raw);
	enum engine_status (*step)(void *cur, bool back, struct span *key,
	    struct span *raw);
	void (*cursor_end)(void *cur);

	/* May a job run, one that adds blobs?  Asked once per job. */
	enum engine_status (*admit)(struct engine *e, bool adds);
	void (*upkeep)(struct engine *e);
	void (*sizes)(struct engine *e, struct engine_stats *out);
	void (*close)(struct engine *e);
};

/* ---- jobs: whatever the writer does ---- */

struct engine_job {
	STAILQ_ENTRY(engine_job) link;
	struct engine_client *client;
	/* In the writer; may run again after an abort. */
	enum engine_status (*run)(struct engine_txn *txn,
	    struct engine_job *job);
	/* In the writer, once the outcome is final; may be NULL. */
	void (*settle)(struct engine_job *job);
	/* On the client's thread; frees the job. */
	void (*done)(struct engine_job *job);
	enum engine_status st;
	bool adds; /* blobs, so the space reserve is not for it */
	size_t weight;
	struct engine_part *notify;
	size_t nnotify;
};
STAILQ_HEAD(engine_jobs, engine_job);

void engine_submit(struct engine_client *c, struct engine_job *job);

/* ---- transactions ---- */

struct engine_write {
	enum { ENGINE_W_PUT, ENGINE_W_DEL } op;
	uint32_t klen, vlen;
	size_t off; /* of the key in engine_txn.data, the value behind it */
};

struct engine_refchange {
	uint64_t blob;
	int64_t by;
	bool fresh; /* stored by this update: has no count yet */
};

/* The chunk that was verified last, for the reads that follow. */
struct engine_chunk {
	uint64_t blob, number;
	struct span data;
};

/*
 * Where a snapshot found a record last: the one behind it is asked for next as
 * a rule, and found without a way down from the root.
 */
#define ENGINE_NEAR_FETCH 320  /* bytes of it that will be wanted, about */
#define ENGINE_NEAR_SMALL 2048 /* below, others lie on the same page … */
#define ENGINE_NEAR_HEAD  128  /* … with so many bytes before each value */
struct engine_near {
	void *cur;
	uint64_t id; /* of that record's partition */
	bool ahead;  /* the cursor stands at the next, which is … */
	struct span key, raw;
	uintptr_t asked, asked_to; /* of the file, by engine_ask_ahead() */
};

struct engine_txn {
	struct engine *e;
	void *kv;
	struct engine_client *client; /* of a read */
	unsigned depth;               /* nested reads */
	unsigned scans;               /* open */
	enum engine_status dead;      /* why a snapshot could not begin */
	uint64_t records;             /* read so far */
	struct engine_chunk chunk;
	struct engine_near near_head, near_chunk; /* of a read */
	struct buf *held; /* long metas put together, until the end */
	size_t nheld;

	/* of the writer: */
	bool broken; /* the map failed: abort */
	bool dirty;  /* something was written */
	uint64_t bytes;
	uint64_t blob_limit; /* ids below it are reserved, on commit */
	struct engine_job *job;
	bool applied; /* writes of this job are in */

	/* of the step that runs: */
	struct engine_part part;
	enum engine_status st;
	struct engine_write *write;
	size_t nwrite, capwrite;
	struct buf data;

	/* of the update: */
	struct engine_refchange *ref;
	size_t nref, capref;
};

enum engine_status engine_txn_write(struct engine *e, struct engine_txn *txn);
enum engine_status engine_txn_commit(struct engine_txn *txn);
void engine_txn_abort(struct engine_txn *txn);
void engine_txn_free(struct engine_txn *txn);

/* Written at once, for the engine's own records and applied lists. */
enum engine_status engine_record_put(struct engine_txn *txn,
    struct engine_part part, struct span key, struct span value);
/* value_sum: xxh64() of value, made elsewhere. */
enum engine_status engine_record_put_summed(struct engine_txn *txn,
    struct engine_part part, struct span key, struct span value,
    uint64_t value_sum);
enum engine_status engine_record_del(struct engine_txn *txn,
    struct engine_part part, struct span key);

/* The lists of a step and of an update. */
void engine_writes_clear(struct engine_txn *txn);
enum engine_status engine_writes_apply(struct engine_txn *txn);
void engine_refs_add(struct engine_txn *txn, struct engine_refchange change);
enum engine_status engine_refs_apply(struct engine_txn *txn);

/* ---- the engine's own records ---- */

enum {
	ENGINE_T_META = 0,   /* {0, 0}: "format", "schema", "blob" */
	ENGINE_T_HEAD = 1,   /* {1, blob}: size, SHA-256, meta */
	ENGINE_T_CHUNK = 2,  /* {2, blob}: number */
	ENGINE_T_MORE = 3,   /* {3, blob}: number; a meta too long for HEAD */
	ENGINE_T_IDLE = 4,   /* {4, second}: blob without a reference */
	ENGINE_T_REFS = 5,   /* {5, blob}: count, second it became idle */
	ENGINE_T_UPLOAD = 6, /* {6, blob}: chunks stored, no head yet */
	ENGINE_T_OWN = 32,   /* the caller's from here on */
};

#define ENGINE_FORMAT 1

/* What fits beside its checksum in 16 pages of 4,096 bytes of LMDB, whose
 * header of such a run takes 16. */
#define ENGINE_CHUNK ((size_t)65512)

static inline struct engine_part
engine_own(uint8_t type, uint64_t id)
{
	return (struct engine_part){ type, id };
}

/* engine_get() for records that are asked for in the order of their keys; and
 * without a look at the value, for what has checksums of its own. */
enum engine_status engine_near_get(struct engine_txn *txn,
    struct engine_near *near, struct engine_part part, struct span key,
    struct span *value);
enum engine_status engine_near_peek(struct engine_txn *txn,
    struct engine_near *near, struct engine_part part, struct span key,
    struct span *value);
/* The key alone: the value is not even looked at. */
enum engine_status engine_scan_next_key(struct engine_txn *txn,
    struct engine_scan *s);
/* The partition behind part, whether it has records or not; false: none. */
static inline bool
engine_part_after(struct engine_part *part)
{
	part->id++;
	if (part->id == 0)
		part->type++;
	return part->id != 0 || part->type != 0;
}

/* The first partition at or behind part that has a record. */
enum engine_status engine_part_from(struct engine_txn *txn,
    struct engine_part *part);

struct engine_refs {
	uint64_t count;
	uint64_t idle; /* where count is 0: the second since when */
};
enum engine_status engine_refs_get(struct engine_txn *txn, uint64_t blob,
    struct engine_refs *out);
/* old is NULL where there was none. */
enum engine_status engine_refs_put(struct engine_txn *txn, uint64_t blob,
    const struct engine_refs *old, uint64_t count);
/* That the blob may go, from second on. */
enum engine_status engine_idle_put(struct engine_txn *txn, uint64_t blob,
    uint64_t second);
enum engine_status engine_idle_del(struct engine_txn *txn, uint64_t blob,
    uint64_t second);

/* ---- clients and the engine ---- */

TAILQ_HEAD(engine_watches, engine_watch);

struct engine_client {
	struct engine *e;
	struct engine_txn read;
	size_t inflight; /* jobs, of the client's thread */
	/* When it last told what its thread has read: */
	uint64_t disk_reads, records;
	unsigned colder;
	bool holding;
	struct engine_jobs held; /* while holding */
	void (*wake)(void *arg);
	void *arg;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t came;
	struct engine_jobs done;
	bool woken;
	struct engine_watches hints;
};

struct engine_pool {
	pthread_t thread[ENGINE_READERS];
	unsigned started;
	_Atomic uint64_t cold;   /* records that must need no disk until it is
				  * not */
	_Atomic unsigned colder; /* how often cold was set */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work;
	struct engine_jobs queue;
	bool stopping;
};

#define ENGINE_WATCH_BUCKETS 4096

struct engine {
	const struct engine_ops *ops;
	_Atomic bool failed; /* an I/O error: nothing is written any more */
	_Atomic unsigned clients;

	pthread_t writer;
	pthread_mutex_t lock; /* of the queue and the figures */
	pthread_cond_t work;
	struct engine_jobs queue;
	bool stopping;
	struct engine_stats stats;

	struct engine_pool pool;

	/* of the writer: */
	struct engine_txn txn;
	uint64_t blob_next, blob_limit;

	pthread_mutex_t watch_lock;
	struct engine_watches watch[ENGINE_WATCH_BUCKETS];
};

/* For backends: begin sets up what is shared and reads the counters (schema
 * as in engine_lmdb_options, the message in *why); end stops the writer. */
enum engine_status engine_begin(struct engine *e, const struct engine_ops *ops,
    const struct engine_lmdb_options *o, const char **why);
void engine_end(struct engine *e);
enum engine_status engine_schema(struct engine *e,
    const struct engine_lmdb_options *o, const char **why);

void *engine_writer(void *arg);
/* near has found raw while the store is cold. */
void engine_ask_ahead(struct engine *e, struct engine_near *near,
    struct span raw);
/* -1: a thread cannot be started; stop nevertheless. */
int engine_pool_start(struct engine *e);
void engine_pool_stop(struct engine *e);
/* Give a finished job to its client. */
void engine_complete(struct engine_job *job);
/* Call wake, with the client locked: so that it is not freed meanwhile. */
void engine_client_wake(struct engine_client *c);
/* Tell the watchers of part. */
void engine_hint(struct engine *e, struct engine_part part);
void engine_watch_drop(struct engine_client *c);
void engine_watch_dispatch(struct engine_client *c);

/* ---- blobs ---- */

/* Chunks are handed to the writer this many at a time; what is smaller waits
 * in memory for its update. */
#define ENGINE_RUN 8

struct engine_piece {
	uint8_t *data;
	uint32_t n, cap;
	uint64_t sum;
};

struct engine_blob {
	/* of the client's thread: */
	unsigned handles, uploads;
	struct engine_client *client;
	void (*drained)(void *arg);
	void *arg;
	struct evp_md_ctx_st *sha;
	size_t held;  /* bytes in memory */
	bool waiting; /* for drained */
	bool taken;   /* an update stored it */
	enum engine_status st;

	/* still after engine_blob_finish(): */
	bool finished;
	uint64_t size;
	struct engine_piece piece[ENGINE_RUN];
	size_t npiece;
	uint32_t nsent; /* chunks handed to the writer before those */
	struct buf meta;
	size_t front; /* of meta */
	uint8_t sha256[32];

	/* of the writer: */
	uint64_t id;
	enum engine_status stored; /* of the chunks that were handed over */
};

/* An id that no other blob gets, ever. */
enum engine_status engine_blob_reserve(struct engine_txn *txn,
    struct engine_blob *b);
enum engine_status engine_chunk_put(struct engine_txn *txn, uint64_t blob,
    uint32_t number, const struct engine_piece *p);
/* What must be known before an update's first step runs … */
enum engine_status engine_blob_ready(struct engine_txn *txn,
    struct engine_blob *b);
/* … and the blob itself, unless it is there already. */
enum engine_status engine_blob_store(struct engine_txn *txn,
    struct engine_blob *b);
size_t engine_blob_weight(const struct engine_blob *b);
/* Remove up to *max of its records, and count them off; ENGINE_NOTFOUND once
 * none is left. */
enum engine_status engine_blob_remove(struct engine_txn *txn, uint64_t blob,
    size_t *max);

#endif
