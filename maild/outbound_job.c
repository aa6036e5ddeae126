/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "outbound_state.h"

#define JOB_SECONDS 3600 /* whatever a server does to it */
#define PIECE       ((size_t)16384)

void
outbound_job_free(struct outbound_job *j)
{
	struct outbound *o = j->outbound;

	TAILQ_REMOVE(&o->jobs, j, entry);
	o->njobs--;
	if (j->conn != NULL)
		outbound_conn_free(j->conn);
	outbound_way_free(j->way);
	for (size_t i = 0; i < j->nrcpt; i++) {
		free(j->rcpt[i].address);
		free(j->rcpt[i].orcpt);
	}
	free(j->rcpt);
	free(j->domain);
	free(j->sender);
	free(j->envid);
	event_free(j->readable);
	event_free(j->deadline);
	close(j->text);
	free(j);
	outbound_ended(o);
}

/* ---- from mail ---- */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	const struct outbound_job *j = arg;

	(void)fd;
	(void)what;
	if (j->conn != NULL)
		outbound_conn_wake(j->conn);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	outbound_job_fail(arg, 451, "4.4.2", "", "it took too long");
}

void
outbound_job_new(struct outbound *o, const struct role_msg *m, int fd)
{
	static const struct timeval patience = { JOB_SECONDS, 0 };
	struct outbound_job *j = xcalloc(1, sizeof(*j));
	struct event_base *base = o->process->base;

	j->outbound = o;
	j->number = m->relay.job;
	j->domain = span_dup(m->relay.domain);
	j->sender = span_dup(m->relay.sender);
	j->envid = span_dup(m->relay.envid);
	j->ret = m->relay.ret;
	j->body = m->relay.body;
	j->utf8 = m->relay.utf8;
	j->require_tls = m->relay.require_tls;
	j->priority = (int)m->relay.priority - MT_PRIORITY_MAX;
	j->by = (struct deliver_by){ m->relay.by, m->relay.by_trace,
		(int64_t)m->relay.by_at };
	j->size = m->relay.size;
	j->wanted = m->relay.recipients;
	j->text = fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	j->readable = event_new(base, fd, EV_READ, on_readable, j);
	j->deadline = evtimer_new(base, on_deadline, j);
	event_add(j->deadline, &patience);
	TAILQ_INSERT_TAIL(&o->jobs, j, entry);
	o->njobs++;
	if (j->wanted == 0 || j->wanted > ROLE_RCPTS_MAX ||
	    o->njobs > OUTBOUND_JOBS_MAX || o->stopping)
		outbound_job_fail(j, 451, "4.3.2", "", "not now");
}

/* The job that was announced last, mostly. */
static struct outbound_job *
find(struct outbound *o, uint32_t number)
{
	struct outbound_job *j;

	TAILQ_FOREACH_REVERSE(j, &o->jobs, outbound_jobs, entry)
	{
		if (j->number == number)
			return j;
	}
	return NULL;
}

void
outbound_job_rcpt(struct outbound *o, const struct role_msg *m)
{
	struct outbound_job *j = find(o, m->relay_rcpt.job);

	if (j == NULL || j->nrcpt == j->wanted)
		return;
	j->rcpt = xrealloc_array(j->rcpt, j->nrcpt + 1, sizeof(*j->rcpt));
	j->rcpt[j->nrcpt++] = (struct outbound_rcpt){
		.address = span_dup(m->relay_rcpt.address),
		.orcpt = span_dup(m->relay_rcpt.orcpt),
		.notify = m->relay_rcpt.notify,
	};
	if (j->nrcpt == j->wanted)
		outbound_way_start(j);
}

/* ---- the transaction ---- */

/* RFC 2852 section 4.1.4.2: who does not know what BY is may at least tell of
 * delays. */
static unsigned
notify_of(const struct outbound_job *j, const struct outbound_rcpt *r,
    const struct smtp_client *c, int64_t now)
{
	if (j->by.mode != DELIVER_BY_NOTIFY || now >= j->by.at ||
	    (smtp_client_caps(c) & SMTP_CAP_DELIVERBY) != 0 ||
	    (r->notify & DSN_NOTIFY_NEVER) != 0)
		return r->notify;
	return (r->notify == 0 ? DSN_NOTIFY_FAILURE : r->notify) |
	    DSN_NOTIFY_DELAY;
}

void
outbound_job_begin(struct outbound_job *j, struct smtp_client *c)
{
	struct smtp_client_notify *notify = xcalloc(j->nrcpt, sizeof(*notify));
	const char **rcpt = xcalloc(j->nrcpt, sizeof(*rcpt));
	const int64_t now = (int64_t)time(NULL);
	struct smtp_client_mail mail = { .from = j->sender,
		.rcpt = rcpt,
		.nrcpt = j->nrcpt,
		.size = j->size,
		.exact = true,
		.body = j->body,
		.utf8 = j->utf8,
		.require_tls = outbound_way_requires_tls(j->way),
		.priority = j->priority,
		.by = j->by,
		.now = now,
		.notify = notify,
		.envid = j->envid,
		.ret = j->ret };

	for (size_t i = 0; i < j->nrcpt; i++) {
		rcpt[i] = j->rcpt[i].address;
		notify[i] = (struct smtp_client_notify){
			notify_of(j, &j->rcpt[i], c, now), j->rcpt[i].orcpt };
	}
	j->reached = true;
	smtp_client_mail(c, &mail);
	free(rcpt);
	free(notify);
}

/* The stream ends where the text does, or the text is not whole. */
int
outbound_job_text(struct outbound_job *j, struct smtp_client *c)
{
	char piece[PIECE];
	ssize_t n;

	if (j->taken == j->size) {
		smtp_client_text_end(c);
		return 1;
	}
	n = read(j->text, piece, sizeof(piece));
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		event_add(j->readable, NULL);
		return 0;
	}
	if (n <= 0 || (uint64_t)n > j->size - j->taken)
		return -1;
	j->taken += (uint64_t)n;
	smtp_client_text(c, span_of(piece, (size_t)n));
	return 1;
}

/* ---- back to mail ---- */

/* In one line, without what a message may not hold. */
static struct span
one_line(struct buf *out, const char *text)
{
	buf_clear(out);
	out->max = ROLE_REPLY_MAX;
	for (; *text != '\0' && !out->failed; text++) {
		if (*text == '\n')
			buf_adds(out, " / ");
		else
			buf_addc(out, (unsigned char)*text < ' ' ? ' ' : *text);
	}
	return buf_span(out);
}

static void
tell(struct outbound_job *j, size_t i, const struct smtp_client_result *r,
    const char *host, unsigned caps)
{
	struct role_msg m = { .type = ROLE_RELAYED };
	struct buf text = { 0 };

	j->rcpt[i].told = true;
	m.relayed.job = j->number;
	m.relayed.index = (uint32_t)i;
	m.relayed.code = r->code;
	m.relayed.enhanced = span_str(r->enhanced);
	m.relayed.text = one_line(&text, r->text != NULL ? r->text : "");
	m.relayed.host = span_str(r->local ? "" : host);
	m.relayed.dsn = (caps & SMTP_CAP_DSN) != 0;
	m.relayed.by = (caps & SMTP_CAP_DELIVERBY) != 0;
	outbound_tell(j->outbound, &m);
	buf_free(&text);
}

static void
done(struct outbound_job *j)
{
	struct role_msg m = { .type = ROLE_RELAY_DONE };

	m.relay_done.job = j->number;
	m.relay_done.reached = j->reached;
	m.relay_done.answered = j->answered;
	outbound_tell(j->outbound, &m);
	outbound_job_free(j);
}

void
outbound_job_results(
    struct outbound_job *j, const char *host, struct smtp_client *c)
{
	const struct smtp_client_result *r;
	size_t n;

	j->answered = true;
	r = smtp_client_results(c, &n);
	for (size_t i = 0; i < n; i++)
		tell(j, i, &r[i], host, smtp_client_caps(c));
	done(j);
}

void
outbound_job_fail(struct outbound_job *j, unsigned code, const char *enhanced,
    const char *host, const char *text)
{
	struct smtp_client_result r = { .code = code };
	struct buf copy = { 0 };

	buf_adds(&copy, text);
	r.text = buf_steal(&copy);
	buf_adds(&copy, enhanced);
	memcpy(r.enhanced, copy.data,
	    copy.len < sizeof(r.enhanced) ? copy.len : 0);
	buf_free(&copy);
	for (size_t i = 0; i < j->nrcpt; i++) {
		if (!j->rcpt[i].told)
			tell(j, i, &r, host, 0);
	}
	free(r.text);
	done(j);
}
