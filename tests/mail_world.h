/* SPDX-License-Identifier: ISC */
#ifndef TESTS_MAIL_WORLD_H
#define TESTS_MAIL_WORLD_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>

#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "engine_mem.h"
#include "log.h"
#include "session_io.h"
#include "rates.h"
#include "store.h"

/*
 * A worker of the mail role without its role: a store, and sessions that the
 * test talks to through pairs of buffers.  No ports, no sleeps.
 */
#define WORLD_PEERS   10
#define WORLD_SECONDS 20 /* a wait that lasts longer has failed */

struct peer {
	struct bufferevent *bev;    /* NULL: not opened */
	struct bufferevent *server; /* the session's; to be looked at only */
	bool eof;
};

struct world {
	struct event_base *base;
	struct event *wake, *patience;
	bool impatient;
	bool hold; /* what the store answers is not dispatched */
	struct engine *engine;
	struct store *store;
	struct conf conf;
	struct worker worker;
	struct peer peer[WORLD_PEERS];
};

static inline void
world_on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct world *w = arg;

	(void)fd;
	(void)what;
	if (!w->hold)
		store_dispatch(w->store);
}

static inline void
world_wake(void *arg)
{
	struct world *w = arg;

	event_active(w->wake, EV_READ, 0);
}

static inline void
world_on_patience(evutil_socket_t fd, short what, void *arg)
{
	struct world *w = arg;

	(void)fd;
	(void)what;
	w->impatient = true;
}

/* Let the loop turn once.  False: nothing has happened for too long. */
static inline bool
world_turn(struct world *w)
{
	static const struct timeval tv = { WORLD_SECONDS, 0 };

	event_add(w->patience, &tv);
	event_base_loop(w->base, EVLOOP_ONCE);
	event_del(w->patience);
	return !w->impatient;
}

static inline void
world_open(struct world *w, struct engine *e)
{
	static char hostname[] = "mail.example.org", separator[] = "+";
	static char defer[] = "defer";
	static char first[] = "example.org", second[] = "example.net";
	static char *domain[] = { first, second };

	log_open("test", "error", "text", STDERR_FILENO);
	*w = (struct world){ .engine = e };
	evthread_use_pthreads();
	w->base = event_base_new();
	w->wake = event_new(w->base, -1, EV_PERSIST, world_on_wake, w);
	w->patience = evtimer_new(w->base, world_on_patience, w);
	w->store = store_new(e, world_wake, w);
	w->conf = (struct conf){ .hostname = hostname, .domain = domain,
		.imap_progress_interval = 3600, .imap_8bit_headers = true,
		.ndomains = 2, .detail_separator = separator,
		.message_size = 1 << 20, .recipients = 100,
		.quota_full = defer,
		.imap_idle_timeout = 1800, .smtp_idle_timeout = 300 };
	w->worker = (struct worker){ .base = w->base, .store = w->store,
		.rates = rates_new(),
		.conf = &w->conf, .sessions = session_list_new() };
}

/* ---- the store, waited for ---- */

struct world_wait {
	bool done;
	enum store_status st;
};

static inline void
world_on_done(void *arg, enum store_status st)
{
	struct world_wait *wait = arg;

	wait->done = true;
	wait->st = st;
}

static inline void
world_on_delivered(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n)
{
	(void)out;
	(void)n;
	world_on_done(arg, st);
}

static inline enum store_status
world_wait(struct world *w, struct world_wait *wait)
{
	while (!wait->done) {
		if (!world_turn(w))
			return STORE_UNAVAILABLE;
	}
	return wait->st;
}

static inline enum store_status
world_add_user(struct world *w, const char *name)
{
	struct world_wait wait = { false, STORE_OK };

	store_user_create(w->store, span_str(name), world_on_done, &wait);
	return world_wait(w, &wait);
}

static inline enum store_status
world_add_domain(struct world *w, const char *name)
{
	struct world_wait wait = { false, STORE_OK };

	store_domain_add(w->store, span_str(name), world_on_done, &wait);
	return world_wait(w, &wait);
}

/* targets: addresses with a space between them; "" removes the alias. */
static inline enum store_status
world_set_alias(struct world *w, const char *name, const char *targets)
{
	struct world_wait wait = { false, STORE_OK };
	struct span rest = span_str(targets), target[8];
	size_t n = 0;

	while (n < 8 && span_split(&rest, ' ', &target[n]))
		n++;
	store_alias_set(w->store, span_str(name), target, n, world_on_done,
	    &wait);
	return world_wait(w, &wait);
}

/* What else a user may write from, in the same form. */
static inline enum store_status
world_set_send_as(struct world *w, const char *user, const char *addresses)
{
	struct world_wait wait = { false, STORE_OK };
	struct span rest = span_str(addresses), address[8];
	size_t n = 0;

	while (n < 8 && span_split(&rest, ' ', &address[n]))
		n++;
	store_send_as_set(w->store, span_str(user), address, n, world_on_done,
	    &wait);
	return world_wait(w, &wait);
}

static inline enum store_status
world_add_mailbox(struct world *w, const char *user, const char *name)
{
	struct world_wait wait = { false, STORE_OK };
	struct store_user u;
	enum store_status st;

	store_begin(w->store);
	st = store_user_find(w->store, span_str(user), &u);
	store_end(w->store);
	if (st != STORE_OK)
		return st;
	store_mailbox_create(w->store, &u, span_str(name), 0, world_on_done,
	    &wait);
	return world_wait(w, &wait);
}

/* All that was under way has been written and told of. */
static inline void
world_settle(struct world *w, const char *user)
{
	struct world_wait wait = { false, STORE_OK };
	struct store_user u;

	store_begin(w->store);
	store_user_find(w->store, span_str(user), &u);
	store_end(w->store);
	store_subscribe(w->store, &u, SPAN_LIT("INBOX"), true, world_on_done,
	    &wait);
	world_wait(w, &wait);
	for (int i = 0; i < 16; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* ---- mailboxes ---- */

static inline enum store_status
world_mailbox(struct world *w, const char *user, const char *name,
    struct store_mailbox *out)
{
	struct store_user u;
	enum store_status st;

	store_begin(w->store);
	st = store_user_find(w->store, span_str(user), &u);
	if (st == STORE_OK)
		st = store_mailbox_open(w->store, &u, span_str(name), out);
	store_end(w->store);
	return st;
}

/* A message from outside, n times; its text and mailbox are filled in here. */
static inline enum store_status
world_deliver(struct world *w, const char *user, const char *mailbox,
    struct span text, struct store_delivery *d, size_t n)
{
	struct world_wait wait = { false, STORE_OK };
	struct store_message *m;
	struct store_mailbox box;
	enum store_status st = world_mailbox(w, user, mailbox, &box);

	if (st != STORE_OK)
		return st;
	m = store_message_new(w->store, NULL, NULL);
	store_message_write(m, text);
	st = store_message_finish(m);
	for (size_t i = 0; i < n; i++) {
		d[i].message = m;
		d[i].mailbox = box;
	}
	if (st == STORE_OK) {
		store_deliver(w->store, d, n, world_on_delivered, &wait);
		st = world_wait(w, &wait);
	}
	store_message_free(m);
	return st;
}

/* Append the message with that UID; false: there is none. */
static inline bool
world_message(struct world *w, const char *user, const char *name,
    uint32_t uid, struct buf *out)
{
	struct store_cursor c = { .columns = STORE_HOT | STORE_COLD };
	struct store_src src;
	struct store_msg m;
	struct span run;
	bool ok;

	store_begin(w->store);
	ok = world_mailbox(w, user, name, &c.mailbox) == STORE_OK &&
	    store_msg_get(w->store, &c, uid, &m) == STORE_OK;
	if (ok)
		store_msg_src(w->store, &c, &m, &src);
	for (uint64_t off = 0; ok && off < src.src.size; off += run.n) {
		ok = src.src.at(src.src.arg, off, &run) == 0 && run.n > 0;
		if (ok)
			buf_add_span(out, run);
	}
	store_cursor_end(&c);
	store_end(w->store);
	return ok;
}

/* UINT32_MAX: there is no such mailbox. */
static inline uint32_t
world_count(struct world *w, const char *user, const char *name)
{
	struct store_counts counts = { .messages = UINT32_MAX };
	struct store_mailbox m;

	store_begin(w->store);
	if (world_mailbox(w, user, name, &m) == STORE_OK)
		store_mailbox_counts(w->store, &m, &counts);
	store_end(w->store);
	return counts.messages;
}

/* ---- sessions ---- */

static inline void
world_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct peer *p = arg;

	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		p->eof = true;
}

static inline void
world_connect(struct world *w, size_t i, const struct session_proto *proto,
    const struct session_start *start)
{
	struct peer *p = &w->peer[i];
	struct bufferevent *pair[2];

	bufferevent_pair_new(w->base, 0, pair);
	p->server = pair[0];
	p->bev = pair[1];
	p->eof = false;
	bufferevent_setcb(p->bev, NULL, NULL, world_on_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	session_new(&w->worker, pair[0], proto, start);
}

/* Close the connection at once; what is not read yet is lost. */
static inline void
world_hang_up(struct world *w, size_t i)
{
	struct peer *p = &w->peer[i];

	bufferevent_flush(p->bev, EV_WRITE, BEV_FINISHED);
	bufferevent_free(p->bev);
	*p = (struct peer){ 0 };
}

/* Say no more, and wait for the session to end. */
static inline void
world_leave(struct world *w, size_t i)
{
	const size_t sessions = session_list_len(w->worker.sessions);
	struct peer *p = &w->peer[i];

	bufferevent_flush(p->bev, EV_WRITE, BEV_FINISHED);
	while (!p->eof && session_list_len(w->worker.sessions) == sessions &&
	    world_turn(w))
		evbuffer_drain(bufferevent_get_input(p->bev), SIZE_MAX);
	world_hang_up(w, i);
}

/* Append the next line that the session says, without its end.  False: it has
 * closed, or says nothing. */
static inline bool
world_line(struct world *w, size_t i, struct buf *out)
{
	struct peer *p = &w->peer[i];
	struct evbuffer *in = bufferevent_get_input(p->bev);
	size_t n;
	char *line;

	while ((line = evbuffer_readln(in, &n, EVBUFFER_EOL_CRLF_STRICT)) ==
	    NULL) {
		if (p->eof || !world_turn(w))
			return false;
	}
	buf_add(out, line, n);
	free(line);
	return true;
}

static inline void
world_close(struct world *w)
{
	for (size_t i = 0; i < WORLD_PEERS; i++) {
		if (w->peer[i].bev != NULL)
			world_hang_up(w, i);
	}
	for (int i = 0; i < 16; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	session_list_free(w->worker.sessions);
	rates_free(w->worker.rates);
	store_free(w->store);
	engine_close(w->engine);
	event_free(w->wake);
	event_free(w->patience);
	event_base_free(w->base);
}

#endif
