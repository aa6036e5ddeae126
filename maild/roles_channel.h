/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROLES_CHANNEL_H
#define MAILD_ROLES_CHANNEL_H

#include "roles.h"

/*
 * One end of the socket pair between two roles, on an event loop.  All of it
 * happens on that loop's thread.
 */
struct event_base;
struct role_channel;

#define ROLE_QUEUE_MAX ((size_t)4 << 20) /* bytes waiting to be sent */

struct role_channel_end {
	enum role self, other;
	uint32_t number; /* of the other, within its role */
	/*
	 * m and its spans live until this returns.  fd is -1 where the type
	 * has none, else the callee's to close.  The channel may be freed in
	 * here.
	 */
	void (*message)(void *arg, struct role_channel *ch,
	    const struct role_msg *m, int fd);
	/* The other is gone, or said what it may not (that is logged): nothing
	 * comes any more, what is sent is lost.  Free it here or later. */
	void (*closed)(void *arg, struct role_channel *ch);
	/* All that had to wait is sent (role_channel_has_sent()); or NULL. */
	void (*sent)(void *arg, struct role_channel *ch);
	void *arg;
};

/* A non-blocking, close-on-exec SOCK_SEQPACKET pair.  -1: errno. */
int role_channel_pair(int fd[2]);

/* Owns fd from now on. */
struct role_channel *role_channel_new(struct event_base *base, int fd,
    const struct role_channel_end *end);
void role_channel_free(struct role_channel *ch);

const struct role_channel_end *role_channel_about(
    const struct role_channel *ch);

/*
 * Send m, with fd where its type has one (else -1).  fd stays the caller's,
 * who may close it at once.  -1: not taken, since the queue is full, the
 * channel is closed, or a field is over its limit: say "temporary failure" and
 * go on.
 */
int role_send(struct role_channel *ch, const struct role_msg *m, int fd);

/* Take what has come by now, or some of it, without waiting for the loop.
 * False: there was nothing.  The channel may be freed in here. */
bool role_channel_hear(struct role_channel *ch);

/* Whether the other can read all that was sent: nothing is in the queue. */
bool role_channel_has_sent(const struct role_channel *ch);
/* Whether about half of the queue is free: for those who can wait. */
bool role_channel_has_room(const struct role_channel *ch);

#endif
