/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>

#include <stdlib.h>

#include "outbound_host.h"
#include "outbound_http.h"

struct outbound_host {
	struct outbound_dns *dns;
	struct outbound_dns_query *query; /* NULL: between two */
	char *name;
	outbound_host_done done;
	void *arg;
};

void
outbound_host_cancel(struct outbound_host *h)
{
	if (h == NULL)
		return;
	outbound_dns_cancel(h->query);
	free(h->name);
	free(h);
}

static void
end(struct outbound_host *h, const char *address)
{
	h->done(h->arg, address);
	outbound_host_cancel(h);
}

static bool
end_with(struct outbound_host *h, const struct outbound_dns_answer *a,
    int family, int size)
{
	char text[INET6_ADDRSTRLEN];

	h->query = NULL;
	if (a->status != OUTBOUND_DNS_OK || a->n == 0 || a->len[0] != size ||
	    inet_ntop(family, a->data[0], text, sizeof(text)) == NULL)
		return false;
	end(h, text);
	return true;
}

static void
on_aaaa(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_host *h = arg;

	if (!end_with(h, a, AF_INET6, 16))
		end(h, NULL);
}

static void
on_a(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_host *h = arg;

	if (!end_with(h, a, AF_INET, 4))
		h->query = outbound_dns_ask(h->dns, h->name, OUTBOUND_DNS_AAAA,
		    on_aaaa, h);
}

void
outbound_host_find(struct outbound_host **out, struct outbound_dns *dns,
    const char *url, outbound_host_done done, void *arg)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	struct outbound_host *h;
	struct buf host = { 0 };
	uint16_t port;
	bool asks;

	*out = NULL;
	if (!outbound_http_host(url, true, &host, &port)) {
		buf_free(&host);
		done(arg, NULL);
		return;
	}
	asks = inet_pton(AF_INET, host.data, bytes) != 1 &&
	    inet_pton(AF_INET6, host.data, bytes) != 1;
	if (!asks || strcmp(host.data, "localhost") == 0) {
		buf_free(&host);
		done(arg, asks ? "127.0.0.1" : "");
		return;
	}
	h = xcalloc(1, sizeof(*h));
	*h = (struct outbound_host){ dns, NULL, buf_steal(&host), done, arg };
	h->query = outbound_dns_ask(dns, h->name, OUTBOUND_DNS_A, on_a, h);
	*out = h;
}
