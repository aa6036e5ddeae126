/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_CONN_H
#define MAILD_FRONT_CONN_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "conf.h"
#include "front.h"
#include "front_table.h"
#include "roles_process.h"

/*
 * One process of the role.
 */
struct front {
	struct role_process *process;
	SSL_CTX *tls; /* for new handshakes */
	struct role_channel *auth, *mail;
	struct front_table *table;
	struct rates *rates; /* of new connections */
	LIST_HEAD(, front_listener) listeners;
	uint64_t next_id;
	bool stopping;
	struct event *stopped; /* the last moment to be gone */
};

/* A connection that was accepted on l; owns fd. */
void front_conn_new(struct front *f, const struct conf_listen *l, int fd,
    const struct sockaddr *sa);

/* Answers of other roles to one connection, which may be gone by now. */
void front_conn_verdict(struct front *f, const struct role_msg *m);
void front_conn_challenge(struct front *f, const struct role_msg *m);
void front_conn_answer(struct front *f, const struct role_msg *m);
/* A connection comes back; owns fd. */
void front_conn_back(struct front *f, const struct role_msg *m, int fd);
/* A role is away: no answer will come to those who wait for it. */
void front_conn_lost(struct front *f, enum role role);
/* Say bye to all that are not with mail. */
void front_conn_stop(struct front *f);
/* At the very end, whatever they were doing. */
void front_conn_free_all(struct front *f);

#endif
