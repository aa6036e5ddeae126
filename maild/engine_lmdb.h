/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ENGINE_LMDB_H
#define MAILD_ENGINE_LMDB_H

#include <lmdb.h>

#include "engine_impl.h"

/* Below engine_lmdb.c (opening, space) and engine_lmdb_kv.c (the map). */
struct lmdb {
	struct engine base;
	MDB_env *env;
	MDB_dbi dbi;
	char *dir;
	int lock_fd; /* held while open: one process, once */
	uint64_t map_size, reserve;
	size_t page;
	uint64_t file_size; /* at least; the writer's */
	bool roomy; /* so it was found in this transaction; the writer's */
};

extern const struct engine_ops lmdb_ops;

enum engine_status lmdb_status(int rc);

/* Keep the file longer than what is used of it, see there. */
enum engine_status lmdb_grow(struct lmdb *db);

enum engine_status lmdb_admit(struct engine *e, bool adds);
void lmdb_upkeep(struct engine *e);
void lmdb_sizes(struct engine *e, struct engine_stats *out);
void lmdb_close(struct engine *e);

#endif
