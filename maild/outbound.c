/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "outbound_state.h"

/*
 * The outbound role: everything that leaves the machine.
 */

void
outbound_tell(struct outbound *o, const struct role_msg *m)
{
	struct role_channel *mail = o->peers.other[ROLE_MAIL];

	if (mail != NULL)
		role_send(mail, m, -1);
}

void
outbound_ended(struct outbound *o)
{
	if (o->stopping && o->njobs == 0 && TAILQ_EMPTY(&o->conns))
		role_process_end(o->process);
}

/* ---- what mail says ---- */

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct outbound *o = arg;

	(void)ch;
	if (m->type == ROLE_RELAY)
		outbound_job_new(o, m, fd);
	else
		outbound_job_rcpt(o, m);
}

/* What it had asked for it will ask for again. */
static void
on_lost(void *arg, struct role_channel *ch)
{
	struct outbound *o = arg;
	struct outbound_job *j;

	(void)ch;
	while ((j = TAILQ_FIRST(&o->jobs)) != NULL)
		outbound_job_free(j);
}

static void
outbound_peer(struct role_process *p, enum role peer, uint32_t number, int fd)
{
	struct outbound *o = p->state;

	role_peers_add(&o->peers, peer, number, fd);
}

/* ---- starting and ending ---- */

static void
outbound_clear(struct outbound *o)
{
	struct outbound_job *j;

	while ((j = TAILQ_FIRST(&o->jobs)) != NULL)
		outbound_job_free(j);
	while (!TAILQ_EMPTY(&o->conns))
		outbound_conn_free(TAILQ_FIRST(&o->conns));
	role_peers_clear(&o->peers);
	outbound_dns_free(o->dns);
	outbound_tls_free(o->tls);
	if (o->password != NULL)
		explicit_bzero(o->password, strlen(o->password));
	free(o->password);
	free(o);
}

/* The authorities and the password, as they are now. */
static int
take_parts(struct outbound *o, struct buf *why)
{
	struct role_process *p = o->process;
	struct outbound_tls *tls =
	    outbound_tls_new(buf_span(&p->part[ROLE_PART_CA]), why);

	if (tls == NULL)
		return -1;
	outbound_tls_free(o->tls);
	o->tls = tls;
	if (o->password != NULL)
		explicit_bzero(o->password, strlen(o->password));
	free(o->password);
	o->password = p->conf->relay_user == NULL
			  ? NULL
			  : span_dup(buf_span(&p->part[ROLE_PART_RELAY]));
	buf_wipe(&p->part[ROLE_PART_RELAY]);
	return 0;
}

static void *
outbound_start(struct role_process *p, struct buf *why)
{
	struct outbound *o = xcalloc(1, sizeof(*o));
	int ret;

	TAILQ_INIT(&o->jobs);
	TAILQ_INIT(&o->conns);
	o->process = p;
	o->peers = (struct role_peers){ .base = p->base,
		.self = ROLE_OUTBOUND,
		.message = on_message,
		.lost = on_lost,
		.arg = o };
	ret = take_parts(o, why);
	if (ret == 0 && p->conf->smarthost != NULL) {
		o->dns = outbound_dns_new(p->base,
		    buf_span(&p->part[ROLE_PART_RESOLV]), p->conf->resolver,
		    why);
		ret = o->dns != NULL ? 0 : -1;
	}
	if (ret == 0)
		return o;
	outbound_clear(o);
	return NULL;
}

static int
outbound_reload(
    struct role_process *p, const struct conf *former, struct buf *why)
{
	(void)former;
	return take_parts(p->state, why);
}

/* Jobs that have begun end in their own time: master is patient for some
 * seconds. */
static void
outbound_stop(struct role_process *p)
{
	struct outbound *o = p->state;

	o->stopping = true;
	outbound_conns_quit(o);
	outbound_ended(o);
}

static void
outbound_end(struct role_process *p)
{
	outbound_clear(p->state);
}

const struct role_ops outbound_ops = {
	.role = ROLE_OUTBOUND,
	.start = outbound_start,
	.peer = outbound_peer,
	.reload = outbound_reload,
	.stop = outbound_stop,
	.end = outbound_end,
};
