/* SPDX-License-Identifier: ISC */
#include "config.h" /* struct ucred */

#include "ctl.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl_request.h"
#include "dkim_maker.h"
#include "ctl_upgrade.h"
#include "log.h"

#define HEADERS_MAX 16384
#define TIMEOUT     30 /* seconds that a connection may stand still */
#define GROUPS_MAX  1024

/* A request that waits for its answer. */
struct pending {
	struct ctl *ctl;             /* NULL: it has been freed */
	struct evhttp_request *http; /* NULL: the client is gone */
	TAILQ_ENTRY(pending) entry;
};

struct ctl {
	struct ctl_env env;
	struct evhttp *http;
	int fd; /* an eventfd: keys have been made */
	struct event *made;
	TAILQ_HEAD(, pending) pending;
	ctl_session_fn session;
	void *session_arg;
};

/* ---- who asks ---- */

static bool
in_group(int fd, gid_t gid)
{
	gid_t group[GROUPS_MAX];
	socklen_t len = sizeof(group);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, group, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(group[0]); i++)
		if (group[i] == gid)
			return true;
	return false;
}

static bool
may_ask(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid() ||
	       peer.gid == getegid() || in_group(fd, getegid());
}

/* ---- answering ---- */

static void
pending_free(struct pending *p)
{
	if (p->ctl != NULL)
		TAILQ_REMOVE(&p->ctl->pending, p, entry);
	free(p);
}

static void
send_reply(struct evhttp_request *http, const struct ctl_reply *r)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(http);
	struct evbuffer *body = evbuffer_new();

	if (r->type != NULL)
		evhttp_add_header(headers, "Content-Type", r->type);
	if (r->allow != NULL)
		evhttp_add_header(headers, "Allow", r->allow);
	evbuffer_add(body, r->body.p, r->body.n);
	evhttp_send_reply(http, r->status, NULL, body);
	evbuffer_free(body);
}

static void
send_problem(struct evhttp_request *http, enum ctl_problem p)
{
	json_t *problem = ctl_problem_json(p, NULL);
	struct buf text = { 0 };

	ctl_json_format(&text, problem);
	send_reply(http, &(struct ctl_reply){
		.status = ctl_problem_status(p),
		.type = "application/problem+json",
		.body = buf_span(&text) });
	buf_free(&text);
	json_decref(problem);
}

static void
begin_session(struct ctl *c, struct evhttp_request *http, const char *user)
{
	static const enum ctl_problem problems[] = {
		[CTL_SESSION_LIMIT] = CTL_TOO_MANY_SESSIONS,
		[CTL_SESSION_FAILED] = CTL_UNAVAILABLE,
	};
	enum ctl_session_answer answer;

	if (!ctl_upgrade_is_asked(http)) {
		evhttp_add_header(evhttp_request_get_output_headers(http),
		    "Upgrade", CTL_UPGRADE);
		send_problem(http, CTL_UPGRADE_REQUIRED);
		return;
	}
	answer = ctl_upgrade(http, user, c->session, c->session_arg);
	if (answer != CTL_SESSION_TAKEN)
		send_problem(http, problems[answer]);
}

static void
reply(void *arg, const struct ctl_reply *r)
{
	struct pending *p = arg;

	if (p->http != NULL) {
		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(p->http), NULL, NULL);
		if (r->session != NULL)
			begin_session(p->ctl, p->http, r->session);
		else
			send_reply(p->http, r);
	}
	pending_free(p);
}

/* evhttp frees the request with the connection. */
static void
connection_closed(struct evhttp_connection *conn, void *arg)
{
	struct pending *p = arg;

	(void)conn;
	p->http = NULL;
}

static struct pending *
pending_new(struct ctl *c, struct evhttp_request *http)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->ctl = c;
	p->http = http;
	TAILQ_INSERT_TAIL(&c->pending, p, entry);
	evhttp_connection_set_closecb(evhttp_request_get_connection(http),
	    connection_closed, p);
	return p;
}

/* ---- asking ---- */

static const struct {
	enum evhttp_cmd_type type;
	const char *name;
} methods[] = {
	{ EVHTTP_REQ_GET, "GET" },
	{ EVHTTP_REQ_POST, "POST" },
	{ EVHTTP_REQ_PUT, "PUT" },
	{ EVHTTP_REQ_DELETE, "DELETE" },
	{ EVHTTP_REQ_HEAD, "HEAD" },
	{ EVHTTP_REQ_PATCH, "PATCH" },
	{ EVHTTP_REQ_OPTIONS, "OPTIONS" },
};
#define NMETHODS (sizeof(methods) / sizeof(methods[0]))

static const char *
method_name(enum evhttp_cmd_type type)
{
	for (size_t i = 0; i < NMETHODS; i++)
		if (methods[i].type == type)
			return methods[i].name;
	return "";
}

static void
refuse(struct evhttp_request *http)
{
	evhttp_add_header(evhttp_request_get_output_headers(http),
	    "Connection", "close");
	send_problem(http, CTL_FORBIDDEN);
}

/* The body, which may hold a password, stays in no buffer of libevent's. */
static void
take_body(struct evhttp_request *http, struct buf *out)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(http);
	size_t n = evbuffer_get_length(input);
	void *data = evbuffer_pullup(input, -1);

	buf_init(out, CTL_BODY_MAX);
	if (n == 0)
		return;
	buf_add(out, data, n);
	explicit_bzero(data, n);
	evbuffer_drain(input, n);
}

static void
dispatch(struct ctl *c, struct evhttp_request *http)
{
	const char *method = method_name(evhttp_request_get_command(http));
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(http);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	struct buf body;

	if (path == NULL || path[0] == '\0')
		path = "/";
	take_body(http, &body);
	ctl_dispatch(&c->env, method, path, buf_span(&body), reply,
	    pending_new(c, http));
	buf_wipe(&body);
}

static void
on_request(struct evhttp_request *http, void *arg)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(http);

	if (may_ask(
		bufferevent_getfd(evhttp_connection_get_bufferevent(conn)))) {
		dispatch(arg, http);
		return;
	}
	log_warning("ctl: refused a client that is not root, nor of the "
		    "server's user or group");
	refuse(http);
}

/* ---- keys ---- */

/* From the thread that makes them. */
static void
wake(void *arg)
{
	static const uint64_t one = 1;
	struct ctl *c = arg;

	(void)!write(c->fd, &one, sizeof(one));
}

static void
on_made(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *c = arg;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	dkim_maker_dispatch(c->env.dkim);
}

static void
start_maker(struct ctl *c, struct event_base *base)
{
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->made = event_new(base, c->fd, EV_READ | EV_PERSIST, on_made, c);
	if (c->fd < 0 || event_add(c->made, NULL) < 0)
		abort();
	c->env.dkim = dkim_maker_new(wake, c);
	if (c->env.dkim == NULL)
		abort();
}

/* ---- the server ---- */

struct ctl *
ctl_new(struct event_base *base, const struct accounts *a, struct engine *e,
    struct indexer *x)
{
	struct ctl *c = xcalloc(1, sizeof(*c));
	ev_uint32_t allowed = 0;

	ctl_json_init();
	c->env = (struct ctl_env){ .accounts = *a, .engine = e, .indexer = x,
		.started = time(NULL) };
	start_maker(c, base);
	TAILQ_INIT(&c->pending);
	c->http = evhttp_new(base);
	if (c->http == NULL)
		abort();
	for (size_t i = 0; i < NMETHODS; i++)
		allowed |= methods[i].type;
	evhttp_set_allowed_methods(c->http, (ev_uint16_t)allowed);
	evhttp_set_max_headers_size(c->http, HEADERS_MAX);
	evhttp_set_max_body_size(c->http, (ssize_t)CTL_BODY_MAX);
	evhttp_set_timeout(c->http, TIMEOUT);
	evhttp_set_gencb(c->http, on_request, c);
	return c;
}

int
ctl_listen(struct ctl *c, int fd)
{
	if (evhttp_accept_socket(c->http, fd) == 0)
		return 0;
	close(fd);
	return -1;
}

void
ctl_on_session(struct ctl *c, ctl_session_fn fn, void *arg)
{
	c->session = fn;
	c->session_arg = arg;
}

void
ctl_queue(struct ctl *c, struct queue *q)
{
	c->env.queue = q;
}

void
ctl_srs(struct ctl *c, const unsigned char *key)
{
	c->env.srs_key = key;
}

void
ctl_configure(struct ctl *c, const struct conf *conf)
{
	c->env.accounts.conf = conf;
}

void
ctl_free(struct ctl *c)
{
	struct pending *p;

	TAILQ_FOREACH (p, &c->pending, entry) {
		p->ctl = NULL;
		p->http = NULL;
	}
	dkim_maker_free(c->env.dkim);
	event_free(c->made);
	close(c->fd);
	evhttp_free(c->http);
	free(c);
}
