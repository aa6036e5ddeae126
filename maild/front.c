/* SPDX-License-Identifier: ISC */
#include "front.h"

#include <event2/listener.h>
#include <stdlib.h>

#include "buf.h"
#include "front_conn.h"
#include "front_tls.h"
#include "log.h"
#include "rates.h"

#define STOP_SECONDS 10 /* for sessions to end when the server stops */

struct front_listener {
	LIST_ENTRY(front_listener) next;
	struct front *front;
	struct conf_listen conf; /* kind and port; its strings are not used */
	struct evconnlistener *listener;
	struct event *pause;
};

static void *
front_start(struct role_process *p, struct buf *why)
{
	struct front *f = xcalloc(1, sizeof(*f));

	f->process = p;
	f->next_id = p->first_id;
	LIST_INIT(&f->listeners);
	f->tls = front_tls_new(buf_span(&p->part[ROLE_PART_CERT]),
	    buf_span(&p->part[ROLE_PART_KEY]),
	    buf_span(&p->part[ROLE_PART_CLIENT_CA]), why);
	buf_wipe(&p->part[ROLE_PART_KEY]);
	if (f->tls == NULL) {
		free(f);
		return NULL;
	}
	f->table = front_table_new();
	f->rates = rates_new();
	return f;
}

/* ---- listeners ---- */

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	struct front_listener *l = arg;

	(void)listener;
	(void)len;
	front_conn_new(l->front, &l->conf, fd, sa);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct front_listener *l = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->listener);
}

/* Out of descriptors, most likely: they come back, looping does not help. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct front_listener *l = arg;
	struct timeval tv = { .tv_usec = 200000 };

	log_warning("front: cannot accept", "error=%s",
	    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(listener);
	event_add(l->pause, &tv);
}

static void
front_listen(struct role_process *p, const struct conf_listen *conf, int fd)
{
	struct front *f = p->state;
	struct front_listener *l = xcalloc(1, sizeof(*l));

	l->front = f;
	l->conf = (struct conf_listen){ .kind = conf->kind, .port = conf->port };
	l->pause = evtimer_new(p->base, on_pause_over, l);
	l->listener = evconnlistener_new(p->base, on_accept, l,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	evconnlistener_set_error_cb(l->listener, on_accept_error);
	LIST_INSERT_HEAD(&f->listeners, l, next);
}

static void
close_listeners(struct front *f)
{
	struct front_listener *l;

	while ((l = LIST_FIRST(&f->listeners)) != NULL) {
		LIST_REMOVE(l, next);
		evconnlistener_free(l->listener);
		event_free(l->pause);
		free(l);
	}
}

/* ---- the other roles ---- */

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct front *f = arg;

	(void)ch;
	if (m->type == ROLE_VERDICT)
		front_conn_verdict(f, m);
	else if (m->type == ROLE_SASL_CHALLENGE)
		front_conn_challenge(f, m);
	else if (m->type == ROLE_SESSION_ANSWER)
		front_conn_answer(f, m);
	else if (m->type == ROLE_SESSION_BACK)
		front_conn_back(f, m, fd);
}

static struct role_channel **
channel_to(struct front *f, enum role role)
{
	return role == ROLE_AUTH ? &f->auth : &f->mail;
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	struct front *f = arg;
	enum role role = role_channel_about(ch)->other;

	role_channel_free(ch);
	*channel_to(f, role) = NULL;
	front_conn_lost(f, role);
}

static void
front_peer(struct role_process *p, enum role peer, uint32_t number, int fd)
{
	struct front *f = p->state;
	struct role_channel **at = channel_to(f, peer);
	struct role_channel_end end = {
		.self = ROLE_FRONT, .other = peer, .number = number,
		.message = on_message, .closed = on_closed, .arg = f,
	};

	if (*at != NULL) {
		role_channel_free(*at);
		front_conn_lost(f, peer);
	}
	*at = role_channel_new(p->base, fd, &end);
}

/* ---- reload, stop ---- */

static int
front_reload(struct role_process *p, const struct conf *former, struct buf *why)
{
	struct front *f = p->state;
	SSL_CTX *tls = front_tls_new(buf_span(&p->part[ROLE_PART_CERT]),
	    buf_span(&p->part[ROLE_PART_KEY]),
	    buf_span(&p->part[ROLE_PART_CLIENT_CA]), why);

	(void)former;
	buf_wipe(&p->part[ROLE_PART_KEY]);
	if (tls == NULL)
		return -1;
	SSL_CTX_free(f->tls);
	f->tls = tls;
	return 0;
}

static void
on_stopped(evutil_socket_t fd, short what, void *arg)
{
	struct front *f = arg;

	(void)fd;
	(void)what;
	role_process_end(f->process);
}

static void
front_stop(struct role_process *p)
{
	struct front *f = p->state;
	struct timeval tv = { .tv_sec = STOP_SECONDS };

	if (f->stopping)
		return;
	f->stopping = true;
	close_listeners(f);
	f->stopped = evtimer_new(p->base, on_stopped, f);
	if (front_table_len(f->table) == 0)
		tv.tv_sec = 0;
	event_add(f->stopped, &tv);
	front_conn_stop(f);
}

static void
front_end(struct role_process *p)
{
	struct front *f = p->state;

	close_listeners(f);
	front_conn_free_all(f);
	if (f->auth != NULL)
		role_channel_free(f->auth);
	if (f->mail != NULL)
		role_channel_free(f->mail);
	if (f->stopped != NULL)
		event_free(f->stopped);
	front_table_free(f->table);
	rates_free(f->rates);
	SSL_CTX_free(f->tls);
	free(f);
}

const struct role_ops front_ops = {
	.role = ROLE_FRONT,
	.start = front_start,
	.listener = front_listen,
	.peer = front_peer,
	.reload = front_reload,
	.stop = front_stop,
	.end = front_end,
};
