/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>

#include "buf.h"
#include "session_deflate.h"
#include "session_io.h"
#include "session_socket.h"

#define FLUSH_SECONDS 30 /* to write the rest after session_close() */
#define DRAIN_SECONDS 1  /* for the peer to see the end of the stream */

enum phase {
	SESSION_OPEN,
	SESSION_FLUSHING, /* the protocol has ended; its last words are not
			   * yet written */
	SESSION_DRAINING, /* they are: waits for the peer to close */
};

struct session {
	TAILQ_ENTRY(session) entry;
	struct worker *worker;
	struct bufferevent *bev;
	struct session_deflate *z; /* NULL: not compressed */
	struct evbuffer *inflated; /* with it: what has been */
	struct event *turn, *deadline;
	const struct session_proto *proto;
	void *state;
	struct session_start start; /* its strings are ours */
	enum phase phase;
	bool full;    /* reading waits for session_take() */
	bool running; /* what is written is sent at the end of it */
	bool writing; /* libevent has been asked to write */
	bool eof;     /* the peer sends no more */
	bool broken;  /* nor will it get anything */
	bool closing; /* the protocol has had enough … */
	bool giving;  /* … of this session, not of the connection */
	bool ending;  /* … or we: for the reason in */
	enum session_end why;
};

struct session_list {
	TAILQ_HEAD(, session) head;
	size_t len;
	struct session_warm *warm;
	void (*gone)(void *arg, const struct session_start *start);
	void (*back)(void *arg, const struct session_start *start, int fd,
	    struct span input);
	void *arg;
};

struct worker *
session_worker(struct session *s)
{
	return s->worker;
}

const struct session_start *
session_started(const struct session *s)
{
	return &s->start;
}

/* Of a compressed session: as much as there is room for. */
static void
inflate_input(struct session *s)
{
	if (s->z != NULL && session_inflate(s->z,
	    bufferevent_get_input(s->bev), s->inflated, SESSION_INPUT_MAX) < 0)
		s->broken = true;
}

static struct evbuffer *
input(const struct session *s)
{
	return s->z != NULL ? s->inflated : bufferevent_get_input(s->bev);
}

struct span
session_input(struct session *s)
{
	struct evbuffer *in = input(s);
	size_t n = evbuffer_get_length(in);

	if (n == 0)
		return (struct span){ 0 };
	return span_of((const char *)evbuffer_pullup(in, -1), n);
}

void
session_take(struct session *s, size_t n)
{
	evbuffer_drain(input(s), n);
	inflate_input(s);
	/* What is inflated now comes with no event of its own. */
	if (n > 0 && s->z != NULL && evbuffer_get_length(s->inflated) > 0)
		session_wake(s);
	if (n > 0 && s->full) {
		s->full = false;
		bufferevent_enable(s->bev, EV_READ);
	}
}

/* Above its high mark libevent calls on_read without end, unless told that
 * nobody wants to read. */
static void
hold_input(struct session *s)
{
	struct evbuffer *in = bufferevent_get_input(s->bev);

	if (s->eof || evbuffer_get_length(in) < SESSION_INPUT_MAX)
		return;
	s->full = true;
	bufferevent_disable(s->bev, EV_READ);
}

bool
session_eof(const struct session *s)
{
	return s->eof && (s->z == NULL ||
	    evbuffer_get_length(bufferevent_get_input(s->bev)) == 0);
}

static bool
is_pair(const struct session *s)
{
	return bufferevent_getfd(s->bev) < 0;
}

static size_t
output_len(const struct session *s)
{
	return evbuffer_get_length(bufferevent_get_output(s->bev));
}

/* Once the loop finds that it can be: it costs three system calls more than
 * send_now(). */
static void
send_later(struct session *s)
{
	if (s->running || s->writing || output_len(s) == 0)
		return;
	s->writing = true;
	bufferevent_enable(s->bev, EV_WRITE);
}

static void
send_now(struct session *s)
{
	if (!s->writing && !is_pair(s))
		session_socket_write(s->bev);
	send_later(s);
}

void
session_write(struct session *s, struct span data)
{
	if (s->z != NULL)
		session_deflate(s->z, data, bufferevent_get_output(s->bev));
	else if (data.n > 0)
		bufferevent_write(s->bev, data.p, data.n);
	send_later(s);
}

void
session_printf(struct session *s, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	session_write(s, buf_span(&b));
	buf_free(&b);
}

void
session_compress(struct session *s)
{
	s->z = session_deflate_new(s->worker->sessions->warm);
	s->inflated = evbuffer_new();
	inflate_input(s);
}

bool
session_compressed(const struct session *s)
{
	return s->z != NULL;
}

/* All that was written can be read by the peer. */
static void
flush(struct session *s)
{
	if (s->z != NULL)
		session_deflate_flush(s->z, bufferevent_get_output(s->bev));
	send_later(s);
}

size_t
session_room(const struct session *s)
{
	size_t n = output_len(s);

	return n < SESSION_OUTPUT_MAX ? SESSION_OUTPUT_MAX - n : 0;
}

/* A timer, not event_active(): that would run before any I/O is polled. */
static void
schedule(struct session *s)
{
	static const struct timeval now = { 0, 0 };

	event_add(s->turn, &now);
}

void
session_wake(struct session *s)
{
	if (s->phase == SESSION_OPEN)
		schedule(s);
}

static void
set_deadline(struct session *s, unsigned seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	if (seconds > 0)
		event_add(s->deadline, &tv);
	else
		event_del(s->deadline);
}

void
session_deadline(struct session *s, unsigned seconds)
{
	if (s->phase == SESSION_OPEN)
		set_deadline(s, seconds);
}

void
session_close(struct session *s)
{
	s->closing = true;
	session_wake(s);
}

void
session_give_back(struct session *s)
{
	assert(s->z == NULL);
	s->giving = true;
	bufferevent_disable(s->bev, EV_READ);
	bufferevent_setwatermark(s->bev, EV_WRITE, 0, 0);
	session_close(s);
}

/* From here on nothing of the protocol is called. */
static void
last_words(struct session *s, enum session_end why, unsigned seconds)
{
	s->phase = SESSION_FLUSHING;
	event_del(s->turn);
	set_deadline(s, seconds);
	s->proto->end(s, s->state, why);
	s->state = NULL;
	flush(s);
	bufferevent_setwatermark(s->bev, EV_READ, 0, SESSION_INPUT_MAX);
	bufferevent_setwatermark(s->bev, EV_WRITE, 0, 0);
}

/*
 * A socket closed with unread input resets the connection, and the peer may
 * never see our last words: so let it close first, within reason.
 */
static void
stop_sending(struct session *s)
{
	evutil_socket_t fd = bufferevent_getfd(s->bev);

	s->phase = SESSION_DRAINING;
	session_take(s, SIZE_MAX);
	set_deadline(s, DRAIN_SECONDS);
	if (fd >= 0) {
		shutdown(fd, SHUT_WR);
	} else { /* a pair in memory: it cannot be reset */
		bufferevent_flush(s->bev, EV_WRITE, BEV_FINISHED);
		s->eof = true;
	}
}

static void
session_free(struct session *s)
{
	struct session_list *l = s->worker->sessions;

	TAILQ_REMOVE(&l->head, s, entry);
	l->len--;
	if (l->gone != NULL)
		l->gone(l->arg, &s->start);
	event_free(s->turn);
	event_free(s->deadline);
	session_deflate_free(s->z);
	if (s->inflated != NULL)
		evbuffer_free(s->inflated);
	bufferevent_free(s->bev);
	session_start_clear(&s->start);
	free(s);
}

/* All is written: the descriptor goes on without us. */
static void
give_back(struct session *s)
{
	struct session_list *l = s->worker->sessions;
	int fd = fcntl(bufferevent_getfd(s->bev), F_DUPFD_CLOEXEC, 0);

	s->proto->end(s, s->state, SESSION_END_CLOSED);
	if (fd >= 0)
		l->back(l->arg, &s->start, fd, session_input(s));
	session_free(s);
}

static bool
goes_back(const struct session *s)
{
	return s->phase == SESSION_OPEN && s->giving && !s->broken &&
	    s->worker->sessions->back != NULL;
}

/* What every callback owes the session; it may be gone afterwards. */
static void
settle(struct session *s)
{
	if (goes_back(s)) {
		if (output_len(s) == 0)
			give_back(s);
		return;
	}
	if (s->phase == SESSION_OPEN && (s->closing || s->broken))
		last_words(s, SESSION_END_CLOSED, FLUSH_SECONDS);
	if (s->phase == SESSION_FLUSHING && output_len(s) == 0)
		stop_sending(s);
	if (s->broken || (s->phase == SESSION_DRAINING && s->eof))
		session_free(s);
}

static void
run(struct session *s)
{
	s->running = true;
	if (s->phase == SESSION_OPEN && s->ending)
		last_words(s, s->why, SESSION_LAST_WORDS);
	if (s->phase == SESSION_OPEN && !s->closing && !s->broken)
		s->proto->run(s, s->state);
	flush(s);
	s->running = false;
	send_now(s);
	hold_input(s);
	settle(s);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;

	if (!is_pair(s))
		session_socket_read(bev, SESSION_INPUT_MAX);
	inflate_input(s);
	if (s->phase != SESSION_OPEN)
		session_take(s, SIZE_MAX);
	run(s);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;

	if (output_len(s) == 0 && !is_pair(s)) {
		s->writing = false;
		bufferevent_disable(bev, EV_WRITE);
	}
	run(s);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct session *s = arg;

	(void)bev;
	if (what & BEV_EVENT_EOF)
		s->eof = true;
	if (what & BEV_EVENT_ERROR)
		s->broken = true;
	run(s);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (s->phase == SESSION_OPEN)
		last_words(s, SESSION_END_TIMEOUT, SESSION_LAST_WORDS);
	else
		s->broken = true;
	settle(s);
}

struct session *
session_new(struct worker *w, struct bufferevent *bev,
    const struct session_proto *proto, const struct session_start *start)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->worker = w;
	s->bev = bev;
	s->proto = proto;
	session_start_copy(&s->start, start);
	s->turn = evtimer_new(w->base, on_turn, s);
	s->deadline = evtimer_new(w->base, on_deadline, s);
	TAILQ_INSERT_TAIL(&w->sessions->head, s, entry);
	w->sessions->len++;

	bufferevent_setcb(bev, on_read, on_write, on_event, s);
	bufferevent_setwatermark(bev, EV_READ, 0, SESSION_INPUT_MAX);
	bufferevent_setwatermark(bev, EV_WRITE, SESSION_OUTPUT_MAX / 2, 0);
	/* The other end of a pair in memory takes what it wants. */
	s->writing = is_pair(s);
	bufferevent_disable(bev, s->writing ? 0 : EV_WRITE);
	bufferevent_enable(bev, s->writing ? EV_READ | EV_WRITE : EV_READ);
	schedule(s);
	s->state = proto->start(s, &s->start);
	return s;
}

struct session_list *
session_list_new(void)
{
	struct session_list *l = xcalloc(1, sizeof(*l));

	TAILQ_INIT(&l->head);
	l->warm = session_warm_new();
	return l;
}

void
session_list_free(struct session_list *l)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&l->head)) != NULL) {
		s->broken = true;
		settle(s);
	}
	session_warm_free(l->warm);
	free(l);
}

size_t
session_list_len(const struct session_list *l)
{
	return l->len;
}

void
session_list_end(struct session_list *l, const char *user,
    enum session_end why)
{
	struct session *s;

	TAILQ_FOREACH(s, &l->head, entry) {
		if (user != NULL && strcmp(s->start.user, user) != 0)
			continue;
		s->ending = true;
		s->why = why;
		session_wake(s);
	}
}

void
session_list_watch(struct session_list *l,
    void (*gone)(void *arg, const struct session_start *start), void *arg)
{
	l->gone = gone;
	l->arg = arg;
}

void
session_list_on_back(struct session_list *l,
    void (*back)(void *arg, const struct session_start *start, int fd,
	struct span input))
{
	l->back = back;
}
