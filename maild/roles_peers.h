/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROLES_PEERS_H
#define MAILD_ROLES_PEERS_H

#include "roles_channel.h"

/*
 * The channels of a role to its peers, as master gives them: one to each of
 * the fronts, one to each other role; a new one takes the old one's place.
 */
#define ROLE_FRONTS_MAX 256

struct role_peers {
	struct event_base *base;
	enum role self;
	/* As in struct role_channel_end. */
	void (*message)(void *arg, struct role_channel *ch,
	    const struct role_msg *m, int fd);
	void (*sent)(void *arg, struct role_channel *ch); /* or NULL */
	/* It ends, or is replaced, and will be freed after this. */
	void (*lost)(void *arg, struct role_channel *ch);
	void *arg;
	/* private, but for reading: NULL where there is none */
	struct role_channel *front[ROLE_FRONTS_MAX];
	struct role_channel *other[ROLES];
};

/* Owns fd from now on. */
void role_peers_add(struct role_peers *p, enum role peer, uint32_t number,
    int fd);
/* Frees all, without lost. */
void role_peers_clear(struct role_peers *p);

#endif
