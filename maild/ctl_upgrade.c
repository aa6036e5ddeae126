/* SPDX-License-Identifier: ISC */
#include "config.h" /* struct ucred, dup3() */

#include "ctl_upgrade.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\n"
			     "Connection: Upgrade\r\n"
			     "Upgrade: " CTL_UPGRADE "\r\n\r\n";

bool
ctl_upgrade_is_asked(struct evhttp_request *http)
{
	const char *protocol = evhttp_find_header(
	    evhttp_request_get_input_headers(http), "Upgrade");

	return protocol != NULL && span_ieqs(span_str(protocol), CTL_UPGRADE);
}

/* A socket that leads nowhere; -1: there are no descriptors left. */
static int
dead_socket(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	close(pair[1]);
	return pair[0];
}

/* evhttp shuts down what it closes, and with it all copies of the descriptor:
 * it gets dead in its place. */
static void
take_from_evhttp(struct evhttp_connection *conn, int dead)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(conn);
	int fd = bufferevent_getfd(bev);

	bufferevent_disable(bev, EV_READ | EV_WRITE);
	if (dup3(dead, fd, O_CLOEXEC) != fd)
		abort();
	evhttp_connection_free(conn);
}

static enum ctl_session_answer
begin(struct bufferevent *bev, int fd, const char *user, ctl_session_fn fn,
    void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct ctl_session s = { .user = user, .fd = fd,
		.answer = span_str(answer) };
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return CTL_SESSION_FAILED;
	s.uid = peer.uid;
	s.input.n = evbuffer_get_length(in);
	s.input.p = (const char *)evbuffer_pullup(in, -1);
	return fn(arg, &s);
}

enum ctl_session_answer
ctl_upgrade(struct evhttp_request *http, const char *user, ctl_session_fn fn,
    void *arg)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(http);
	struct bufferevent *bev = evhttp_connection_get_bufferevent(conn);
	enum ctl_session_answer ret = CTL_SESSION_FAILED;
	int dead = dead_socket();
	int fd = fcntl(bufferevent_getfd(bev), F_DUPFD_CLOEXEC, 0);

	if (dead >= 0 && fd >= 0)
		ret = begin(bev, fd, user, fn, arg);
	if (ret == CTL_SESSION_TAKEN)
		take_from_evhttp(conn, dead);
	else if (fd >= 0)
		close(fd);
	if (dead >= 0)
		close(dead);
	return ret;
}
