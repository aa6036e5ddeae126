/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MAIL_STATE_H
#define MAILD_MAIL_STATE_H

#include <pthread.h>

#include "account.h"
#include "ctl.h"
#include "mail_count.h"
#include "mail_ticket.h"
#include "roles_peers.h"
#include "roles_process.h"
#include "session_io.h"
#include "srs.h"

/*
 * What the files of the mail role share.
 *
 *	mail.c          the role: start, reload, stop, what peers say
 *	mail_worker.c   event threads
 *	mail_session.c  connections that become sessions
 *	mail_ticket.c   tickets that auth gave and front has not yet shown
 *	mail_count.c    open sessions by user
 *
 * The loop of the process talks to the other roles, accepts LMTP and serves
 * the control API; sessions live on workers.
 */
struct engine;
struct engine_client;
struct evconnlistener;
struct filter;
struct event;
struct indexer;
struct mail;
struct queue;

struct mail_worker {
	struct worker w; /* what sessions see */
	struct mail *mail;
	pthread_t thread;
	bool started;
	struct event *store_event; /* the store has something */
	bool stopping;             /* the worker's own, as is … */
	struct event *give_up;
};

struct mail_listener {
	struct mail *mail;
	struct evconnlistener *ev;
	char *local; /* what sessions say they came in by */
	struct event *again; /* when descriptors had run out */
};

/* The key that senders are rewritten with (srs.h), in state_dir/mail/srs.key. */
struct mail_srs {
	unsigned char key[SRS_KEY_SIZE];
};

struct mail {
	struct role_process *process;
	struct engine *engine;
	struct mail_worker *worker;
	unsigned nworkers;
	struct rates *rates;
	struct greylist *greylist;
	unsigned running; /* workers whose threads have not ended */
	unsigned ending;  /* of workers and queue, once it stops */
	void (*stopped)(struct mail *m); /* set once it stops */

	/* of the process's loop: */
	struct store *store;
	struct event *store_event;
	struct engine_client *upkeep;
	struct event *upkeep_event, *upkeep_timer;
	struct role_peers peers;
	struct accounts accounts;
	struct ctl *ctl;
	struct mail_tickets *tickets;
	struct queue *queue;
	struct filter *filter;
	struct mail_listener *listener[8];
	unsigned nlisteners, next_worker;
	uint64_t next_id;

	struct mail_count *count; /* any thread's, as is … */
	struct indexer *indexer;
	struct mail_srs srs; /* constant once it has started */
};

/* ---- mail_srs.c ---- */

/* Read the key, or make one; -1: why. */
int mail_srs_open(struct mail_srs *s, const struct conf *conf, struct buf *why);

/* ---- mail_worker.c ---- */

/* Start all of them; -1: why. */
int mail_workers_start(struct mail *m, struct buf *why);
/* The quota of users that have none of their own. */
void mail_quota(struct store *st, const struct conf *conf);
/* Have the indexer look at the mailboxes that this store changes. */
void mail_index(struct mail *m, struct store *st);
/* Have fn called on the worker's thread; it owns arg. */
void mail_post(struct mail_worker *w,
    void (*fn)(struct mail_worker *w, void *arg), void *arg);
/* Have it called on the loop of the process. */
void mail_post_back(struct mail_worker *w,
    void (*fn)(struct mail_worker *w, void *arg), void *arg);
/* On all threads, and wait for it. */
void mail_post_all(struct mail *m,
    void (*fn)(struct mail_worker *w, void *arg), void *arg);
/* End their sessions, then the threads; stopped is called on the process's
 * loop when all are gone. */
void mail_workers_stop(struct mail *m, void (*stopped)(struct mail *m));
/* What is left, at once. */
void mail_workers_free(struct mail *m);

/* ---- mail_session.c ---- */

/* SESSION, from front. */
void mail_session(struct mail *m, struct role_channel *front,
    const struct role_msg *msg, int fd);
/* From the control socket, for ctl_on_session(): arg is the struct mail. */
enum ctl_session_answer mail_session_admin(void *arg,
    const struct ctl_session *s);
/* An LMTP listener. */
void mail_listen(struct mail *m, const struct conf_listen *l, int fd);
void mail_listeners_close(struct mail *m);
/* For session_list_watch() and _on_back(): arg is the worker. */
void mail_session_gone(void *arg, const struct session_start *start);
void mail_session_back(void *arg, const struct session_start *start, int fd,
    struct span input);

#endif
