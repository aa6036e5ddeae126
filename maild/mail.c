/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "auth_client.h"
#include "conf.h"
#include "engine.h"
#include "filter.h"
#include "indexer.h"
#include "log.h"
#include "mail_state.h"
#include "queue.h"
#include "store.h"
#include "store_index.h"

/*
 * The mail role: the store and all sessions that have logged in.
 */
#define UPKEEP_SECONDS 60
#define BLOB_AGE       3600 /* seconds that an unused blob stays */
#define BLOBS_AT_ONCE  1000

/* ---- what peers say ---- */

static void
on_ticket(struct mail *m, const struct role_msg *msg)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (mail_tickets_keep(m->tickets, &msg->ticket.ticket,
		msg->ticket.scope, msg->ticket.user, now.tv_sec) < 0)
		log_warning("mail: too many logins at once");
}

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *msg,
    int fd)
{
	struct mail *m = arg;

	if (msg->type == ROLE_SESSION)
		mail_session(m, ch, msg, fd);
	else if (msg->type == ROLE_TICKET)
		on_ticket(m, msg);
	else if (msg->type == ROLE_RELAYED || msg->type == ROLE_RELAY_DONE ||
	    msg->type == ROLE_STS_POLICY)
		queue_heard(m->queue, msg);
	else if (msg->type == ROLE_FILTERED)
		filter_heard(m->filter, msg);
	else
		auth_client_answered(m->accounts.auth, msg);
}

static void
on_lost(void *arg, struct role_channel *ch)
{
	struct mail *m = arg;

	if (role_channel_about(ch)->other == ROLE_AUTH)
		auth_client_attach(m->accounts.auth, NULL);
	if (role_channel_about(ch)->other == ROLE_OUTBOUND) {
		queue_attach(m->queue, NULL);
		filter_attach(m->filter, NULL);
	}
}

static void
mail_peer(struct role_process *p, enum role peer, uint32_t number, int fd)
{
	struct mail *m = p->state;

	role_peers_add(&m->peers, peer, number, fd);
	if (peer == ROLE_AUTH)
		auth_client_attach(m->accounts.auth, m->peers.other[ROLE_AUTH]);
	if (peer == ROLE_OUTBOUND) {
		queue_attach(m->queue, m->peers.other[ROLE_OUTBOUND]);
		filter_attach(m->filter, m->peers.other[ROLE_OUTBOUND]);
	}
}

static void
mail_listener(struct role_process *p, const struct conf_listen *l, int fd)
{
	struct mail *m = p->state;

	if (l != NULL)
		mail_listen(m, l, fd);
	else if (ctl_listen(m->ctl, fd) < 0)
		log_error("mail: cannot serve the control socket");
}

/* ---- users ---- */

static void
end_user(struct mail_worker *w, void *arg)
{
	session_list_end(w->w.sessions, arg, SESSION_END_KICKED);
	free(arg);
}

/* Whoever it was may be in the store no more: ask all workers. */
static void
on_user_ended(void *arg, const char *user)
{
	struct mail *m = arg;

	for (unsigned i = 0; i < m->nworkers; i++)
		mail_post(&m->worker[i], end_user, xstrdup(user));
}

struct add_user {
	struct mail *mail;
	uint32_t request;
};

static void
on_added(void *arg, enum account_status st)
{
	struct role_msg said = { .type = ROLE_USER_ADDED };
	struct add_user *add = arg;

	said.user_added.request = add->request;
	said.user_added.ok = st == ACCOUNT_OK || st == ACCOUNT_EXISTS;
	role_send(add->mail->process->master, &said, -1);
	free(add);
}

static void
mail_message(struct role_process *p, const struct role_msg *msg)
{
	struct mail *m = p->state;
	struct add_user *add = xcalloc(1, sizeof(*add));

	add->mail = m;
	add->request = msg->add_user.request;
	account_create(&m->accounts, msg->add_user.user,
	    msg->add_user.password, on_added, add);
}

/* ---- the store, seen from the process's loop ---- */

static void
wake(void *arg)
{
	event_active(arg, EV_READ, 0);
}

static void
on_store(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;

	(void)fd;
	(void)what;
	store_dispatch(m->store);
}

static void
on_upkeep(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;

	(void)fd;
	(void)what;
	engine_dispatch(m->upkeep);
}

static void
on_upkeep_timer(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;

	(void)fd;
	(void)what;
	engine_sweep(m->upkeep, BLOB_AGE, BLOBS_AT_ONCE, NULL, NULL);
}

static void
on_index(void *arg, uint64_t mailbox)
{
	const struct mail *m = arg;

	indexer_look(m->indexer, mailbox);
}

void
mail_index(struct mail *m, struct store *st)
{
	store_index_watch(st, on_index, m);
}

static int
open_store(struct mail *m, struct buf *why)
{
	static const struct timeval interval = { UPKEEP_SECONDS, 0 };
	struct event_base *base = m->process->base;
	const struct conf *conf = m->process->conf;
	struct engine_lmdb_options o = { .reserve = conf->free_reserve,
		.schema = STORE_SCHEMA,
		.migrate = store_migrate };
	struct buf dir = { 0 };
	const char *reason = NULL;

	buf_addf(&dir, "%s/mail", conf->state_dir);
	o.dir = dir.data;
	m->engine = engine_lmdb_open(&o, &reason);
	if (m->engine == NULL)
		buf_adds(why, reason);
	buf_free(&dir);
	if (m->engine == NULL)
		return -1;
	m->store_event = event_new(base, -1, EV_READ | EV_PERSIST, on_store, m);
	m->store = store_new(m->engine, wake, m->store_event);
	mail_quota(m->store, m->process->conf);
	mail_index(m, m->store);
	m->upkeep_event = event_new(base, -1, EV_READ | EV_PERSIST, on_upkeep,
	    m);
	m->upkeep = engine_client_new(m->engine, wake, m->upkeep_event);
	m->upkeep_timer = event_new(base, -1, EV_PERSIST, on_upkeep_timer, m);
	event_add(m->upkeep_timer, &interval);
	m->indexer = indexer_start(m->engine, conf->search_index);
	if (m->indexer == NULL)
		buf_adds(why, "cannot start a thread");
	return m->indexer != NULL ? 0 : -1;
}

static void
close_store(struct mail *m)
{
	if (m->engine == NULL)
		return;
	if (m->indexer != NULL)
		indexer_stop(m->indexer);
	store_free(m->store);
	engine_client_free(m->upkeep);
	event_free(m->store_event);
	event_free(m->upkeep_event);
	event_free(m->upkeep_timer);
	engine_close(m->engine);
}

/* ---- start, reload, stop ---- */

static void
mail_clear(struct mail *m)
{
	mail_listeners_close(m);
	mail_workers_free(m);
	if (m->ctl != NULL)
		ctl_free(m->ctl);
	role_peers_clear(&m->peers);
	queue_free(m->queue);
	filter_free(m->filter);
	close_store(m);
	auth_client_free(m->accounts.auth);
	mail_tickets_free(m->tickets);
	mail_count_free(m->count);
	free(m);
}

static void *
mail_start(struct role_process *p, struct buf *why)
{
	struct mail *m = xcalloc(1, sizeof(*m));

	m->process = p;
	m->next_id = p->first_id;
	m->peers = (struct role_peers){ .base = p->base,
		.self = ROLE_MAIL,
		.message = on_message,
		.lost = on_lost,
		.arg = m };
	m->count = mail_count_new();
	m->tickets = mail_tickets_new();
	m->filter = filter_new(p->base);
	m->accounts.auth = auth_client_new(p->base);
	if (open_store(m, why) < 0) {
		mail_clear(m);
		return NULL;
	}
	if (mail_srs_open(&m->srs, p->conf, why) < 0) {
		mail_clear(m);
		return NULL;
	}
	m->accounts.store = m->store;
	m->accounts.conf = p->conf;
	m->accounts.ended = on_user_ended;
	m->accounts.arg = m;
	m->queue = queue_new(p->base, m->store, p->conf);
	queue_srs(m->queue, m->srs.key);
	m->ctl = ctl_new(p->base, &m->accounts, m->engine, m->indexer);
	ctl_queue(m->ctl, m->queue);
	ctl_srs(m->ctl, m->srs.key);
	ctl_on_session(m->ctl, mail_session_admin, m);
	if (mail_workers_start(m, why) < 0) {
		mail_clear(m);
		return NULL;
	}
	return m;
}

static void
use_conf(struct mail_worker *w, void *arg)
{
	w->w.conf = arg;
	mail_quota(w->w.store, w->w.conf);
}

/* When this returns nobody uses former any more. */
static int
mail_reload(struct role_process *p, const struct conf *former, struct buf *why)
{
	struct mail *m = p->state;

	(void)former;
	(void)why;
	m->accounts.conf = p->conf;
	mail_quota(m->store, p->conf);
	indexer_turn(m->indexer, p->conf->search_index);
	ctl_configure(m->ctl, p->conf);
	queue_configure(m->queue, p->conf);
	mail_post_all(m, use_conf, (void *)(uintptr_t)p->conf);
	return 0;
}

static void
on_stopped(struct mail *m)
{
	if (--m->ending == 0)
		role_process_end(m->process);
}

static void
on_queue_stopped(void *arg)
{
	on_stopped(arg);
}

static void
mail_stop(struct role_process *p)
{
	struct mail *m = p->state;

	mail_listeners_close(m);
	m->ending = 2;
	mail_workers_stop(m, on_stopped);
	queue_stop(m->queue, on_queue_stopped, m);
}

static void
mail_end(struct role_process *p)
{
	mail_clear(p->state);
}

const struct role_ops mail_ops = {
	.role = ROLE_MAIL,
	.start = mail_start,
	.listener = mail_listener,
	.peer = mail_peer,
	.message = mail_message,
	.reload = mail_reload,
	.stop = mail_stop,
	.end = mail_end,
};
