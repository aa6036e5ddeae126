/* SPDX-License-Identifier: ISC */
/*
 * How a connection begins: whose it is, whether there is room for it, and in
 * which protocol.
 */
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "front_conn_state.h"
#include "log.h"
#include "peer.h"
#include "rates.h"

static bool
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
		(IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		    in6->sin6_addr.s6_addr[12] == 127));
}

static const struct {
	const char *name;
	const struct front_proto *proto;
	bool implicit_tls;
} kinds[] = {
	[CONF_IMAP] = { "imap", &front_imap, false },
	[CONF_IMAPS] = { "imaps", &front_imap, true },
	[CONF_SUBMISSION] = { "submission", &front_smtp, false },
	[CONF_SUBMISSIONS] = { "submissions", &front_smtp, true },
	[CONF_SMTP] = { "smtp", &front_mx, false },
};

/* From the world, too many too fast? */
static bool
too_fast(struct front_conn *c)
{
	const struct conf *conf = front_conf(c);
	char network[PEER_MAX];

	if (c->proto != &front_mx ||
	    peer_within(c->entry.peer, &conf->inbound_trusted))
		return false;
	peer_network(c->entry.peer, PEER_ONE_HOST, network);
	return !rates_take(c->front->rates, RATES_INBOUND_CONNECTIONS, network,
	    conf->inbound_connections, conf->inbound_connections_period,
	    rates_now());
}

/* Over a limit?  Then it is told so, where that can be done in clear. */
static bool
too_many(struct front_conn *c)
{
	const struct conf *conf = front_conf(c);
	const char *limit = NULL;

	if (front_table_len(c->front->table) > conf->connections)
		limit = "connections";
	else if (front_table_peers(c->front->table, &c->entry,
		     (size_t)conf->connections_per_address + 1) >
	    conf->connections_per_address)
		limit = "connections_per_address";
	else if (too_fast(c))
		limit = "inbound_connections_per_address";
	if (limit != NULL)
		log_warning("front: too many connections", "peer=%s limit=%s",
		    c->entry.peer, limit);
	return limit != NULL;
}

/* In clear, until STARTTLS. */
static bool
begin_clear(struct front_conn *c, int fd)
{
	c->bev = bufferevent_socket_new(c->front->process->base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		close(fd);
		return false;
	}
	front_conn_attach(c);
	c->greeted = true;
	c->state = c->proto->start(c);
	return true;
}

void
front_conn_begin(struct front_conn *c, int fd)
{
	const bool busy = too_many(c), implicit_tls = c->implicit_tls;

	c->phase = PHASE_TALK;
	if (busy && implicit_tls) {
		close(fd);
		front_conn_gone(c);
	} else if (!(implicit_tls ? front_conn_handshake(c, fd)
				  : begin_clear(c, fd))) {
		front_conn_gone(c);
	} else if (busy) {
		c->proto->bye(c, FRONT_BYE_BUSY);
		front_close(c);
	} else if (!implicit_tls) {
		c->proto->greet(c, c->state);
	}
}

static void
set_peer(struct front_conn *c, const struct sockaddr *sa)
{
	c->loopback = is_loopback(sa);
	peer_format(sa, c->entry.peer);
}

void
front_conn_peer(struct front_conn *c, const struct sockaddr *sa)
{
	front_table_remove(c->front->table, &c->entry);
	set_peer(c, sa);
	front_table_add(c->front->table, &c->entry);
}

void
front_conn_new(struct front *f, const struct conf_listen *l, int fd,
    const struct sockaddr *sa)
{
	struct front_conn *c = front_conn_make(f, kinds[l->kind].proto);
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->implicit_tls = kinds[l->kind].implicit_tls;
	c->entry.id = f->next_id++;
	set_peer(c, sa);
	snprintf(c->local, sizeof(c->local), "%s:%u", kinds[l->kind].name,
	    l->port);
	front_table_add(f->table, &c->entry);
	front_conn_timer(c, front_conf(c)->login_timeout);
	log_debug("front: connected", "session=" LOG_ID " peer=%s local=%s",
	    c->entry.id, c->entry.peer, c->local);
	if (front_proxy_is(c, sa))
		front_proxy_read(c, fd);
	else
		front_conn_begin(c, fd);
}

/* ---- once more ---- */

struct front_conn *
front_conn_revive(struct front *f, uint64_t id, struct span peer,
    struct span local, int fd)
{
	struct front_conn *c = front_conn_make(f, &front_imap);

	/* By what a proxy said, it may be another than the socket's. */
	snprintf(c->entry.peer, sizeof(c->entry.peer), "%.*s", (int)peer.n,
	    peer.p);
	c->loopback = span_iprefix(peer, SPAN_LIT("127.")) ||
	    span_eq(peer, SPAN_LIT("[::1]"));
	snprintf(c->local, sizeof(c->local), "%.*s", (int)local.n, local.p);
	c->entry.id = id;
	c->greeted = true;
	front_table_add(f->table, &c->entry);
	c->bev = bufferevent_socket_new(f->process->base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev != NULL)
		return c;
	close(fd);
	front_conn_gone(c);
	return NULL;
}

void
front_conn_begin_again(struct front_conn *c)
{
	c->phase = PHASE_TALK;
	front_conn_attach(c);
	c->state = c->proto->start(c);
	front_conn_timer(c, front_conf(c)->login_timeout);
}
