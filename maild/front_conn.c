/* SPDX-License-Identifier: ISC */
#include "front_conn_state.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
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

static void
set_timer(struct front_conn *c, unsigned seconds)
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
	set_timer(c, seconds);
}

void
front_deadline(struct front_conn *c, unsigned seconds)
{
	c->patience = seconds;
	if (c->phase == PHASE_TALK && !c->paused)
		set_timer(c, seconds);
}

static void
pause_over(struct front_conn *c)
{
	c->paused = false;
	set_timer(c, c->patience);
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
		set_timer(c, LAST_WORDS);
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

static void
attach(struct front_conn *c)
{
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, FRONT_INPUT_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static bool
begin_handshake(struct front_conn *c, int fd)
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
	attach(c);
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
	if (!begin_handshake(c, fd))
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

static void
stop_one(void *arg, struct front_entry *e)
{
	struct front_conn *c = (struct front_conn *)e;

	(void)arg;
	if (c->phase >= PHASE_PUMP)
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

/* ---- the beginning ---- */

static bool
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
		(IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		    in6->sin6_addr.s6_addr[12] == 127));
}

static void
format_peer(const struct sockaddr *sa, char *out, size_t size)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	char text[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		snprintf(out, size, "%s", text);
	} else if (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text,
		    sizeof(text));
		snprintf(out, size, "%s", text);
	} else {
		if (sa->sa_family == AF_INET6)
			inet_ntop(AF_INET6, &in6->sin6_addr, text,
			    sizeof(text));
		snprintf(out, size, "[%s]", text);
	}
}

static const struct {
	const char *name;
	const struct front_proto *proto;
	bool implicit_tls;
} kinds[] = {
	[CONF_IMAP] = { "imap", &front_imap, false },
	[CONF_IMAPS] = { "imaps", &front_imap, true },
	[CONF_SUBMISSION] = { "submission", &front_smtp, false },
	[CONF_SUBMISSIONS] = { "submissions", &front_smtp, true },
	[CONF_SMTP] = { "smtp", &front_mx, false },
};

/* Over a limit?  Then it is told so, where that can be done in clear. */
static bool
too_many(struct front_conn *c)
{
	const struct conf *conf = front_conf(c);
	const char *limit = NULL;

	if (front_table_len(c->front->table) > conf->connections)
		limit = "connections";
	else if (front_table_peers(c->front->table, &c->entry,
		     (size_t)conf->connections_per_address + 1) >
	    conf->connections_per_address)
		limit = "connections_per_address";
	if (limit != NULL)
		log_warning("front: too many connections", "peer=%s limit=%s",
		    c->entry.peer, limit);
	return limit != NULL;
}

/* In clear, until STARTTLS. */
static bool
begin_clear(struct front_conn *c, int fd)
{
	c->bev = bufferevent_socket_new(c->front->process->base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		close(fd);
		return false;
	}
	attach(c);
	c->greeted = true;
	c->state = c->proto->start(c);
	return true;
}

void
front_conn_begin(struct front_conn *c, int fd)
{
	const bool busy = too_many(c), implicit_tls = c->implicit_tls;

	c->phase = PHASE_TALK;
	if (busy && implicit_tls) {
		close(fd);
		front_conn_gone(c);
	} else if (!(implicit_tls ? begin_handshake(c, fd)
				  : begin_clear(c, fd))) {
		front_conn_gone(c);
	} else if (busy) {
		c->proto->bye(c, FRONT_BYE_BUSY);
		front_close(c);
	} else if (!implicit_tls) {
		c->proto->greet(c, c->state);
	}
}

static void
set_peer(struct front_conn *c, const struct sockaddr *sa)
{
	c->loopback = is_loopback(sa);
	format_peer(sa, c->entry.peer, sizeof(c->entry.peer));
}

void
front_conn_peer(struct front_conn *c, const struct sockaddr *sa)
{
	front_table_remove(c->front->table, &c->entry);
	set_peer(c, sa);
	front_table_add(c->front->table, &c->entry);
}

static struct front_conn *
conn_new(struct front *f, const struct front_proto *proto)
{
	struct front_conn *c = xcalloc(1, sizeof(*c));

	*c = (struct front_conn){ .front = f, .proto = proto, .pair = -1,
		.raw = -1 };
	c->timer = event_new(f->process->base, -1, 0, on_timer, c);
	return c;
}

void
front_conn_new(struct front *f, const struct conf_listen *l, int fd,
    const struct sockaddr *sa)
{
	struct front_conn *c = conn_new(f, kinds[l->kind].proto);
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->implicit_tls = kinds[l->kind].implicit_tls;
	c->entry.id = f->next_id++;
	set_peer(c, sa);
	snprintf(c->local, sizeof(c->local), "%s:%u", kinds[l->kind].name,
	    l->port);
	front_table_add(f->table, &c->entry);
	set_timer(c, front_conf(c)->login_timeout);
	log_debug("front: connected", "session=" LOG_ID " peer=%s local=%s",
	    c->entry.id, c->entry.peer, c->local);
	if (front_proxy_is(c, sa))
		front_proxy_read(c, fd);
	else
		front_conn_begin(c, fd);
}

/* ---- once more ---- */

struct front_conn *
front_conn_revive(struct front *f, uint64_t id, struct span peer,
    struct span local, int fd)
{
	struct front_conn *c = conn_new(f, &front_imap);

	/* By what a proxy said, it may be another than the socket's. */
	snprintf(c->entry.peer, sizeof(c->entry.peer), "%.*s", (int)peer.n,
	    peer.p);
	c->loopback = span_iprefix(peer, SPAN_LIT("127.")) ||
	    span_eq(peer, SPAN_LIT("[::1]"));
	snprintf(c->local, sizeof(c->local), "%.*s", (int)local.n, local.p);
	c->entry.id = id;
	c->greeted = true;
	front_table_add(f->table, &c->entry);
	c->bev = bufferevent_socket_new(f->process->base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev != NULL)
		return c;
	close(fd);
	front_conn_gone(c);
	return NULL;
}

void
front_conn_begin_again(struct front_conn *c)
{
	c->phase = PHASE_TALK;
	attach(c);
	c->state = c->proto->start(c);
	set_timer(c, front_conf(c)->login_timeout);
}
