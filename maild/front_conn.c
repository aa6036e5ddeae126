/* SPDX-License-Identifier: ISC */
#include "front_conn_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "front_pump.h"
#include "front_tls.h"
#include "log.h"

#define LAST_WORDS 5 /* seconds to take what was written before the end */

static void on_read(struct bufferevent *bev, void *arg);
static void on_write(struct bufferevent *bev, void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);

static void
conn_free(struct front_conn *c)
{
	struct front *f = c->front;

	front_sasl_cancel(c);
	front_stream_drop(c);
	front_proxy_drop(c);
	front_table_remove(f->table, &c->entry);
	if (c->state != NULL)
		c->proto->free(c->state);
	if (c->bev != NULL)
		front_bev_free(c->bev);
	if (c->pump != NULL)
		front_pump_free(c->pump);
	if (c->pair >= 0)
		close(c->pair);
	event_free(c->timer);
	buf_free(&c->names);
	front_login_forget(c);
	free(c);
	if (f->stopping && front_table_len(f->table) == 0)
		event_active(f->stopped, EV_TIMEOUT, 0);
}

void
front_conn_gone(struct front_conn *c)
{
	c->phase = PHASE_GONE;
	if (c->bev != NULL)
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	event_active(c->timer, EV_TIMEOUT, 0);
}

void
front_conn_timer(struct front_conn *c, unsigned seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	event_add(c->timer, &tv);
}

void
front_conn_talk_on(struct front_conn *c)
{
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_trigger(c->bev, EV_READ,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
front_pause(struct front_conn *c, unsigned seconds)
{
	if (seconds == 0 || c->phase != PHASE_TALK)
		return;
	c->paused = true;
	bufferevent_disable(c->bev, EV_READ);
	front_conn_timer(c, seconds);
}

void
front_deadline(struct front_conn *c, unsigned seconds)
{
	c->patience = seconds;
	if (c->phase == PHASE_TALK && !c->paused)
		front_conn_timer(c, seconds);
}

static void
pause_over(struct front_conn *c)
{
	c->paused = false;
	front_conn_timer(c, c->patience);
	front_conn_talk_on(c);
}

size_t
front_conn_unwritten(const struct front_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void
front_close(struct front_conn *c)
{
	if (c->phase >= PHASE_PUMP)
		return;
	if (c->bev == NULL) {
		front_conn_gone(c);
		return;
	}
	c->phase = PHASE_CLOSING;
	bufferevent_disable(c->bev, EV_READ);
	if (front_conn_unwritten(c) == 0)
		front_conn_gone(c);
	else
		front_conn_timer(c, LAST_WORDS);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct front_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->phase == PHASE_GONE || c->phase == PHASE_CLOSING) {
		conn_free(c);
		return;
	}
	if (c->phase == PHASE_PUMP)
		return;
	if (c->paused) {
		pause_over(c);
		return;
	}
	log_info("front: waited long enough", "session=" LOG_ID " peer=%s",
	    c->entry.id, c->entry.peer);
	if (c->greeted && c->phase == PHASE_TALK)
		c->proto->bye(c, FRONT_BYE_TIMEOUT);
	front_close(c);
}

/* ---- what the protocols see ---- */

const struct conf *
front_conf(const struct front_conn *c)
{
	return c->front->process->conf;
}

bool
front_is_tls(const struct front_conn *c)
{
	return c->tls;
}

bool
front_has_certificate(const struct front_conn *c)
{
	return c->names.len > 0;
}

bool
front_may_login(const struct front_conn *c)
{
	return c->tls || (c->loopback && front_conf(c)->plaintext);
}

bool
front_offers(const struct front_conn *c, const struct sasl_mech *m)
{
	switch (sasl_mech_needs(m)) {
	case SASL_NEEDS_NOTHING:
		break;
	case SASL_NEEDS_BINDING:
		return c->tls;
	case SASL_NEEDS_CERTIFICATE:
		return front_has_certificate(c);
	case SASL_NEEDS_TOKENS:
		return front_conf(c)->introspection_url != NULL;
	}
	return true;
}

bool
front_talking(const struct front_conn *c)
{
	return c->phase == PHASE_TALK && !c->asking && !c->crowded &&
	    !c->paused && front_conn_unwritten(c) < FRONT_OUTPUT_MAX;
}

struct span
front_input(struct front_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t n = evbuffer_get_length(in);

	return span_of((const char *)evbuffer_pullup(in, (ev_ssize_t)n), n);
}

void
front_take(struct front_conn *c, size_t n)
{
	evbuffer_drain(bufferevent_get_input(c->bev), n);
}

void
front_write(struct front_conn *c, struct span s)
{
	bufferevent_write(c->bev, s.p, s.n);
}

void
front_printf(struct front_conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evbuffer_add_vprintf(bufferevent_get_output(c->bev), fmt, ap);
	va_end(ap);
}

/* ---- TLS ---- */

void
front_conn_attach(struct front_conn *c)
{
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, FRONT_INPUT_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

bool
front_conn_handshake(struct front_conn *c, int fd)
{
	SSL *ssl = SSL_new(c->front->tls);

	if (ssl == NULL) {
		close(fd);
		return false;
	}
	c->bev = bufferevent_openssl_socket_new(c->front->process->base, fd, ssl,
	    BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		SSL_free(ssl);
		close(fd);
		return false;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	c->phase = PHASE_HANDSHAKE;
	front_conn_attach(c);
	return true;
}

void
front_starttls(struct front_conn *c)
{
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0) {
		log_warning("front: bytes behind STARTTLS",
		    "session=" LOG_ID " peer=%s", c->entry.id, c->entry.peer);
		front_conn_gone(c);
		return;
	}
	c->phase = PHASE_STARTTLS;
	bufferevent_disable(c->bev, EV_READ);
}

/* The answer to STARTTLS has gone: the socket gets a new bufferevent, and the
 * protocol a new state. */
static void
upgrade(struct front_conn *c)
{
	int fd = bufferevent_getfd(c->bev);

	bufferevent_setfd(c->bev, -1);
	bufferevent_free(c->bev);
	c->bev = NULL;
	front_stream_drop(c);
	c->proto->free(c->state);
	c->state = NULL;
	if (!front_conn_handshake(c, fd))
		front_conn_gone(c);
}

static void
handshake_done(struct front_conn *c)
{
	c->tls = true;
	c->phase = PHASE_TALK;
	front_tls_client_names(bufferevent_openssl_get_ssl(c->bev),
	    strcmp(front_conf(c)->tls_client_user, "common_name") == 0,
	    &c->names);
	c->state = c->proto->start(c);
	if (!c->greeted) {
		c->greeted = true;
		c->proto->greet(c, c->state);
	}
}

/* Mail may be about to say that it has a message: then that comes first. */
static void
stop_one(void *arg, struct front_entry *e)
{
	struct front_conn *c = (struct front_conn *)e;

	(void)arg;
	if (c->phase >= PHASE_PUMP || (c->phase == PHASE_TALK && c->asking))
		return;
	if (c->phase == PHASE_TALK && c->greeted)
		c->proto->bye(c, FRONT_BYE_SHUTDOWN);
	front_close(c);
}

void
front_conn_stop(struct front *f)
{
	front_table_each(f->table, stop_one, NULL);
}

static void
free_one(void *arg, struct front_entry *e)
{
	(void)arg;
	conn_free((struct front_conn *)e);
}

void
front_conn_free_all(struct front *f)
{
	f->stopping = false;
	front_table_each(f->table, free_one, NULL);
}

/* ---- I/O ---- */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct front_conn *c = arg;

	(void)bev;
	if (front_talking(c) &&
	    evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		c->proto->input(c, c->state);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct front_conn *c = arg;

	if (front_conn_unwritten(c) > 0)
		return;
	switch (c->phase) {
	case PHASE_CLOSING:
		front_conn_gone(c);
		break;
	case PHASE_STARTTLS:
		upgrade(c);
		break;
	case PHASE_FLUSH:
		front_login_hand_over(c);
		break;
	default:
		on_read(bev, c);
	}
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct front_conn *c = arg;

	(void)bev;
	if (c->phase == PHASE_GONE)
		return;
	if (what & BEV_EVENT_CONNECTED) {
		handshake_done(c);
		return;
	}
	if (c->phase == PHASE_HANDSHAKE)
		log_info("front: no TLS handshake", "session=" LOG_ID " peer=%s",
		    c->entry.id, c->entry.peer);
	front_conn_gone(c);
}

struct front_conn *
front_conn_make(struct front *f, const struct front_proto *proto)
{
	struct front_conn *c = xcalloc(1, sizeof(*c));

	*c = (struct front_conn){ .front = f, .proto = proto, .pair = -1,
		.raw = -1 };
	c->timer = event_new(f->process->base, -1, 0, on_timer, c);
	return c;
}
