/* SPDX-License-Identifier: ISC */
#include "filter.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "roles_channel.h"

/*
 * A request is made on a thread of its own, lives on the loop of the process,
 * and goes back to be answered.  The list holds it until it is freed; done and
 * arg belong to the thread.
 */
#define PIECE         ((size_t)16384)
#define PIECES_A_TURN 16

struct filter_request {
	LIST_ENTRY(filter_request) entry;
	struct filter *filter;
	struct event_base *back;
	filter_done done; /* NULL: nobody waits for it any more */
	void *arg;

	uint32_t number;
	bool look_up; /* there is a peer and no more */
	char *peer, *helo, *sender, *id;
	struct buf recipients;
	int text, stream; /* the file; this end of what outbound reads, or -1 */
	uint64_t size, off;
	unsigned seconds;
	bool running; /* outbound is to answer it */
	struct event *writable, *deadline;
	struct buf answer;
};

struct filter {
	struct event_base *base;
	struct role_channel *outbound;
	uint32_t number;
	pthread_mutex_t lock; /* of what follows */
	LIST_HEAD(, filter_request) requests;
	size_t n;
};

/* ---- its end ---- */

static void
close_stream(struct filter_request *r)
{
	if (r->stream < 0)
		return;
	event_free(r->writable);
	close(r->stream);
	r->stream = -1;
}

static void
request_free(struct filter_request *r)
{
	close_stream(r);
	if (r->deadline != NULL)
		event_free(r->deadline);
	if (r->text >= 0)
		close(r->text);
	free(r->peer);
	free(r->helo);
	free(r->sender);
	free(r->id);
	buf_free(&r->recipients);
	buf_free(&r->answer);
	free(r);
}

static void
on_back(evutil_socket_t fd, short what, void *arg)
{
	struct filter_request *r = arg;
	struct filter *f = r->filter;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&f->lock);
	LIST_REMOVE(r, entry);
	f->n--;
	pthread_mutex_unlock(&f->lock);
	if (r->done != NULL)
		r->done(r->arg, r->answer.len > 0 ? buf_span(&r->answer) :
						    (struct span){ 0 });
	request_free(r);
}

static void
post(struct event_base *base, event_callback_fn fn, struct filter_request *r)
{
	if (event_base_once(base, -1, EV_TIMEOUT, fn, r, NULL) < 0)
		abort();
}

/* why: there is no answer; NULL: there is. */
static void
finish(struct filter_request *r, const char *why)
{
	if (why != NULL)
		log_warning("filter: mail was not checked",
		    "id=%s peer=%s problem=%s", r->id, r->peer, why);
	r->running = false;
	close_stream(r);
	if (r->deadline != NULL)
		event_del(r->deadline);
	post(r->back, on_back, r);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, "there is no answer in time");
}

/* ---- the stream ---- */

/* 1: go on, 0: wait, -1: it is over. */
static int
send_piece(struct filter_request *r)
{
	char piece[PIECE];
	ssize_t n = pread(r->text, piece, sizeof(piece), (off_t)r->off);

	if (n > 0 && (uint64_t)n > r->size - r->off)
		n = (ssize_t)(r->size - r->off);
	if (n <= 0)
		return -1;
	n = send(r->stream, piece, (size_t)n, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	r->off += (uint64_t)n;
	return r->off < r->size ? 1 : -1;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct filter_request *r = arg;
	int ret = 1;

	(void)fd;
	(void)what;
	for (int i = 0; i < PIECES_A_TURN && ret > 0; i++)
		ret = send_piece(r);
	if (ret < 0)
		close_stream(r);
}

/* ---- its beginning ---- */

static int
tell_outbound(struct filter_request *r, int fd)
{
	struct role_msg m = { .type = ROLE_FILTER };

	if (r->look_up) {
		m.type = ROLE_LOOKUP;
		m.lookup.request = r->number;
		m.lookup.peer = span_str(r->peer);
		return role_send(r->filter->outbound, &m, -1);
	}
	m.filter.request = r->number;
	m.filter.peer = span_str(r->peer);
	m.filter.helo = span_str(r->helo);
	m.filter.sender = span_str(r->sender);
	m.filter.id = span_str(r->id);
	m.filter.recipients = buf_span(&r->recipients);
	m.filter.size = r->size;
	return role_send(r->filter->outbound, &m, fd);
}

/* Outbound's end; -1: there is none. */
static int
open_stream(struct filter_request *r)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair) < 0)
		return -1;
	r->stream = pair[0];
	r->writable = event_new(r->filter->base, pair[0],
	    EV_WRITE | EV_PERSIST, on_writable, r);
	event_add(r->writable, NULL);
	return pair[1];
}

static void
on_begin(evutil_socket_t unused, short what, void *arg)
{
	struct filter_request *r = arg;
	struct filter *f = r->filter;
	const struct timeval patience = { .tv_sec = r->seconds };
	int fd = -1;

	(void)unused;
	(void)what;
	if (f->outbound == NULL || !role_channel_has_room(f->outbound) ||
	    (!r->look_up && (fd = open_stream(r)) < 0)) {
		finish(r, "outbound is away or busy");
		return;
	}
	r->number = f->number++;
	r->running = true;
	r->deadline = evtimer_new(f->base, on_deadline, r);
	event_add(r->deadline, &patience);
	if (tell_outbound(r, fd) < 0)
		finish(r, "outbound cannot be told");
	if (fd >= 0)
		close(fd);
}

static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, "there are too many at a time");
}

static struct filter_request *
begin(struct filter *f, const struct filter_request *what)
{
	struct filter_request *r = xcalloc(1, sizeof(*r));
	bool room;

	*r = *what;
	r->filter = f;
	r->stream = -1;
	pthread_mutex_lock(&f->lock);
	LIST_INSERT_HEAD(&f->requests, r, entry);
	room = f->n++ < FILTER_MAX && (r->look_up || r->text >= 0);
	pthread_mutex_unlock(&f->lock);
	post(f->base, room ? on_begin : on_refused, r);
	return r;
}

struct filter_request *
filter_ask(struct filter *f, struct event_base *back,
    const struct filter_ask *ask, filter_done done, void *arg)
{
	struct filter_request r = { .back = back,
		.done = done,
		.arg = arg,
		.peer = xstrdup(ask->peer),
		.helo = xstrdup(ask->helo),
		.sender = xstrdup(ask->sender),
		.id = xstrdup(ask->id),
		.text = fcntl(ask->text, F_DUPFD_CLOEXEC, 0),
		.size = ask->size,
		.seconds = ask->seconds };

	buf_add_span(&r.recipients, ask->recipients);
	return begin(f, &r);
}

struct filter_request *
filter_look_up(struct filter *f, struct event_base *back, const char *peer,
    unsigned seconds, filter_done done, void *arg)
{
	const struct filter_request r = { .back = back,
		.done = done,
		.arg = arg,
		.look_up = true,
		.peer = xstrdup(peer),
		.text = -1,
		.seconds = seconds };

	return begin(f, &r);
}

void
filter_cancel(struct filter_request *r)
{
	r->done = NULL;
}

/* ---- outbound ---- */

static struct filter_request *
find(struct filter *f, bool any, uint32_t number)
{
	struct filter_request *r;

	pthread_mutex_lock(&f->lock);
	LIST_FOREACH (r, &f->requests, entry) {
		if (r->running && (any || r->number == number))
			break;
	}
	pthread_mutex_unlock(&f->lock);
	return r;
}

void
filter_heard(struct filter *f, const struct role_msg *m)
{
	struct filter_request *r = find(f, false, m->filtered.request);

	if (r == NULL)
		return;
	buf_add_span(&r->answer, m->filtered.answer);
	finish(r, r->answer.len > 0 || r->look_up ? NULL :
	    "rspamd has not said what it is");
}

void
filter_attach(struct filter *f, struct role_channel *outbound)
{
	struct filter_request *r;

	f->outbound = outbound;
	while ((r = find(f, true, 0)) != NULL)
		finish(r, "outbound went away");
}

struct filter *
filter_new(struct event_base *base)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->base = base;
	pthread_mutex_init(&f->lock, NULL);
	LIST_INIT(&f->requests);
	return f;
}

void
filter_free(struct filter *f)
{
	struct filter_request *r;

	if (f == NULL)
		return;
	while ((r = LIST_FIRST(&f->requests)) != NULL) {
		LIST_REMOVE(r, entry);
		request_free(r);
	}
	pthread_mutex_destroy(&f->lock);
	free(f);
}
