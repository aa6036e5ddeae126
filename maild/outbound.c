/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "outbound_http.h"
#include "outbound_state.h"
#include "outbound_sts.h"

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

/* ---- what mail and auth say ---- */

static void
keep_policy(struct outbound *o, const struct role_msg *m)
{
	if (o->sts != NULL)
		outbound_sts_keep(o->sts, &(struct outbound_sts_known){
		    .domain = m->sts_policy.domain,
		    .id = m->sts_policy.id,
		    .text = m->sts_policy.text,
		    .seconds = m->sts_policy.seconds });
}

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct outbound *o = arg;

	(void)ch;
	if (m->type == ROLE_INTROSPECT)
		outbound_introspect(o, m);
	else if (m->type == ROLE_FILTER)
		outbound_filter_new(o, m, fd);
	else if (m->type == ROLE_LOOKUP)
		outbound_lookup_new(o, m);
	else if (m->type == ROLE_STS_POLICY)
		keep_policy(o, m);
	else if (m->type == ROLE_RELAY)
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

	if (role_channel_about(ch)->other != ROLE_MAIL)
		return;
	outbound_filters_free(o);
	outbound_lookups_free(o);
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
secret_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

static void
outbound_clear(struct outbound *o)
{
	struct outbound_job *j;

	while ((j = TAILQ_FIRST(&o->jobs)) != NULL)
		outbound_job_free(j);
	while (!TAILQ_EMPTY(&o->conns))
		outbound_conn_free(TAILQ_FIRST(&o->conns));
	role_peers_clear(&o->peers);
	outbound_filters_free(o);
	outbound_http_free(o->http);
	outbound_queries_free(o);
	outbound_lookups_free(o);
	outbound_sts_free(o->sts);
	outbound_dns_free(o->dns);
	outbound_tls_free(o->tls);
	secret_free(o->password);
	secret_free(o->introspection_password);
	free(o);
}

/* Of a part, which is wiped; NULL where it is not wanted. */
static char *
take_secret(struct outbound *o, enum role_part what, bool wanted)
{
	struct buf *part = &o->process->part[what];
	char *secret = wanted ? span_dup(buf_span(part)) : NULL;

	buf_wipe(part);
	return secret;
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
	if (o->http != NULL)
		outbound_http_trust(o->http, buf_span(&p->part[ROLE_PART_CA]));
	secret_free(o->password);
	secret_free(o->introspection_password);
	o->password = take_secret(o, ROLE_PART_RELAY,
	    p->conf->relay_user != NULL);
	o->introspection_password = take_secret(o, ROLE_PART_OAUTH,
	    p->conf->introspection_user != NULL);
	return 0;
}

/* Where mail goes to the servers of domains. */
static bool
wants_sts(const struct conf *conf)
{
	return conf->mta_sts && conf->mx && conf->smarthost == NULL;
}

static bool
is_url(const char *setting, const char *url, bool clear, struct buf *why)
{
	struct buf host = { 0 };
	uint16_t port;
	bool good = url == NULL || outbound_http_host(url, clear, &host, &port);

	buf_free(&host);
	if (!good)
		buf_addf(why, "%s: %s is no %s URL", setting, url,
		    clear ? "http or https" : "https");
	return good;
}

static int
start_http(struct outbound *o, struct buf *why)
{
	const struct conf *conf = o->process->conf;

	if (conf->introspection_url == NULL && conf->rspamd_url == NULL &&
	    !wants_sts(conf))
		return 0;
	if (!is_url("auth.introspection_url", conf->introspection_url, false,
		why) ||
	    !is_url("inbound.rspamd", conf->rspamd_url, true, why))
		return -1;
	o->http = outbound_http_new(o->process->base);
	if (o->http == NULL)
		buf_adds(why, "libcurl cannot be initialized");
	return o->http != NULL ? 0 : -1;
}

/* For mail to keep: this process may not live as long as the policy. */
static void
on_fetched(void *arg, const char *domain, const char *id,
    const struct mta_sts *policy)
{
	struct role_msg m = { .type = ROLE_STS_POLICY };
	struct buf text = { 0 };

	mta_sts_format(&text, policy);
	m.sts_policy.domain = span_str(domain);
	m.sts_policy.id = span_str(id);
	m.sts_policy.seconds = policy->max_age;
	m.sts_policy.text = buf_span(&text);
	outbound_tell(arg, &m);
	buf_free(&text);
}

static int
start_names(struct outbound *o, struct buf *why)
{
	struct role_process *p = o->process;

	o->dns = outbound_dns_new(p->base,
	    &(struct outbound_dns_options){
		.resolv = buf_span(&p->part[ROLE_PART_RESOLV]),
		.server = p->conf->resolver,
		.anchors = buf_span(&p->part[ROLE_PART_ANCHORS]),
		.timeout = p->conf->resolver_timeout },
	    why);
	if (o->dns == NULL)
		return -1;
	if (wants_sts(p->conf))
		o->sts = outbound_sts_new(&(struct outbound_sts_options){
		    .dns = o->dns,
		    .http = o->http,
		    .ca = buf_span(&p->part[ROLE_PART_STS_CA]),
		    .port = (uint16_t)p->conf->sts_port,
		    .fetched = on_fetched,
		    .arg = o });
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
	LIST_INIT(&o->queries);
	LIST_INIT(&o->filters);
	LIST_INIT(&o->lookups);
	ret = start_http(o, why);
	if (ret == 0)
		ret = take_parts(o, why);
	if (ret == 0 && (conf_relays(p->conf) || o->http != NULL ||
			   p->conf->dnsbl != NULL))
		ret = start_names(o, why);
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
