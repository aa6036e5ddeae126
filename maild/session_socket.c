/* SPDX-License-Identifier: ISC */
#include "session_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#define READ_ONCE 4096 /* that libevent reads at most at a time */
#define REPLY_MAX 16384

void
session_socket_read(struct bufferevent *bev, size_t max)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t n = evbuffer_get_length(in);
	struct evbuffer_iovec v;
	ssize_t got;

	if (n < READ_ONCE || n + 1 >= max)
		return;
	n = max - 1 - n;
	evbuffer_unfreeze(in, 0);
	if (evbuffer_reserve_space(in, (ev_ssize_t)n, &v, 1) == 1) {
		got = recv(bufferevent_getfd(bev), v.iov_base, n, MSG_DONTWAIT);
		v.iov_len = got > 0 ? (size_t)got : 0;
		evbuffer_commit_space(in, &v, 1);
	}
	evbuffer_freeze(in, 0);
}

void
session_socket_write(struct bufferevent *bev)
{
	struct evbuffer *out = bufferevent_get_output(bev);
	size_t n = evbuffer_get_length(out);

	if (n == 0 || n > REPLY_MAX)
		return;
	evbuffer_unfreeze(out, 1);
	evbuffer_write(out, bufferevent_getfd(bev));
	evbuffer_freeze(out, 1);
}
