/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_TABLE_H
#define MAILD_FRONT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "roles.h"

/*
 * The connections of one front process, by id and, counted, by address.
 */
struct front_table;

/* What a connection has of it; embedded in its struct. */
struct front_entry {
	LIST_ENTRY(front_entry) next_id, next_peer;
	uint64_t id;
	char peer[ROLE_PEER_MAX + 1];
};

struct front_table *front_table_new(void);
/* Must be empty. */
void front_table_free(struct front_table *t);
void front_table_add(struct front_table *t, struct front_entry *e);
void front_table_remove(struct front_table *t, struct front_entry *e);
/* NULL: there is none. */
struct front_entry *front_table_find(struct front_table *t, uint64_t id);
size_t front_table_len(const struct front_table *t);
/* How many come from the address of e, e included, counted up to max. */
size_t front_table_peers(struct front_table *t, const struct front_entry *e,
    size_t max);
/* fn may remove the entry that it is given. */
void front_table_each(struct front_table *t,
    void (*fn)(void *arg, struct front_entry *e), void *arg);

#endif
