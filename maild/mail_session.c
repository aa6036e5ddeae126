/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "imap.h"
#include "log.h"
#include "mail_state.h"
#include "peer.h"
#include "smtp.h"
#include "stats.h"
#include "store.h"

/* A connection on its way to its worker. */
struct arrival {
	const struct session_proto *proto;
	struct session_start start; /* its strings are ours */
	int fd;
	struct buf input;
};

static const struct session_proto *const scope_proto[ROLE_SCOPES + 1] = {
	[ROLE_SCOPE_IMAP] = &imap_proto,
	[ROLE_SCOPE_SUBMISSION] = &smtp_submission_proto,
	[ROLE_SCOPE_INBOUND] = &smtp_inbound_proto,
};

static int64_t
now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* One more connection of no user: LMTP, or mail from the world. */
static bool
room_for_anyone(struct mail *m)
{
	const uint32_t max = m->process->conf->connections;
	bool ok = mail_count_add(m->count, "", max);

	if (!ok)
		log_warning("mail: too many connections", "connections=%u",
		    max);
	return ok;
}

static struct mail_worker *
next_worker(struct mail *m)
{
	return &m->worker[m->next_worker++ % m->nworkers];
}

/* ---- on the worker's thread ---- */

static void
arrival_free(struct arrival *a)
{
	const char *const strings[] = { a->start.peer, a->start.local,
		a->start.tls, a->start.user, a->start.helo, a->start.tag };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free((char *)(uintptr_t)strings[i]);
	buf_free(&a->input);
	free(a);
}

static void
on_arrival(struct mail_worker *w, void *arg)
{
	struct arrival *a = arg;
	struct bufferevent *bev;
	struct evbuffer *in;

	bev = bufferevent_socket_new(w->w.base, a->fd, BEV_OPT_CLOSE_ON_FREE);
	in = bufferevent_get_input(bev);
	evbuffer_unfreeze(in, 0); /* it only takes what is read, else */
	evbuffer_add(in, a->input.data, a->input.len);
	evbuffer_freeze(in, 0);
	stats_add(STATS_SESSIONS, 1);
	stats_add(STATS_SESSIONS_TOTAL, 1);
	/* All that it holds at once, not 16 kB a turn. */
	bufferevent_set_max_single_write(bev, SESSION_OUTPUT_MAX);
	session_new(&w->w, bev, a->proto, &a->start);
	arrival_free(a);
}

void
mail_session_gone(void *arg, const struct session_start *start)
{
	struct mail_worker *w = arg;

	stats_add(STATS_SESSIONS, -1);
	mail_count_drop(w->mail->count, start->user);
}

/* ---- sessions that front hands over ---- */

static bool
is_connection(int fd)
{
	int type = 0, listens = 1;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    type == SOCK_STREAM && !listens &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static struct arrival *
arrival_of(const struct role_channel *front, const struct role_msg *msg,
    const char *user, int fd)
{
	struct arrival *a = xcalloc(1, sizeof(*a));

	a->proto = scope_proto[msg->session.scope];
	a->fd = fd;
	a->start = (struct session_start){ .id = msg->session.connection,
		.peer = span_dup(msg->session.peer),
		.local = span_dup(msg->session.local),
		.tls = span_dup(msg->session.tls),
		.user = xstrdup(user),
		.helo = span_dup(msg->session.helo),
		.esmtp = msg->session.esmtp,
		.tag = span_dup(msg->session.tag),
		.front = role_channel_about(front)->number };
	buf_add_span(&a->input, msg->session.input);
	return a;
}

/* The user of the ticket, as the store has it. */
static bool
find_user(struct mail *m, const char *name, struct store_user *u)
{
	enum store_status st;

	store_begin(m->store);
	st = store_user_find(m->store, span_str(name), u);
	store_end(m->store);
	if (st == STORE_OK && !u->disabled)
		return true;
	log_warning("mail: no mailbox for a login", "user=%s error=%s", name,
	    st == STORE_OK ? "disabled" : store_strerror(st));
	return false;
}

/* Owns fd unless it answers TAKEN. */
static enum role_answer
take(struct mail *m, const struct role_channel *front,
    const struct role_msg *msg, const char *name, int fd)
{
	uint32_t max = m->process->conf->connections_per_user;
	struct store_user u;

	if (m->stopped != NULL || !is_connection(fd) || !find_user(m, name, &u))
		return ROLE_SESSION_FAILED;
	if (!mail_count_add(m->count, u.name, max)) {
		log_warning("mail: too many connections of a user",
		    "user=%s peer=%.*s connections_per_user=%u", u.name,
		    LOG_SPAN(msg->session.peer), max);
		return ROLE_SESSION_LIMIT;
	}
	mail_post(&m->worker[u.id % m->nworkers], on_arrival,
	    arrival_of(front, msg, u.name, fd));
	return ROLE_SESSION_TAKEN;
}

/* Nobody's: any worker will do. */
static enum role_answer
take_inbound(struct mail *m, const struct role_channel *front,
    const struct role_msg *msg, int fd)
{
	if (m->stopped != NULL || !is_connection(fd))
		return ROLE_SESSION_FAILED;
	if (!room_for_anyone(m))
		return ROLE_SESSION_LIMIT;
	mail_post(next_worker(m), on_arrival, arrival_of(front, msg, "", fd));
	return ROLE_SESSION_TAKEN;
}

/* The user that auth gave it to; NULL: none.  The ticket was sent before front
 * could know of it, but what auth sends may not have been read so far. */
static char *
user_of(struct mail *m, const struct role_msg *msg)
{
	struct role_channel *auth;
	char *user;

	do {
		user = mail_tickets_take(m->tickets, &msg->session.ticket,
		    msg->session.scope, now_seconds());
		auth = m->peers.other[ROLE_AUTH];
	} while (user == NULL && auth != NULL && role_channel_hear(auth));
	return user;
}

static enum role_answer
take_by_ticket(struct mail *m, const struct role_channel *front,
    const struct role_msg *msg, int fd)
{
	enum role_answer answer = ROLE_SESSION_NO_TICKET;
	char *user = user_of(m, msg);

	if (user != NULL)
		answer = take(m, front, msg, user, fd);
	free(user);
	return answer;
}

void
mail_session(struct mail *m, struct role_channel *front,
    const struct role_msg *msg, int fd)
{
	struct role_msg answer = { .type = ROLE_SESSION_ANSWER };

	answer.session_answer.connection = msg->session.connection;
	answer.session_answer.answer =
	    msg->session.scope == ROLE_SCOPE_INBOUND ?
	    take_inbound(m, front, msg, fd) :
	    take_by_ticket(m, front, msg, fd);
	if (answer.session_answer.answer == ROLE_SESSION_NO_TICKET)
		log_warning("mail: a session without a ticket",
		    "front=%u session=" LOG_ID,
		    role_channel_about(front)->number, msg->session.connection);
	if (answer.session_answer.answer != ROLE_SESSION_TAKEN)
		close(fd);
	role_send(front, &answer, -1);
}

/* ---- sessions from the control socket ---- */

static struct arrival *
arrival_of_admin(struct mail *m, const struct ctl_session *s, const char *user)
{
	struct arrival *a = xcalloc(1, sizeof(*a));
	struct buf peer = { 0 };

	buf_addf(&peer, "uid:%u", (unsigned)s->uid);
	a->proto = &imap_proto;
	a->fd = s->fd;
	a->start = (struct session_start){ .id = m->next_id++,
		.peer = buf_steal(&peer),
		.local = xstrdup("control"),
		.tls = xstrdup(""),
		.user = xstrdup(user),
		.helo = xstrdup(""),
		.tag = xstrdup("") };
	buf_add_span(&a->input, s->input);
	return a;
}

enum ctl_session_answer
mail_session_admin(void *arg, const struct ctl_session *s)
{
	struct mail *m = arg;
	struct store_user u;
	struct arrival *a;

	if (m->stopped != NULL || !find_user(m, s->user, &u))
		return CTL_SESSION_FAILED;
	if (!mail_count_add(m->count, u.name,
		m->process->conf->connections_per_user))
		return CTL_SESSION_LIMIT;
	/* A socket that was only read from has room for that. */
	if (write(s->fd, s->answer.p, s->answer.n) != (ssize_t)s->answer.n) {
		mail_count_drop(m->count, u.name);
		return CTL_SESSION_FAILED;
	}
	a = arrival_of_admin(m, s, u.name);
	log_info("mail: an admin acts as a user",
	    "uid=%u user=%s session=" LOG_ID, (unsigned)s->uid, u.name,
	    a->start.id);
	mail_post(&m->worker[u.id % m->nworkers], on_arrival, a);
	return CTL_SESSION_TAKEN;
}

/* ---- sessions that go back to front ---- */

static void
on_back(struct mail_worker *w, void *arg)
{
	struct arrival *a = arg;
	struct mail *m = w->mail;
	struct role_channel *front = m->peers.front[a->start.front];
	struct role_msg back = { .type = ROLE_SESSION_BACK };

	back.session_back.connection = a->start.id;
	back.session_back.tls = a->start.tls[0] != '\0';
	back.session_back.peer = span_str(a->start.peer);
	back.session_back.local = span_str(a->start.local);
	back.session_back.helo = span_str(a->start.helo);
	back.session_back.input = buf_span(&a->input);
	if (m->stopped == NULL && front != NULL)
		role_send(front, &back, a->fd);
	close(a->fd);
	arrival_free(a);
}

void
mail_session_back(void *arg, const struct session_start *start, int fd,
    struct span input)
{
	struct arrival *a = xcalloc(1, sizeof(*a));

	a->fd = fd;
	a->start = *start;
	a->start.peer = xstrdup(start->peer);
	a->start.local = xstrdup(start->local);
	a->start.tls = xstrdup(start->tls);
	a->start.helo = xstrdup(start->helo);
	a->start.user = a->start.tag = NULL;
	buf_add_span(&a->input, input);
	mail_post_back(arg, on_back, a);
}

/* ---- LMTP ---- */

static void
on_accept(struct evconnlistener *ev, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct mail_listener *l = arg;
	struct mail *m = l->mail;
	struct arrival *a;
	char peer[PEER_MAX];

	(void)ev;
	(void)len;
	if (!room_for_anyone(m)) {
		close(fd);
		return;
	}
	peer_format(sa, peer);
	a = xcalloc(1, sizeof(*a));
	a->proto = &smtp_lmtp_proto;
	a->fd = fd;
	a->start = (struct session_start){ .id = m->next_id++,
		.peer = xstrdup(peer),
		.local = xstrdup(l->local),
		.tls = xstrdup(""),
		.user = xstrdup(""),
		.helo = xstrdup(""),
		.tag = xstrdup("") };
	mail_post(next_worker(m), on_arrival, a);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct mail_listener *l = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->ev);
}

/* Out of descriptors, mostly: others may give some back. */
static void
on_error(struct evconnlistener *ev, void *arg)
{
	static const struct timeval second = { 1, 0 };
	struct mail_listener *l = arg;

	log_error("mail: cannot accept", "error=%s", strerror(errno));
	evconnlistener_disable(ev);
	event_add(l->again, &second);
}

void
mail_listen(struct mail *m, const struct conf_listen *l, int fd)
{
	const size_t max = sizeof(m->listener) / sizeof(m->listener[0]);
	struct mail_listener *ml;
	struct buf local = { 0 };

	if (m->nlisteners == max) {
		log_error("mail: too many LMTP listeners", "max=%zu", max);
		close(fd);
		return;
	}
	if (l->path != NULL)
		buf_adds(&local, l->path);
	else
		buf_addf(&local, "%u", l->port);
	ml = xcalloc(1, sizeof(*ml));
	ml->mail = m;
	ml->local = buf_steal(&local);
	ml->again = evtimer_new(m->process->base, on_again, ml);
	ml->ev = evconnlistener_new(m->process->base, on_accept, ml,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	evconnlistener_set_error_cb(ml->ev, on_error);
	m->listener[m->nlisteners++] = ml;
}

void
mail_listeners_close(struct mail *m)
{
	while (m->nlisteners > 0) {
		struct mail_listener *l = m->listener[--m->nlisteners];

		evconnlistener_free(l->ev);
		event_free(l->again);
		free(l->local);
		free(l);
	}
}
