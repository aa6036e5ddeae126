/* SPDX-License-Identifier: ISC */
#include "front_pump.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"

/* Read from mail at once: three full TLS records, which with what libevent puts
 * before them fit into a power of two, as it allocates. */
#define PUMP_READ ((size_t)3 * 16384)

struct front_pump {
	struct bufferevent *tls, *plain;
	struct event *from_mail; /* plain's reads: its own take 4 kB each */
	bool ended; /* one side is gone: the rest is written, no more read */
	void (*gone)(void *arg);
	void *arg;
};

void
front_bev_free(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (ssl != NULL && SSL_is_init_finished(ssl)) {
		/* Say goodbye, do not wait for theirs. */
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
		SSL_shutdown(ssl);
	}
	bufferevent_free(bev);
}

void
front_pump_free(struct front_pump *p)
{
	event_free(p->from_mail);
	front_bev_free(p->tls);
	bufferevent_free(p->plain);
	free(p);
}

static void
finish(struct front_pump *p)
{
	void (*gone)(void *arg) = p->gone;
	void *arg = p->arg;

	front_pump_free(p);
	gone(arg);
}

static struct bufferevent *
other(const struct front_pump *p, const struct bufferevent *bev)
{
	return bev == p->tls ? p->plain : p->tls;
}

static size_t
waiting(struct bufferevent *bev)
{
	return evbuffer_get_length(bufferevent_get_output(bev));
}

static void
resume(struct front_pump *p, struct bufferevent *bev)
{
	if (bev == p->plain)
		event_add(p->from_mail, NULL);
	else
		bufferevent_enable(bev, EV_READ);
}

static void
pause_reading(struct front_pump *p, struct bufferevent *bev)
{
	if (bev == p->plain)
		event_del(p->from_mail);
	else
		bufferevent_disable(bev, EV_READ);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct front_pump *p = arg;

	bufferevent_write_buffer(p->plain, bufferevent_get_input(bev));
	if (waiting(p->plain) >= FRONT_PUMP_MAX)
		pause_reading(p, bev);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct front_pump *p = arg;

	if (!p->ended)
		resume(p, other(p, bev));
	else if (waiting(bev) == 0)
		finish(p);
}

/* bev's peer is gone: what it said still goes to the other side. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct front_pump *p = arg;
	struct bufferevent *to = other(p, bev);

	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0)
		return;
	if (p->ended) {
		finish(p);
		return;
	}
	bufferevent_write_buffer(to, bufferevent_get_input(bev));
	if (waiting(to) == 0) {
		finish(p);
		return;
	}
	p->ended = true;
	event_del(p->from_mail);
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_disable(to, EV_READ);
}

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	static char bytes[PUMP_READ];
	struct front_pump *p = arg;
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		on_event(p->plain, n == 0 ? BEV_EVENT_EOF : BEV_EVENT_ERROR,
		    p);
		return;
	}
	if (waiting(p->tls) + (size_t)n >= FRONT_PUMP_MAX)
		pause_reading(p, p->plain);
	bufferevent_write(p->tls, bytes, (size_t)n);
}

static void
attach(struct front_pump *p, struct bufferevent *bev)
{
	bufferevent_setcb(bev, on_read, on_write, on_event, p);
	bufferevent_setwatermark(bev, EV_READ, 0, FRONT_PUMP_MAX);
	bufferevent_setwatermark(bev, EV_WRITE, 0, 0);
	bufferevent_enable(bev, bev == p->plain ? EV_WRITE :
	    EV_READ | EV_WRITE);
}

struct front_pump *
front_pump_new(struct bufferevent *tls, struct bufferevent *plain,
    void (*gone)(void *arg), void *arg)
{
	struct front_pump *p = xcalloc(1, sizeof(*p));

	*p = (struct front_pump){ .tls = tls, .plain = plain, .gone = gone,
		.arg = arg };
	p->from_mail = event_new(bufferevent_get_base(plain),
	    bufferevent_getfd(plain), EV_READ | EV_PERSIST, on_mail, p);
	bufferevent_disable(plain, EV_READ);
	bufferevent_write_buffer(plain, bufferevent_get_input(tls));
	attach(p, tls);
	attach(p, plain);
	resume(p, plain);
	return p;
}

/* A socket pair holds no more than the kernel lets it; and mail, whose side may
 * be another thing by now, cannot keep us here. */
static void
read_all(struct evbuffer *to, int fd)
{
	for (int i = 0; i < 64 && evbuffer_read(to, fd, 65536) > 0; i++)
		;
}

struct bufferevent *
front_pump_stop(struct front_pump *p, int fd, struct span first)
{
	struct bufferevent *tls = p->tls, *plain = p->plain;
	struct evbuffer *some, *out = bufferevent_get_output(plain);

	if (p->ended)
		return NULL;
	event_free(p->from_mail);
	some = evbuffer_new();
	bufferevent_disable(plain, EV_READ | EV_WRITE);
	evbuffer_add(some, first.p, first.n);
	read_all(some, fd);
	evbuffer_unfreeze(out, 1); /* it gives to the socket only, else */
	evbuffer_add_buffer(some, out);
	evbuffer_prepend_buffer(bufferevent_get_input(tls), some);

	bufferevent_write_buffer(tls, bufferevent_get_input(plain));
	read_all(some, bufferevent_getfd(plain));
	bufferevent_write_buffer(tls, some);
	evbuffer_free(some);
	bufferevent_free(plain);
	free(p);
	return tls;
}
