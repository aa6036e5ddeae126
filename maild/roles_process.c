/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/prctl.h>

#include <event2/event.h>
#include <event2/thread.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "roles_process.h"
#include "sandbox.h"

#define PART_MAX    ((size_t)4 << 20) /* of the configuration, of a chain … */
#define EXIT_FAILED 1

struct process {
	struct role_process p;
	const struct role_ops *ops;
	struct buf part[ROLE_PARTS]; /* as they come */
	struct conf *first, *conf;   /* first: what listeners were made by */
	bool started, stopping;
	int status;
};

void
role_process_end(struct role_process *p)
{
	event_base_loopbreak(p->base);
}

/* Text of ours as a message may hold it. */
static struct span
sayable(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if ((unsigned char)text->data[i] < ' ')
			text->data[i] = ' ';
	}
	return span_sub(span_trim(buf_span(text)), 0, ROLE_TEXT_MAX);
}

static void
fail(struct process *p, struct buf *why)
{
	struct role_msg m = { .type = ROLE_FAILED };

	m.failed.text = sayable(why);
	role_send(p->p.master, &m, -1);
	p->status = EXIT_FAILED;
	role_process_end(&p->p);
}

static struct conf *
take_conf(struct process *p, struct buf *why)
{
	struct buf *text = &p->part[ROLE_PART_CONF];
	struct conf *c = conf_parse_text(buf_span(text), "configuration", NULL,
	    0, why);

	buf_free(text);
	return c;
}

/* All but the configuration. */
static void
take_parts(struct process *p)
{
	for (int i = ROLE_PART_CONF + 1; i < ROLE_PARTS; i++) {
		buf_wipe(&p->p.part[i]);
		p->p.part[i] = p->part[i];
		p->part[i] = (struct buf){ .max = PART_MAX };
	}
}

static void
on_part(struct process *p, const struct role_msg *m, int fd)
{
	(void)fd;
	buf_add_span(&p->part[m->part.what], m->part.data);
}

static void
on_hello(struct process *p, const struct role_msg *m, int fd)
{
	struct role_msg ready = { .type = ROLE_READY };
	struct buf why = { 0 };

	(void)fd;
	p->p.number = m->hello.number;
	p->p.first_id = m->hello.first_id;
	p->p.conf = p->first = p->conf = take_conf(p, &why);
	take_parts(p);
	if (p->conf != NULL) {
		log_open(role_name(p->p.role), p->conf->log_level,
		    p->conf->log_format, STDERR_FILENO);
		if (sandbox_enter(p->p.role, p->conf, &why) == 0)
			p->p.state = p->ops->start(&p->p, &why);
	}
	p->started = p->p.state != NULL;
	if (p->started && sandbox_limit(p->p.role, &why) == 0)
		role_send(p->p.master, &ready, -1);
	else
		fail(p, &why);
	buf_free(&why);
}

static void
on_listener(struct process *p, const struct role_msg *m, int fd)
{
	uint32_t i = m->listener.index;

	if (p->ops->listener != NULL && i == ROLE_LISTENER_CONTROL)
		p->ops->listener(&p->p, NULL, fd);
	else if (p->ops->listener != NULL && i < p->first->nlisten)
		p->ops->listener(&p->p, &p->first->listen[i], fd);
	else
		close(fd);
}

static void
on_peer(struct process *p, const struct role_msg *m, int fd)
{
	p->ops->peer(&p->p, m->peer.role, m->peer.number, fd);
}

static void
on_reload(struct process *p, const struct role_msg *m, int fd)
{
	struct role_msg said = { .type = ROLE_RELOADED };
	struct conf *former = p->conf;
	struct buf why = { 0 };

	(void)m;
	(void)fd;
	p->conf = take_conf(p, &why);
	if (p->conf == NULL) {
		p->conf = former;
	} else {
		p->p.conf = p->conf;
		take_parts(p);
		said.reloaded.ok = p->ops->reload(&p->p, former, &why) == 0;
		if (former != p->first)
			conf_free(former);
	}
	said.reloaded.text = sayable(&why);
	role_send(p->p.master, &said, -1);
	buf_free(&why);
}

static void
stop(struct process *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	if (p->started)
		p->ops->stop(&p->p);
	else
		role_process_end(&p->p);
}

static void
on_stop(struct process *p, const struct role_msg *m, int fd)
{
	(void)m;
	(void)fd;
	stop(p);
}

static void
on_other(struct process *p, const struct role_msg *m, int fd)
{
	(void)fd;
	if (p->ops->message != NULL)
		p->ops->message(&p->p, m);
}

enum { BEFORE = 1, AFTER = 2 }; /* it has started */

static const struct {
	unsigned when;
	void (*fn)(struct process *p, const struct role_msg *m, int fd);
} said[ROLE_TYPES] = {
	[ROLE_PART] = { BEFORE | AFTER, on_part },
	[ROLE_HELLO] = { BEFORE, on_hello },
	[ROLE_LISTENER] = { AFTER, on_listener },
	[ROLE_PEER] = { AFTER, on_peer },
	[ROLE_RELOAD] = { AFTER, on_reload },
	[ROLE_STOP] = { BEFORE | AFTER, on_stop },
	[ROLE_ADD_USER] = { AFTER, on_other },
};

/* Once it stops, nothing new is begun. */
static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct process *p = arg;

	(void)ch;
	if (!p->stopping &&
	    (said[m->type].when & (p->started ? AFTER : BEFORE)))
		said[m->type].fn(p, m, fd);
	else if (fd >= 0)
		close(fd);
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	(void)ch;
	log_error("roles: master is gone");
	stop(arg);
}

/*
 * A terminal's and a service manager's signals reach every process: when to
 * end is master's to say.
 */
static void
settle_in(enum role role)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM,
		SIGUSR1, SIGUSR2 };
	char name[16];

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	snprintf(name, sizeof(name), "maild-%s", role_name(role));
	prctl(PR_SET_NAME, name);
	tzset(); /* reads a file */
	log_open(role_name(role), "info", "text", STDERR_FILENO);
	evthread_use_pthreads();
}

int
role_process_run(const struct role_ops *ops, int master_fd)
{
	struct process p = { .p.role = ops->role, .ops = ops };
	struct role_channel_end end = { .self = ops->role,
		.other = ROLE_MASTER,
		.message = on_message,
		.closed = on_closed,
		.arg = &p };

	settle_in(ops->role);
	for (int i = 0; i < ROLE_PARTS; i++)
		p.part[i].max = PART_MAX;
	p.p.base = event_base_new();
	p.p.master = role_channel_new(p.p.base, master_fd, &end);
	event_base_dispatch(p.p.base);

	if (p.started)
		ops->end(&p.p);
	role_channel_free(p.p.master);
	event_base_free(p.p.base);
	for (int i = 0; i < ROLE_PARTS; i++) {
		buf_wipe(&p.part[i]);
		buf_wipe(&p.p.part[i]);
	}
	if (p.conf != p.first)
		conf_free(p.conf);
	conf_free(p.first);
	return p.status;
}
