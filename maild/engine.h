/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ENGINE_H
#define MAILD_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/*
 * The boundary between the store and what keeps its bytes.
 *
 * An engine holds one volume: records, each in a partition, and blobs, which
 * are immutable runs of bytes under ascending ids.  The unit of atomicity is
 * an update: all its writes come, or none, and its done is called when they
 * are durable.  LMDB serves it on one machine, the memory engine in tests; a
 * distributed one can, since nothing here names a file, a pointer into a map
 * or a transaction that outlives a callback.
 *
 * Threads: one struct engine is shared by all; each event thread has an
 * engine_client of its own, and everything that takes a client is called on
 * that thread only.
 */

enum engine_status {
	ENGINE_OK = 0,
	ENGINE_NOTFOUND, /* no such record or blob */
	ENGINE_FULL,     /* no space; deletes may still work */
	ENGINE_IO,       /* the medium failed: latched, no write works again
			  * until the engine is opened anew */
	ENGINE_CORRUPT,  /* a checksum or a length does not hold */
	ENGINE_REFUSED,  /* the update's own fn said no; see its arg */
	ENGINE_TOOBIG,   /* a key, a value or an update over its limit */
};

/* For logs; peers see the store's words instead. */
const char *engine_strerror(enum engine_status st);

#define ENGINE_KEY_MAX   480     /* bytes of a key within its partition */
#define ENGINE_VALUE_MAX 65512   /* bytes of a value, and of a blob's chunk */
#define ENGINE_BLOB_MAX  ((uint64_t)1 << 40)
#define ENGINE_META_MAX  ((size_t)8 << 20) /* bytes kept beside a blob */

/* type is the caller's; 0-31 are the engine's own. */
struct engine_part {
	uint8_t type;
	uint64_t id;
};

struct engine;
struct engine_client;
struct engine_txn;
struct engine_blob;

/* ---- opening ---- */

struct engine_lmdb_options {
	const char *dir;       /* must exist */
	uint64_t map_size;     /* 0: 1 TiB of address space */
	uint64_t reserve;      /* free bytes on the medium below which updates
				* that add blobs get ENGINE_FULL */
	uint32_t schema;       /* what the caller's records look like … */
	/* … and how an older form becomes it: called once at open, in one write
	 * transaction, from the stored number on. */
	enum engine_status (*migrate)(struct engine_txn *txn, uint32_t from,
	    void *arg);
	void *arg;
};

/* In migrate only: the next of the caller's partitions behind *part (zeroed:
 * the first), ENGINE_NOTFOUND behind the last; and the partition that
 * engine_put() and engine_del() mean from now on (writes so far are made). */
enum engine_status engine_migrate_next(struct engine_txn *txn,
    struct engine_part *part);
enum engine_status engine_migrate_part(struct engine_txn *txn,
    struct engine_part part);

/* NULL: *why says what is wrong in words for an admin (static or lives with
 * the process), naming the file. */
struct engine *engine_lmdb_open(const struct engine_lmdb_options *o,
    const char **why);
struct engine *engine_mem_open(void);
/* Waits for running updates; all clients must be gone. */
void engine_close(struct engine *e);

/*
 * wake is called from any thread when completions or hints wait for this
 * client (at most once until they are taken); the client's thread then calls
 * engine_dispatch(), which runs done and watch callbacks.  wake must not call
 * back into the engine.
 */
struct engine_client *engine_client_new(struct engine *e,
    void (*wake)(void *arg), void *arg);
void engine_dispatch(struct engine_client *c);
/* Updates still under way are waited for; their done is called. */
void engine_client_free(struct engine_client *c);

/* ---- reading ---- */

/*
 * A snapshot.  Begin and end in one callback: no read transaction lives across
 * a return to the event loop.  Spans from it live until it ends.  Nested
 * begins on one client give the same snapshot.
 */
struct engine_txn *engine_read(struct engine_client *c);
void engine_read_end(struct engine_txn *txn);

enum engine_status engine_get(struct engine_txn *txn, struct engine_part part,
    struct span key, struct span *value);

/*
 * Records of a partition in key order.  A zeroed scan with part, from and
 * reverse set is a start: from is the lowest key wanted (reverse: the highest;
 * empty: the last).  engine_scan_next() gives ENGINE_OK with key and value,
 * ENGINE_NOTFOUND at the end.
 */
struct engine_scan {
	struct engine_part part;
	struct span from;
	bool reverse;
	struct span key, value; /* out */
	void *cursor;           /* private */
};
enum engine_status engine_scan_next(struct engine_txn *txn,
    struct engine_scan *s);
void engine_scan_end(struct engine_scan *s);

/*
 * A thread that serves many waits for no disk: while engine_cold() says that
 * what is read next may not be in memory, which it asks at each turn, it has
 * reads made by engine_pool_read().  There fn runs in one of ENGINE_READERS
 * threads, with a snapshot of its own; what arg refers to is fn's alone until
 * done is called: on the client's thread, from engine_dispatch(), always.
 * Callers bound what fn reads, and how many of them wait.
 */
#define ENGINE_READERS 2

bool engine_cold(struct engine_client *c);
void engine_pool_read(struct engine_client *c,
    void (*fn)(struct engine_txn *txn, void *arg), void (*done)(void *arg),
    void *arg);

/* ---- writing ---- */

/*
 * One step of an update, on one partition.  fn reads with engine_get() and
 * engine_scan_next() what was there before the update (its own puts are not
 * seen), and lists its writes.  It must be pure: it may run more than once, on
 * another thread, and starts each time by clearing the result in its arg.
 * ENGINE_OK: apply; ENGINE_NOTFOUND, ENGINE_REFUSED, ENGINE_CORRUPT …: the
 * whole update is dropped and done gets that status.
 *
 * The steps of an update run in order, each after the writes of the one
 * before are applied; where an engine cannot do them in one transaction it
 * does them under an intent that any later open finishes.
 */
struct engine_step {
	struct engine_part part;
	enum engine_status (*fn)(struct engine_txn *txn,
	    struct engine_part part, void *arg);
	void *arg;
};

/* Writes, in fn only.  Failures are sticky: they show in the update's
 * status. */
void engine_put(struct engine_txn *txn, struct span key, struct span value);
void engine_del(struct engine_txn *txn, struct span key);
/* References decide how long a blob lives: an hour beyond the last. */
void engine_blob_ref(struct engine_txn *txn, uint64_t blob);
void engine_blob_unref(struct engine_txn *txn, uint64_t blob);
/* Once the update is durable, watchers of part are told. */
void engine_notify(struct engine_txn *txn, struct engine_part part);

struct engine_update {
	const struct engine_step *steps; /* copied */
	size_t nsteps;
	struct engine_blob **blobs; /* finished ones, stored with the update;
				     * copied and consumed, also on failure */
	size_t nblobs;
	size_t weight; /* bytes of writes to expect, for batching; 0: little */
	/* On the client's thread, from engine_dispatch(), never from within
	 * engine_update(). */
	void (*done)(void *arg, enum engine_status st);
	void *arg;
};
void engine_update(struct engine_client *c, const struct engine_update *u);
/* What is submitted between the two comes to the writer at once, for one batch
 * and its one sync.  In one callback. */
void engine_hold(struct engine_client *c);
void engine_release(struct engine_client *c);

/* ---- blobs ---- */

/*
 * A blob being written.  Small ones are kept in memory and stored with the
 * update that names them; of larger ones chunks are stored along the way
 * (ENGINE_BLOB_WINDOW bytes at most in memory).  drained is called on the
 * client's thread after engine_blob_write() returned false, when it may go on.
 */
#define ENGINE_BLOB_WINDOW ((size_t)1 << 20)

struct engine_blob *engine_blob_new(struct engine_client *c,
    void (*drained)(void *arg), void *arg);
/* False: taken, but wait for drained before the next. */
bool engine_blob_write(struct engine_blob *b, struct span s);
/* After the last byte: meta is kept beside it (ENVELOPE, structure …), its first
 * front bytes so that they can be read alone.  The status is that of what was
 * stored so far. */
enum engine_status engine_blob_finish(struct engine_blob *b, struct span meta,
    size_t front);
/* Known once the update that stores it runs: to be asked for in fn. */
uint64_t engine_blob_id(const struct engine_blob *b);
uint64_t engine_blob_size(const struct engine_blob *b);
/* One more handle to the same finished blob: an update consumes one, and one
 * that failed, or another update, can be given the other. */
struct engine_blob *engine_blob_share(struct engine_blob *b);
/* Give it up; also after a failure.  Not after an update has taken it. */
void engine_blob_free(struct engine_blob *b);

/* Bytes from off on, as many as lie in one piece; checksums are verified. */
enum engine_status engine_blob_get(struct engine_txn *txn, uint64_t blob,
    uint64_t off, struct span *out);
/* The first n bytes, which have that checksum (xxh64, seed 0): what is behind
 * them is not looked at.  ENGINE_CORRUPT also where the first piece is shorter;
 * n is up to ENGINE_START_MAX. */
#define ENGINE_START_MAX ((size_t)32768)
enum engine_status engine_blob_start(struct engine_txn *txn, uint64_t blob,
    size_t n, uint64_t sum, struct span *out);
enum engine_status engine_blob_meta(struct engine_txn *txn, uint64_t blob,
    struct span *meta);
/* Its front, whose checksum is verified; of a blob without one all of meta. */
enum engine_status engine_blob_front(struct engine_txn *txn, uint64_t blob,
    struct span *front);
struct engine_blob_info {
	uint64_t size;
	uint8_t sha256[32];
	uint64_t refs;
};
enum engine_status engine_blob_stat(struct engine_txn *txn, uint64_t blob,
    struct engine_blob_info *out);

/* ---- watching ---- */

/* A hint that part may have changed; hints are coalesced, truth is in the
 * records.  fn runs from engine_dispatch(). */
struct engine_watch;
struct engine_watch *engine_watch(struct engine_client *c,
    struct engine_part part, void (*fn)(void *arg), void *arg);
void engine_unwatch(struct engine_watch *w);

/* ---- upkeep ---- */

/* Remove blobs whose last reference went more than age seconds ago, at most
 * max of them; and clear readers of dead processes.  done may be NULL. */
void engine_sweep(struct engine_client *c, uint64_t age, size_t max,
    void (*done)(void *arg, enum engine_status st), void *arg);

struct engine_stats {
	uint64_t updates, batches, syncs, bytes; /* since open */
	uint64_t failures;
	uint64_t size_used, size_map;
};
void engine_stats(struct engine *e, struct engine_stats *out);

/* Read everything and compare every checksum and every reference; report is
 * called per finding.  Returns the number of findings. */
uint64_t engine_verify(struct engine_client *c,
    void (*report)(void *arg, const char *what), void *arg);

#endif
