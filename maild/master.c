/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <event2/event.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "master_state.h"

#define STOP_SECONDS   12 /* for the roles to end by themselves */
#define USERS_AT_ONCE  64 /* ADD_USER under way */
#define FRONTS_DEFAULT 1  /* where the number of cores is unknown */

enum { AUTH, MAIL, OUTBOUND, FIRST_FRONT }; /* in master's child */

/* ---- starting ---- */

static unsigned
fronts(const struct conf *conf)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (conf->workers > 0)
		return conf->workers;
	return n > 0 && n < 256 ? (unsigned)n : FRONTS_DEFAULT;
}

static void
start_children(struct master *m)
{
	unsigned n = fronts(m->conf);
	struct child *c;

	m->nchildren = FIRST_FRONT + n;
	m->child = xcalloc(m->nchildren, sizeof(*m->child));
	m->child[AUTH].role = ROLE_AUTH;
	m->child[MAIL].role = ROLE_MAIL;
	m->child[OUTBOUND].role = ROLE_OUTBOUND;
	for (unsigned i = 0; i < n; i++) {
		m->child[FIRST_FRONT + i].role = ROLE_FRONT;
		m->child[FIRST_FRONT + i].number = i;
	}
	for (c = m->child; c < m->child + m->nchildren; c++)
		c->master = m;
	for (c = m->child; c < m->child + m->nchildren && !m->stopping; c++)
		child_start(c);
}

static void
serve(struct master *m)
{
	m->serving = true;
	log_info("master: serving", "hostname=%s", m->conf->hostname);
	master_notify("READY=1");
	if (m->options->ready != NULL)
		m->options->ready(m->options->arg);
}

/* Asks for the users of the options, some at a time; then it serves. */
static void
add_users(struct master *m)
{
	const struct master_options *o = m->options;
	struct role_msg msg = { .type = ROLE_ADD_USER };

	while (m->users_asked < o->nusers &&
	    m->users_asked - m->users_added < USERS_AT_ONCE) {
		msg.add_user.request = (uint32_t)m->users_asked;
		msg.add_user.user = span_str(o->user[m->users_asked].name);
		msg.add_user.password =
		    span_str(o->user[m->users_asked].password);
		if (role_send(m->child[MAIL].channel, &msg, -1) < 0)
			break;
		m->users_asked++;
	}
	if (m->users_added == o->nusers)
		serve(m);
}

/* ---- what roles say ---- */

static void
on_ready(struct child *c, const struct role_msg *msg)
{
	struct master *m = c->master;
	struct timespec ts;

	(void)msg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	c->ready_at = ts.tv_sec;
	c->ready = true;
	log_info("master: role ready", "role=%s number=%u", role_name(c->role),
	    c->number);
	if (c->role == ROLE_MAIL) /* a new one: ask again from the start */
		m->users_asked = m->users_added = 0;
	for (size_t i = 0; i < m->nchildren; i++) {
		if (!m->child[i].ready)
			return;
	}
	if (!m->serving && !m->stopping)
		add_users(m);
}

static void
on_failed(struct child *c, const struct role_msg *msg)
{
	buf_clear(&c->reason);
	buf_add_span(&c->reason, msg->failed.text);
}

static void
on_reloaded(struct child *c, const struct role_msg *msg)
{
	if (msg->reloaded.ok)
		log_info("master: role reloaded", "role=%s number=%u",
		    role_name(c->role), c->number);
	else
		log_error("master: a role keeps its old configuration",
		    "role=%s number=%u reason=%.*s", role_name(c->role),
		    c->number, LOG_SPAN(msg->reloaded.text));
}

static void
on_user_added(struct child *c, const struct role_msg *msg)
{
	struct master *m = c->master;
	uint32_t i = msg->user_added.request;

	if (!msg->user_added.ok && i < m->options->nusers)
		log_error("master: cannot create a user", "user=%s",
		    m->options->user[i].name);
	if (m->serving || m->stopping || m->users_added == m->users_asked)
		return;
	m->users_added++;
	add_users(m);
}

static void (*const heard[ROLE_TYPES])(struct child *c,
    const struct role_msg *msg) = {
	[ROLE_READY] = on_ready,
	[ROLE_FAILED] = on_failed,
	[ROLE_RELOADED] = on_reloaded,
	[ROLE_USER_ADDED] = on_user_added,
};

void
master_heard(struct child *c, const struct role_msg *msg)
{
	heard[msg->type](c, msg);
}

/* ---- stopping ---- */

/*
 * Front pumps the last words of mail, which may still need auth; what outbound
 * is asked for a session has its answer only as long as outbound goes on.
 */
static bool
is_needed(const struct child *c, const size_t *running, size_t all)
{
	if (c->role == ROLE_AUTH)
		return all > 1;
	return c->role == ROLE_OUTBOUND && running[ROLE_FRONT] > 0;
}

static void
stop_some(struct master *m)
{
	size_t running[ROLES] = { 0 }, all = 0, told = 0;

	for (size_t i = 0; i < m->nchildren; i++) {
		if (m->child[i].pid > 0) {
			running[m->child[i].role]++;
			all++;
		}
	}
	for (size_t i = 0; i < m->nchildren; i++) {
		struct child *c = &m->child[i];

		if (c->pid > 0 && !is_needed(c, running, all)) {
			child_say(c, ROLE_STOP);
			told++;
		}
	}
	if (told == 0)
		event_base_loopbreak(m->base);
}

static void
kill_all(evutil_socket_t fd, short what, void *arg)
{
	struct master *m = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < m->nchildren; i++) {
		if (m->child[i].pid > 0) {
			log_warning("master: a role does not end by itself",
			    "role=%s", role_name(m->child[i].role));
			kill(m->child[i].pid, SIGKILL);
		}
	}
}

void
master_stop(struct master *m, int status)
{
	static const struct timeval patience = { STOP_SECONDS, 0 };

	if (m->stopping) { /* asked twice: be quick */
		kill_all(-1, 0, m);
		return;
	}
	m->stopping = true;
	m->status = status;
	master_notify("STOPPING=1");
	for (size_t i = 0; i < m->nchildren; i++) {
		if (m->child[i].again != NULL)
			event_del(m->child[i].again);
	}
	event_base_once(m->base, -1, EV_TIMEOUT, kill_all, m, &patience);
	stop_some(m);
}

/* ---- signals ---- */

static void
on_stop(evutil_socket_t signal, short what, void *arg)
{
	(void)what;
	log_info("master: stopping", "signal=%d", (int)signal);
	master_stop(arg, 0);
}

static void
on_hangup(evutil_socket_t signal, short what, void *arg)
{
	(void)signal;
	(void)what;
	master_reload(arg);
}

static void
on_child(evutil_socket_t signal, short what, void *arg)
{
	struct master *m = arg;
	int status;
	pid_t pid;

	(void)signal;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < m->nchildren; i++) {
			if (m->child[i].pid == pid)
				child_gone(&m->child[i], status);
		}
	}
	if (m->stopping)
		stop_some(m);
}

static const struct {
	int signal;
	event_callback_fn fn;
} signals[] = {
	{ SIGTERM, on_stop },
	{ SIGINT, on_stop },
	{ SIGHUP, on_hangup },
	{ SIGCHLD, on_child },
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* ---- the whole ---- */

static void
run(struct master *m)
{
	struct event *ev[SIGNALS];

	m->base = event_base_new();
	for (size_t i = 0; i < SIGNALS; i++) {
		ev[i] = evsignal_new(m->base, signals[i].signal, signals[i].fn,
		    m);
		event_add(ev[i], NULL);
	}
	start_children(m);
	event_base_dispatch(m->base);
	for (size_t i = 0; i < m->nchildren; i++) {
		role_channel_free(m->child[i].channel);
		if (m->child[i].again != NULL)
			event_free(m->child[i].again);
		buf_free(&m->child[i].reason);
	}
	free(m->child);
	for (size_t i = 0; i < SIGNALS; i++)
		event_free(ev[i]);
	event_base_free(m->base);
}

/* What can be wrong before any role runs: 0, or an exit status. */
static int
prepare(struct master *m, struct buf *why)
{
	uid_t uid;
	gid_t gid;

	if (master_owner(m->conf, &uid, &gid, why) < 0)
		return EX_CONFIG;
	if (master_files_open(m, why) < 0)
		return EX_CANTCREAT;
	if (master_tls_read(&m->tls, m->conf, why) < 0)
		return EX_CONFIG;
	if (master_relay_read(&m->relay, m->conf, why) < 0)
		return EX_CONFIG;
	return master_bind(&m->sockets, m->conf, why) < 0 ? EX_OSERR : 0;
}

int
master_run(const struct conf *conf, const struct master_options *o)
{
	struct master m = { .options = o,
		.conf = conf,
		.null_fd = -1,
		.log_fd = -1,
		.lock_fd = -1 };
	struct buf why = { 0 };

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	m.status = prepare(&m, &why);
	if (m.status == 0)
		run(&m);
	else
		fprintf(stderr, "maild: %s\n", why.data);
	buf_free(&why);
	master_unbind(&m.sockets, m.conf);
	tls_cert_wipe(&m.tls);
	master_relay_wipe(&m.relay);
	master_files_close(&m);
	conf_free(m.own);
	return m.status;
}
