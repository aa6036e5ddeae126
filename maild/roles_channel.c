/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "roles_channel.h"

#define SOCKET_BUFFER (1 << 20) /* asked for; the system may give less */
#define READS_A_TURN  32

/* A message that waits for the socket. */
struct queued {
	STAILQ_ENTRY(queued) entry;
	int fd; /* ours, or -1 */
	size_t len;
	char data[];
};

struct role_channel {
	struct role_channel_end end;
	int fd;
	struct event *readable, *writable;
	STAILQ_HEAD(, queued) queue;
	size_t waiting; /* bytes in queue */
	bool closed;
	bool reading; /* in a callback; and if then … */
	bool freed;
	char in[ROLE_MSG_MAX + 1]; /* one more, to see what is too long */
};

int
role_channel_pair(int fd[2])
{
	int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, fd) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

const struct role_channel_end *
role_channel_about(const struct role_channel *ch)
{
	return &ch->end;
}

bool
role_channel_has_sent(const struct role_channel *ch)
{
	return STAILQ_EMPTY(&ch->queue);
}

bool
role_channel_has_room(const struct role_channel *ch)
{
	return !ch->closed && ch->waiting < ROLE_QUEUE_MAX / 2;
}

static void
queued_free(struct role_channel *ch, struct queued *q)
{
	STAILQ_REMOVE_HEAD(&ch->queue, entry);
	ch->waiting -= q->len;
	if (q->fd >= 0)
		close(q->fd);
	explicit_bzero(q->data, q->len);
	free(q);
}

static void
shut(struct role_channel *ch)
{
	ch->closed = true;
	event_del(ch->readable);
	event_del(ch->writable);
	while (!STAILQ_EMPTY(&ch->queue))
		queued_free(ch, STAILQ_FIRST(&ch->queue));
}

static ssize_t
send_one(int sock, const char *data, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

/* That the other is gone shows where we read: it is told from there. */
static void
on_writable(evutil_socket_t sock, short what, void *arg)
{
	struct role_channel *ch = arg;
	struct queued *q;

	(void)what;
	while ((q = STAILQ_FIRST(&ch->queue)) != NULL) {
		if (send_one(sock, q->data, q->len, q->fd) < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			break;
		}
		queued_free(ch, q);
	}
	event_del(ch->writable);
	if (q == NULL && ch->end.sent != NULL)
		ch->end.sent(ch->end.arg, ch);
}

static int
enqueue(struct role_channel *ch, const char *data, size_t len, int fd)
{
	struct queued *q;
	int copy = -1;

	if (ch->waiting + len > ROLE_QUEUE_MAX)
		return -1;
	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copy < 0)
			return -1;
	}
	q = xmalloc(sizeof(*q) + len);
	q->fd = copy;
	q->len = len;
	memcpy(q->data, data, len);
	STAILQ_INSERT_TAIL(&ch->queue, q, entry);
	ch->waiting += len;
	event_add(ch->writable, NULL);
	return 0;
}

int
role_send(struct role_channel *ch, const struct role_msg *m, int fd)
{
	char data[ROLE_MSG_MAX];
	ssize_t len;
	int ret = -1;

	if (ch->closed || role_msg_has_fd(m->type) != (fd >= 0))
		return -1;
	len = role_msg_format(data, m);
	if (len < 0)
		return -1;
	if (STAILQ_EMPTY(&ch->queue))
		ret = send_one(ch->fd, data, (size_t)len, fd) < 0 ? -1 : 0;
	if (ret < 0 && (!STAILQ_EMPTY(&ch->queue) || errno == EAGAIN))
		ret = enqueue(ch, data, (size_t)len, fd);
	if (role_msg_is_secret(m->type))
		explicit_bzero(data, (size_t)len);
	return ret;
}

/* The descriptor that came along, or -1. */
static int
received_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* 1: took a message, 0: none there, -1: the channel is at its end. */
static int
read_one(struct role_channel *ch)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { ch->in, sizeof(ch->in) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	struct role_msg m;
	ssize_t n;
	int fd;

	n = recvmsg(ch->fd, &msg, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	fd = received_fd(&msg);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    role_msg_parse(span_of(ch->in, (size_t)n), ch->end.other,
		ch->end.self, &m) < 0 ||
	    role_msg_has_fd(m.type) != (fd >= 0)) {
		log_error("roles: a role said what it may not", "role=%s number=%u",
		    role_name(ch->end.other), ch->end.number);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ch->end.message(ch->end.arg, ch, &m, fd);
	if (role_msg_is_secret(m.type))
		explicit_bzero(ch->in, (size_t)n);
	return 1;
}

bool
role_channel_hear(struct role_channel *ch)
{
	bool heard = false;
	int ret = 1;

	if (ch->reading || ch->closed)
		return false;
	ch->reading = true;
	for (int i = 0; i < READS_A_TURN && ret > 0 && !ch->freed; i++) {
		ret = read_one(ch);
		heard |= ret > 0;
	}
	if (ret < 0 && !ch->freed) {
		shut(ch);
		ch->end.closed(ch->end.arg, ch);
	}
	ch->reading = false;
	if (ch->freed)
		role_channel_free(ch);
	return heard;
}

static void
on_readable(evutil_socket_t sock, short what, void *arg)
{
	(void)sock;
	(void)what;
	role_channel_hear(arg);
}

struct role_channel *
role_channel_new(struct event_base *base, int fd,
    const struct role_channel_end *end)
{
	struct role_channel *ch = xcalloc(1, sizeof(*ch));

	ch->end = *end;
	ch->fd = fd;
	STAILQ_INIT(&ch->queue);
	ch->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable,
	    ch);
	ch->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable,
	    ch);
	event_add(ch->readable, NULL);
	return ch;
}

void
role_channel_free(struct role_channel *ch)
{
	if (ch == NULL)
		return;
	shut(ch);
	ch->freed = true;
	if (ch->reading)
		return;
	event_free(ch->readable);
	event_free(ch->writable);
	close(ch->fd);
	explicit_bzero(ch->in, sizeof(ch->in));
	free(ch);
}
