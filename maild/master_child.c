/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "master_role.h"
#include "master_state.h"

#define STEADY_SECONDS 1      /* of service that wipe out former failures */
#define BACKOFF_FIRST  100    /* milliseconds; doubled with each failure … */
#define BACKOFF_MAX    10000  /* … up to this */
#define SELF           "/proc/self/exe"
#define NOT_RUN        127 /* exit status, as a shell has it */

static int64_t
now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- starting its process ---- */

/* In the child: only what fork(2) allows. */
static _Noreturn void
become(const struct child *c, int channel)
{
	const struct master *m = c->master;
	const char *name = role_name(c->role);
	char *argv[] = { (char[]){ "maild" }, (char[]){ MASTER_ROLE_OPTION },
		(char *)(uintptr_t)name, NULL };
	/* Above all that is to be placed, so that nothing is overwritten. */
	int high = fcntl(channel, F_DUPFD, 10);
	int lock = fcntl(m->lock_fd, F_DUPFD, 10);
	int log = fcntl(m->log_fd, F_DUPFD, 10);

	if (dup2(m->null_fd, STDIN_FILENO) >= 0 &&
	    dup2(m->null_fd, STDOUT_FILENO) >= 0 &&
	    dup2(log, STDERR_FILENO) >= 0 && dup2(high, ROLE_MASTER_FD) >= 0 &&
	    dup2(lock, ROLE_LOCK_FD) >= 0 &&
	    (close_range(ROLE_LOCK_FD + 1, ~0U, 0) == 0 || errno == ENOSYS))
		execv(SELF, argv);
	_exit(NOT_RUN);
}

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *msg,
    int fd)
{
	(void)ch;
	if (fd >= 0)
		close(fd);
	master_heard(arg, msg);
}

/* Its process ends, or will have to: the rest follows from waitpid(). */
static void
on_closed(void *arg, struct role_channel *ch)
{
	struct child *c = arg;

	(void)ch;
	if (c->pid > 0 && !c->master->stopping)
		kill(c->pid, SIGKILL);
}

static int
spawn(struct child *c)
{
	struct role_channel_end end = { .self = ROLE_MASTER,
		.other = c->role,
		.number = c->number,
		.message = on_message,
		.closed = on_closed,
		.arg = c };
	int fd[2];

	if (role_channel_pair(fd) < 0)
		return -1;
	c->pid = fork();
	if (c->pid == 0)
		become(c, fd[1]);
	close(fd[1]);
	if (c->pid < 0) {
		c->pid = 0;
		close(fd[0]);
		return -1;
	}
	c->channel = role_channel_new(c->master->base, fd[0], &end);
	return 0;
}

/* ---- telling it what it needs ---- */

static int
send_part(struct child *c, enum role_part what, const struct buf *b)
{
	struct role_msg msg = { .type = ROLE_PART };
	struct span s = buf_span(b);

	msg.part.what = what;
	while (s.n > 0) {
		msg.part.data = span_sub(s, 0, ROLE_PART_MAX);
		if (role_send(c->channel, &msg, -1) < 0)
			return -1;
		s = span_sub(s, ROLE_PART_MAX, s.n);
	}
	return 0;
}

int
child_send_parts(struct child *c)
{
	const struct master *m = c->master;
	const struct {
		enum role role;
		enum role_part what;
		const struct buf *data;
	} parts[] = {
		{ ROLE_FRONT, ROLE_PART_CERT, &m->tls.cert },
		{ ROLE_FRONT, ROLE_PART_KEY, &m->tls.key },
		{ ROLE_FRONT, ROLE_PART_CLIENT_CA, &m->tls.client_ca },
		{ ROLE_OUTBOUND, ROLE_PART_CA, &m->relay.ca },
		{ ROLE_OUTBOUND, ROLE_PART_RESOLV, &m->relay.resolv },
		{ ROLE_OUTBOUND, ROLE_PART_ANCHORS, &m->relay.anchors },
		{ ROLE_OUTBOUND, ROLE_PART_STS_CA, &m->relay.sts_ca },
		{ ROLE_OUTBOUND, ROLE_PART_RELAY, &m->relay.password },
		{ ROLE_OUTBOUND, ROLE_PART_OAUTH, &m->relay.oauth },
	};
	struct buf text = { 0 };
	int ret;

	conf_format(&text, m->conf);
	ret = send_part(c, ROLE_PART_CONF, &text);
	buf_free(&text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (ret == 0 && parts[i].role == c->role)
			ret = send_part(c, parts[i].what, parts[i].data);
	}
	return ret;
}

int
child_say(struct child *c, enum role_type type)
{
	struct role_msg msg = { .type = type };

	return c->channel != NULL ? role_send(c->channel, &msg, -1) : -1;
}

/*
 * Connection ids are the counter of a process above its epoch: a number of
 * seconds that no other process was or will be given, not even by an earlier
 * or a later master, unless it starts more than one a second on average.
 */
static uint64_t
first_id(struct master *m)
{
	uint64_t now = (uint64_t)time(NULL);

	m->epoch = now > m->epoch ? now : m->epoch + 1;
	return m->epoch << 28;
}

static int
send_hello(struct child *c)
{
	struct role_msg msg = { .type = ROLE_HELLO };

	msg.hello.number = c->number;
	msg.hello.first_id = first_id(c->master);
	return role_send(c->channel, &msg, -1);
}

static int
send_listeners(struct child *c)
{
	const struct master_sockets *s = &c->master->sockets;
	struct role_msg msg = { .type = ROLE_LISTENER };

	for (size_t i = 0; i < s->len; i++) {
		msg.listener.index = s->s[i].index;
		if (s->s[i].role == c->role &&
		    role_send(c->channel, &msg, s->s[i].fd) < 0)
			return -1;
	}
	return 0;
}

/* Which roles talk to each other. */
static bool
are_peers(enum role a, enum role b)
{
	/* Every pair, but outbound and front have nothing to say. */
	if (a == ROLE_OUTBOUND || b == ROLE_OUTBOUND)
		return a != ROLE_FRONT && b != ROLE_FRONT && a != b;
	return a != b;
}

static int
send_peer(struct child *to, const struct child *about, int fd)
{
	struct role_msg msg = { .type = ROLE_PEER };

	msg.peer.role = about->role;
	msg.peer.number = about->number;
	return role_send(to->channel, &msg, fd);
}

static int
connect_peers(struct child *c)
{
	struct master *m = c->master;
	int fd[2], ret = 0;

	for (size_t i = 0; ret == 0 && i < m->nchildren; i++) {
		struct child *other = &m->child[i];

		if (other->pid == 0 || !are_peers(c->role, other->role))
			continue;
		if (role_channel_pair(fd) < 0)
			return -1;
		/* If the other is dying, it gets a new one when it is back. */
		send_peer(other, c, fd[1]);
		ret = send_peer(c, other, fd[0]);
		close(fd[0]);
		close(fd[1]);
	}
	return ret;
}

void
child_start(struct child *c)
{
	buf_clear(&c->reason);
	c->ready = false;
	if (spawn(c) < 0) {
		log_error("master: cannot start a role", "role=%s error=%s",
		    role_name(c->role), strerror(errno));
		child_gone(c, 0);
		return;
	}
	log_info("master: role started", "role=%s number=%u pid=%d",
	    role_name(c->role), c->number, (int)c->pid);
	if (child_send_parts(c) < 0 || send_hello(c) < 0 ||
	    send_listeners(c) < 0 || connect_peers(c) < 0) {
		log_error("master: cannot tell a role all it needs", "role=%s",
		    role_name(c->role));
		kill(c->pid, SIGKILL);
	}
}

/* ---- when it is gone ---- */

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	child_start(arg);
}

static void
start_again(struct child *c)
{
	unsigned ms = 0;
	struct timeval tv;

	if (c->ready && now_seconds() - c->ready_at >= STEADY_SECONDS)
		c->failures = 0;
	if (c->failures > 0) {
		ms = BACKOFF_FIRST << (c->failures < 8 ? c->failures - 1 : 7);
		ms = ms < BACKOFF_MAX ? ms : BACKOFF_MAX;
	}
	c->failures++;
	tv = (struct timeval){ ms / 1000, (suseconds_t)(ms % 1000) * 1000 };
	if (c->again == NULL)
		c->again = evtimer_new(c->master->base, on_again, c);
	event_add(c->again, &tv);
}

static void
log_end(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_error("master: a role was killed",
		    "role=%s number=%u pid=%d signal=%d", role_name(c->role),
		    c->number, (int)c->pid, WTERMSIG(status));
	else
		log_error("master: a role ended",
		    "role=%s number=%u pid=%d status=%d reason=%s",
		    role_name(c->role), c->number, (int)c->pid,
		    WEXITSTATUS(status), c->reason.data);
}

void
child_gone(struct child *c, int status)
{
	struct master *m = c->master;

	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_RUN)
		buf_adds(&c->reason, "cannot execute " SELF);
	if (!m->stopping && c->pid > 0)
		log_end(c, status);
	c->pid = 0;
	role_channel_free(c->channel);
	c->channel = NULL;
	if (m->stopping)
		return;
	if (m->serving || c->ready) {
		start_again(c);
		return;
	}
	fprintf(stderr, "maild: %s: %s\n", role_name(c->role),
	    c->reason.len > 0 ? c->reason.data : "could not start");
	master_stop(m, EX_CANTCREAT);
}
