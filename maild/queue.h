/* SPDX-License-Identifier: ISC */
#ifndef MAILD_QUEUE_H
#define MAILD_QUEUE_H

#include "store.h"

/*
 * The queue at work: gives what is due to the outbound role, within the limits
 * for all and for one destination, keeps what became of it, and tells senders.
 *
 * A destination that cannot be reached is left alone for a moment, and what is
 * due for it meanwhile is put off without a connection of its own.  Until one
 * has answered it gets a single connection, and then one more for each answer;
 * all those that have not answered share half of the connections.  So what is
 * dead, or stalls, costs the others nothing.
 *
 * On the loop of the mail role's process.  The store is the caller's.
 */
struct conf;
struct event_base;
struct queue;
struct role_channel;
struct role_msg;

struct queue *
queue_new(struct event_base *base, struct store *st, const struct conf *conf);
void queue_free(struct queue *q); /* NULL is fine; before the store */
void queue_configure(struct queue *q, const struct conf *conf);

/* Of SRS_KEY_SIZE bytes: what senders of other domains are rewritten with. */
void queue_srs(struct queue *q, const unsigned char *key);

/* The channel to outbound; NULL: it is away, and what it had is put off. */
void queue_attach(struct queue *q, struct role_channel *outbound);
/* A RELAYED, RELAY_DONE or STS_POLICY has come. */
/* What could not be reached is tried again, and not left alone for a moment. */
void queue_unblock(struct queue *q);
void queue_heard(struct queue *q, const struct role_msg *m);
/* Someone changed what is scheduled: look. */
void queue_look(struct queue *q);
/* Begin nothing new; stopped is called once what is under way is settled, or
 * has taken too long. */
void queue_stop(struct queue *q, void (*stopped)(void *arg), void *arg);

#endif
