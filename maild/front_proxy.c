/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "front_conn_state.h"
#include "log.h"
#include "proxy.h"

/*
 * A proxy begins with a header (proxy.h).  Not a byte more than that is taken
 * off the socket, since a TLS handshake may stand behind it.
 */
bool
front_proxy_is(const struct front_conn *c, const struct sockaddr *sa)
{
	const struct conf_networks *proxies = &front_conf(c)->proxies;
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const unsigned char *address;

	if (sa->sa_family == AF_INET)
		return conf_networks_hold(proxies, false,
		    (const unsigned char *)&in->sin_addr);
	if (sa->sa_family != AF_INET6)
		return false;
	address = in6->sin6_addr.s6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return conf_networks_hold(proxies, false, address + 12);
	return conf_networks_hold(proxies, true, address);
}

void
front_proxy_drop(struct front_conn *c)
{
	if (c->raw_event != NULL)
		event_free(c->raw_event);
	if (c->raw >= 0)
		close(c->raw);
	c->raw_event = NULL;
	c->raw = -1;
	buf_free(&c->head);
}

static void
use_peer(struct front_conn *c, const struct proxy *p)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memcpy(&in.sin_addr, p->from.address, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, p->from.address, sizeof(in6.sin6_addr));
	front_conn_peer(c, p->ipv6 ? (const struct sockaddr *)&in6 :
				     (const struct sockaddr *)&in);
}

static void
header_is_there(struct front_conn *c, const struct proxy *p)
{
	const int fd = c->raw;

	if (p->known) {
		log_debug("front: by a proxy", "session=" LOG_ID " proxy=%s",
		    c->entry.id, c->entry.peer);
		use_peer(c, p);
	}
	c->raw = -1;
	front_proxy_drop(c);
	front_conn_begin(c, fd);
}

static void
no_header(struct front_conn *c)
{
	log_warning("front: no PROXY header", "session=" LOG_ID " peer=%s",
	    c->entry.id, c->entry.peer);
	front_conn_gone(c);
}

/* Of what can be read only the header is taken: all of it while it is not
 * whole. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct front_conn *c = arg;
	const size_t had = c->head.len;
	char in[PROXY_V2_MAX];
	struct proxy p;
	ssize_t n = recv(fd, in, sizeof(in) - had, MSG_PEEK), used;

	(void)what;
	if (c->phase != PHASE_PROXY || (n < 0 && errno == EAGAIN))
		return;
	if (n <= 0) {
		front_conn_gone(c);
		return;
	}
	buf_add(&c->head, in, (size_t)n);
	used = proxy_parse(buf_span(&c->head), &p);
	if (used < 0 || (used == 0 && c->head.len == PROXY_V2_MAX)) {
		no_header(c);
		return;
	}
	if (used > 0)
		n = used - (ssize_t)had;
	if (recv(fd, in, (size_t)n, 0) != n)
		front_conn_gone(c);
	else if (used > 0)
		header_is_there(c, &p);
}

void
front_proxy_read(struct front_conn *c, int fd)
{
	c->phase = PHASE_PROXY;
	c->raw = fd;
	c->raw_event = event_new(c->front->process->base, fd,
	    EV_READ | EV_PERSIST, on_readable, c);
	event_add(c->raw_event, NULL);
}
