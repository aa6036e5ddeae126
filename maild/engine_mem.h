/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ENGINE_MEM_H
#define MAILD_ENGINE_MEM_H

#include "engine.h"

/*
 * For tests: the nth update from now (1: the next) and all behind it fail with
 * st; ENGINE_FULL: only those that bring blobs; ENGINE_IO: until the engine is
 * closed; ENGINE_OK: none fails any more.
 */
void engine_mem_fail(struct engine *e, uint64_t nth, enum engine_status st);

/* For tests: it is cold from now on. */
void engine_mem_cool(struct engine *e);

#endif
