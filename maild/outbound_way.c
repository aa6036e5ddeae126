/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "conf.h"
#include "log.h"
#include "outbound_state.h"

#define ADDRESSES_MAX 16 /* of one host that are tried */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The addresses of the host at hand; IPv6 first, as they come. */
struct outbound_way {
	struct outbound_job *job;
	struct buf key;
	char *host;
	uint16_t port;
	enum outbound_security security;
	struct outbound_dns_query *query;
	union address address[ADDRESSES_MAX];
	size_t naddresses, next;
	bool failed;     /* some name could not be looked up */
	struct buf said; /* what the last server did or said */
};

void
outbound_way_free(struct outbound_way *w)
{
	if (w == NULL)
		return;
	outbound_dns_cancel(w->query);
	buf_free(&w->key);
	buf_free(&w->said);
	free(w->host);
	free(w);
}

/* ---- connecting ---- */

static void
give_up(struct outbound_way *w)
{
	struct outbound_job *j = w->job;
	struct buf text = { 0 };

	if (w->said.len > 0)
		buf_add_span(&text, buf_span(&w->said));
	else if (w->failed)
		buf_addf(
		    &text, "the address of %s cannot be looked up", w->host);
	else
		buf_addf(&text, "%s has no address", w->host);
	outbound_job_fail(
	    j, 451, w->said.len > 0 ? "4.4.1" : "4.4.3", "", text.data);
	buf_free(&text);
}

static void
try_next(struct outbound_way *w)
{
	const struct outbound *o = w->job->outbound;
	union address *a;

	if (w->next == w->naddresses) {
		give_up(w);
		return;
	}
	a = &w->address[w->next++];
	outbound_conn_open(
	    w->job, &(struct outbound_peer){
			.key = w->key.data,
			.host = w->host,
			.sa = &a->sa,
			.sa_len = a->sa.sa_family == AF_INET6 ? sizeof(a->in6)
							      : sizeof(a->in),
			.security = w->security,
			.user = o->process->conf->relay_user,
			.password = o->password,
		    });
}

void
outbound_way_next(struct outbound_job *j, const char *host, const char *problem)
{
	struct outbound_way *w = j->way;

	log_warning("outbound: a server cannot be used",
	    "host=%s job=%u problem=%s", host, j->number, problem);
	buf_clear(&w->said);
	buf_addf(&w->said, "%s: %s", host, problem);
	try_next(w);
}

/* ---- the addresses of a host ---- */

static void
add_address(struct outbound_way *w, int family, const void *bytes)
{
	union address *a;

	if (w->naddresses == ADDRESSES_MAX)
		return;
	a = &w->address[w->naddresses++];
	*a = (union address){ 0 };
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		memcpy(&a->in6.sin6_addr, bytes, 16);
		a->in6.sin6_port = htons(w->port);
	} else {
		memcpy(&a->in.sin_addr, bytes, 4);
		a->in.sin_port = htons(w->port);
	}
}

static void
add_answer(
    struct outbound_way *w, const struct outbound_dns_answer *a, int family)
{
	const int len = family == AF_INET6 ? 16 : 4;

	w->query = NULL;
	w->failed = w->failed || a->status == OUTBOUND_DNS_FAILED;
	for (size_t i = 0; i < a->n; i++) {
		if (a->len[i] == len)
			add_address(w, family, a->data[i]);
	}
}

static void
on_a(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;

	add_answer(w, a, AF_INET);
	try_next(w);
}

static void
on_aaaa(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;

	add_answer(w, a, AF_INET6);
	w->query = outbound_dns_ask(
	    w->job->outbound->dns, w->host, OUTBOUND_DNS_A, on_a, w);
}

/* Addresses and localhost need no resolver. */
static bool
is_known(struct outbound_way *w)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int family = strchr(w->host, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, w->host, bytes) == 1) {
		add_address(w, family, bytes);
	} else if (strcmp(w->host, "localhost") == 0) {
		add_address(w, AF_INET6, &in6addr_loopback);
		inet_pton(AF_INET, "127.0.0.1", bytes);
		add_address(w, AF_INET, bytes);
	}
	return w->naddresses > 0;
}

static void
find_addresses(struct outbound_way *w)
{
	w->naddresses = w->next = 0;
	if (is_known(w))
		try_next(w);
	else
		w->query = outbound_dns_ask(w->job->outbound->dns, w->host,
		    OUTBOUND_DNS_AAAA, on_aaaa, w);
}

void
outbound_way_again(struct outbound_job *j)
{
	find_addresses(j->way);
}

/* ---- the way ---- */

static enum outbound_security
security_of(const struct conf_smarthost *h)
{
	static const enum outbound_security of[] = {
		[CONF_SMARTHOST_TLS] = OUTBOUND_TLS,
		[CONF_SMARTHOST_STARTTLS] = OUTBOUND_STARTTLS,
		[CONF_SMARTHOST_CLEAR] = OUTBOUND_CLEAR,
	};

	return of[h->tls];
}

void
outbound_way_start(struct outbound_job *j)
{
	const struct conf_smarthost *h = j->outbound->process->conf->smarthost;
	struct outbound_way *w = xcalloc(1, sizeof(*w));

	j->way = w;
	w->job = j;
	if (h == NULL) {
		outbound_job_fail(
		    j, 451, "4.4.0", "", "no smarthost is set to hand it to");
		return;
	}
	w->host = xstrdup(h->host);
	w->port = h->port;
	w->security = security_of(h);
	buf_addf(&w->key, "%s %u", h->host, h->port);
	if (!outbound_conn_reuse(j, w->key.data))
		find_addresses(w);
}
