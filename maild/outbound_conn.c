/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "outbound_state.h"

#define CONNECT_SECONDS 30
#define IDLE_SECONDS    10              /* kept for a next message */
#define MESSAGES_MAX    100             /* on one connection */
#define OUTPUT_MAX      ((size_t)65536) /* held; then no more text is read */

struct outbound_conn {
	TAILQ_ENTRY(outbound_conn) entry;
	struct outbound *outbound;
	struct outbound_job *job; /* NULL: idle, or ending */
	char *key, *host, *helo, *user, *password;
	enum outbound_security security;
	struct bufferevent *bev;
	struct event *patience;
	struct smtp_client *client;
	bool connected, handshake, secure;
	bool ready; /* it has been past its greeting */
	bool driving, freed;
	unsigned messages;
};

static void drive(struct outbound_conn *c);

/* ---- the end ---- */

void
outbound_conn_free(struct outbound_conn *c)
{
	struct outbound *o = c->outbound;

	if (c->job != NULL)
		c->job->conn = NULL;
	c->job = NULL;
	if (c->driving) {
		c->freed = true;
		return;
	}
	TAILQ_REMOVE(&o->conns, c, entry);
	smtp_client_free(c->client);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	event_free(c->patience);
	if (c->password != NULL)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	free(c->user);
	free(c->key);
	free(c->host);
	free(c->helo);
	free(c);
	outbound_ended(o);
}

/* What keeps it from a first transaction. */
static enum outbound_obstacle
obstacle(const struct outbound_conn *c)
{
	const struct smtp_client_result *what;

	if (c->handshake || (!c->secure && !c->ready &&
	    (smtp_client_caps(c->client) & SMTP_CAP_STARTTLS) != 0))
		return OUTBOUND_BAD_TLS;
	return smtp_client_failure(c->client, &what) == SMTP_CLIENT_NOTLS ?
	    OUTBOUND_NO_TLS : OUTBOUND_UNREACHED;
}

/*
 * Before its first transaction another server may do better; amid one the
 * message waits for another time, unless the connection was an old one that
 * has done nothing for it.
 */
static void
broken(struct outbound_conn *c, const char *problem)
{
	struct outbound_job *j = c->job;
	const bool ready = c->ready, old = c->messages > 1;
	const enum outbound_obstacle what = obstacle(c);
	const enum outbound_security tried = c->security;
	char *host = xstrdup(c->host);

	outbound_conn_free(c);
	if (j != NULL && old && j->taken == 0)
		outbound_way_again(j);
	else if (j != NULL && ready)
		outbound_job_fail(j, 451, "4.4.2", host, problem);
	else if (j != NULL)
		outbound_way_next(j, host, tried, what, problem);
	free(host);
}

static void
failed(struct outbound_conn *c)
{
	const struct smtp_client_result *what;
	struct buf text = { 0 };

	smtp_client_failure(c->client, &what);
	if (what->code != 0)
		buf_addf(&text, "%u %s%s", what->code, what->enhanced,
		    what->enhanced[0] != '\0' ? " " : "");
	buf_adds(&text, what->text);
	broken(c, text.data);
	buf_free(&text);
}

/* ---- waiting ---- */

static void
wait_for(struct outbound_conn *c, unsigned seconds)
{
	struct timeval tv = { seconds, 0 };

	event_add(c->patience, &tv);
}

/* The times of RFC 5321 section 4.5.3.2, at the scale that is set. */
static void
wait_for_server(struct outbound_conn *c)
{
	unsigned seconds = smtp_client_timeout(c->client) *
			   c->outbound->process->conf->relay_timeout / 300;

	wait_for(c, seconds > 0 ? seconds : 1);
}

static void
on_patience(evutil_socket_t fd, short what, void *arg)
{
	struct outbound_conn *c = arg;

	(void)fd;
	(void)what;
	if (!c->connected)
		broken(c, "no connection in time");
	else if (c->handshake)
		broken(c, "no TLS handshake in time");
	else if (c->job != NULL)
		broken(c, "no answer in time");
	else if (smtp_client_next(c->client) == SMTP_CLIENT_READY) {
		smtp_client_quit(c->client);
		drive(c);
	} else
		outbound_conn_free(c);
}

/* ---- bytes ---- */

static void
flush(struct outbound_conn *c)
{
	struct span out = smtp_client_output(c->client);

	if (out.n == 0)
		return;
	bufferevent_write(c->bev, out.p, out.n);
	smtp_client_sent(c->client, out.n);
	wait_for_server(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct outbound_conn *c = arg;
	size_t n = evbuffer_get_length(in);

	smtp_client_input(
	    c->client, span_of((const char *)evbuffer_pullup(in, -1), n));
	evbuffer_drain(in, n);
	drive(c);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	(void)bev;
	drive(arg);
}

static void
on_connected(struct outbound_conn *c)
{
	c->connected = true;
	if (c->handshake)
		smtp_client_tls_done(c->client);
	c->secure = c->secure || c->handshake;
	c->handshake = false;
	wait_for_server(c);
	drive(c);
}

/* Neither a connection nor, if that was under way, TLS. */
static void
no_connection(
    struct outbound_conn *c, struct bufferevent *bev, short what, int error)
{
	const SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long tls =
	    ssl != NULL ? bufferevent_get_openssl_error(bev) : 0;
	struct buf text = { 0 };

	if (ssl != NULL && (tls != 0 || (what & BEV_EVENT_EOF) != 0))
		outbound_tls_problem(&text, ssl, tls);
	else
		buf_adds(&text, strerror(error));
	broken(c, text.data);
	buf_free(&text);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct outbound_conn *c = arg;
	int error = EVUTIL_SOCKET_ERROR();

	if (what & BEV_EVENT_CONNECTED) {
		on_connected(c);
	} else if (c->connected && !c->handshake) {
		smtp_client_eof(c->client);
		drive(c);
	} else {
		no_connection(c, bev, what, error);
	}
}

static void
attach(struct outbound_conn *c)
{
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* ---- TLS ---- */

/* The job of an OUTBOUND_DANE one is there: TLS comes before its first message
 * is done. */
static SSL *
client_side(struct outbound_conn *c)
{
	struct outbound_tls *t = c->outbound->tls;

	if (c->security == OUTBOUND_DANE)
		return outbound_tls_dane(t, outbound_way_dane(c->job->way),
		    c->host, c->job->domain);
	return outbound_tls_client(t, c->host, c->security != OUTBOUND_MAY);
}

static bool
make_tls(struct outbound_conn *c, int fd)
{
	SSL *ssl = client_side(c);

	if (ssl == NULL)
		return false;
	c->bev = bufferevent_openssl_socket_new(c->outbound->process->base, fd,
	    ssl, BUFFEREVENT_SSL_CONNECTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		SSL_free(ssl);
		return false;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	return true;
}

static void
start_tls(struct outbound_conn *c)
{
	int fd = bufferevent_getfd(c->bev);

	bufferevent_setfd(c->bev, -1);
	bufferevent_free(c->bev);
	c->bev = NULL;
	c->handshake = true;
	if (!make_tls(c, fd)) {
		close(fd);
		broken(c, "TLS cannot be set up");
		return;
	}
	attach(c);
	wait_for_server(c);
}

/* ---- what the client's side asks for ---- */

/* Its server does not do what the job asks. */
static void
pass_over(struct outbound_conn *c)
{
	struct outbound_job *j = c->job;

	c->job = NULL;
	j->conn = NULL;
	smtp_client_quit(c->client);
	outbound_way_next(j, c->host, c->security, OUTBOUND_NO_REQUIRETLS,
	    "it does not know REQUIRETLS");
}

static bool
on_ready(struct outbound_conn *c)
{
	c->ready = true;
	if (c->job != NULL && outbound_way_requires_tls(c->job->way) &&
	    (smtp_client_caps(c->client) & SMTP_CAP_REQUIRETLS) == 0) {
		pass_over(c);
		return true;
	}
	if (c->job != NULL && c->messages < MESSAGES_MAX) {
		c->messages++;
		outbound_job_begin(c->job, c->client);
		return true;
	}
	if (c->messages == MESSAGES_MAX || c->outbound->stopping) {
		smtp_client_quit(c->client);
		return true;
	}
	wait_for(c, IDLE_SECONDS);
	return false;
}

static bool
on_text(struct outbound_conn *c)
{
	int got;

	flush(c);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > OUTPUT_MAX)
		return false; /* until on_write() */
	got = outbound_job_text(c->job, c->client);
	if (got < 0)
		broken(c, "the message could not be read");
	return got > 0;
}

/* Whoever has a result is done with the connection: the next may have it. */
static void
on_result(struct outbound_conn *c)
{
	struct outbound_job *j = c->job;

	c->job = NULL;
	j->conn = NULL;
	outbound_job_results(j, c->host, c->client);
}

/* One step; false: wait. */
static bool
step(struct outbound_conn *c)
{
	switch (smtp_client_next(c->client)) {
	case SMTP_CLIENT_IO:
		flush(c);
		return false;
	case SMTP_CLIENT_TLS:
		start_tls(c);
		return false;
	case SMTP_CLIENT_READY:
		return on_ready(c);
	case SMTP_CLIENT_TEXT:
		return on_text(c);
	case SMTP_CLIENT_RESULT:
		on_result(c);
		return true;
	case SMTP_CLIENT_CLOSED:
		outbound_conn_free(c);
		return false;
	case SMTP_CLIENT_FAILED:
		failed(c);
		return false;
	}
	return false;
}

static void
drive(struct outbound_conn *c)
{
	if (c->driving || c->freed)
		return;
	c->driving = true;
	while (!c->freed && !c->handshake && step(c))
		;
	c->driving = false;
	if (c->freed)
		outbound_conn_free(c);
}

void
outbound_conn_wake(struct outbound_conn *c)
{
	drive(c);
}

/* ---- beginning ---- */

static struct outbound_conn *
conn_new(struct outbound_job *j, const struct outbound_peer *p)
{
	static const enum smtp_client_tls tls[] = {
		[OUTBOUND_CLEAR] = SMTP_CLIENT_TLS_NONE,
		[OUTBOUND_MAY] = SMTP_CLIENT_TLS_MAY,
		[OUTBOUND_DANE] = SMTP_CLIENT_TLS_STARTTLS,
		[OUTBOUND_STARTTLS] = SMTP_CLIENT_TLS_STARTTLS,
		[OUTBOUND_TLS] = SMTP_CLIENT_TLS_IMPLICIT,
	};
	struct outbound *o = j->outbound;
	struct outbound_conn *c = xcalloc(1, sizeof(*c));

	c->outbound = o;
	c->job = j;
	j->conn = c;
	c->key = xstrdup(p->key);
	c->host = xstrdup(p->host);
	c->helo = xstrdup(o->process->conf->hostname);
	c->user = p->user != NULL ? xstrdup(p->user) : NULL;
	c->password = p->password != NULL ? xstrdup(p->password) : NULL;
	c->security = p->security;
	c->patience = evtimer_new(o->process->base, on_patience, c);
	c->client = smtp_client_new(&(struct smtp_client_options){
	    .helo = c->helo,
	    .tls = tls[p->security],
	    .plaintext = p->security == OUTBOUND_CLEAR,
	    .user = c->user,
	    .password = c->password,
	});
	TAILQ_INSERT_TAIL(&o->conns, c, entry);
	return c;
}

static int
socket_for(const struct outbound_peer *p)
{
	int on = 1, fd;

	fd = socket(
	    p->sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

void
outbound_conn_open(struct outbound_job *j, const struct outbound_peer *p)
{
	struct outbound_conn *c = conn_new(j, p);
	int fd = socket_for(p);

	if (fd < 0) {
		broken(c, strerror(errno));
		return;
	}
	if (p->security != OUTBOUND_TLS)
		c->bev = bufferevent_socket_new(c->outbound->process->base, fd,
		    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	else if (!make_tls(c, fd))
		close(fd);
	if (c->bev == NULL) {
		broken(c, "TLS cannot be set up");
		return;
	}
	attach(c);
	wait_for(c, CONNECT_SECONDS);
	if (bufferevent_socket_connect(c->bev, p->sa, p->sa_len) < 0)
		broken(c, strerror(errno));
}

bool
outbound_conn_reuse(struct outbound_job *j, const char *key)
{
	struct outbound_conn *c;

	TAILQ_FOREACH (c, &j->outbound->conns, entry) {
		if (c->job != NULL || c->freed || !c->ready ||
		    c->messages == MESSAGES_MAX || strcmp(c->key, key) != 0 ||
		    smtp_client_next(c->client) != SMTP_CLIENT_READY)
			continue;
		c->job = j;
		j->conn = c;
		drive(c);
		return true;
	}
	return false;
}

void
outbound_conns_quit(struct outbound *o)
{
	struct outbound_conn *c, *next;

	for (c = TAILQ_FIRST(&o->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->job == NULL && !c->driving)
			on_patience(-1, 0, c);
	}
}
