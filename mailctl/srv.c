/* SPDX-License-Identifier: ISC */
#include "srv.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#define ANSWER_MAX 8192
#define RDATA_MIN  7 /* priority, weight, port, the root */
#define SECONDS    3
#define DNS_PORT   53

/* RFC 2782 has the weights for spreading load; who is to be written into a
 * configuration is the heaviest, always. */
static bool
before(const unsigned char *a, const unsigned char *b)
{
	unsigned priority[2] = { ns_get16(a), ns_get16(b) };

	return priority[0] < priority[1] || (priority[0] == priority[1] &&
	    ns_get16(a + 2) > ns_get16(b + 2));
}

bool
srv_read(struct span answer, char host[SRV_HOST_MAX], unsigned *port)
{
	const unsigned char *best = NULL;
	ns_msg m;
	ns_rr rr;

	if (ns_initparse((const unsigned char *)answer.p, (int)answer.n,
		&m) < 0)
		return false;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			return false;
		if (ns_rr_type(rr) == ns_t_srv &&
		    ns_rr_rdlen(rr) >= RDATA_MIN &&
		    (best == NULL || before(ns_rr_rdata(rr), best)))
			best = ns_rr_rdata(rr);
	}
	if (best == NULL || ns_name_uncompress(ns_msg_base(m), ns_msg_end(m),
	    best + 6, host, SRV_HOST_MAX) < 0)
		return false;
	if (strcmp(host, ".") == 0)
		host[0] = '\0';
	*port = ns_get16(best + 4);
	return true;
}

static int
read_server(const char *server, struct sockaddr_in *sin)
{
	struct span rest = span_str(server), address;
	uint64_t port = DNS_PORT;
	char text[INET_ADDRSTRLEN];

	*sin = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!span_split(&rest, ':', &address) || address.n >= sizeof(text) ||
	    (rest.n > 0 && span_u64(rest, 65535, &port) < 0))
		return -1;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	sin->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, text, &sin->sin_addr) == 1 ? 0 : -1;
}

int
srv_server_ok(const char *server)
{
	struct sockaddr_in sin;

	return read_server(server, &sin);
}

bool
srv_ask(const char *name, const char *server, char host[SRV_HOST_MAX],
    unsigned *port)
{
	struct __res_state state = { 0 };
	unsigned char answer[ANSWER_MAX];
	int n;

	if (res_ninit(&state) < 0)
		return false;
	state.retrans = SECONDS;
	if (server != NULL) {
		state.nscount = 1;
		read_server(server, &state.nsaddr_list[0]);
	}
	n = res_nquery(&state, name, ns_c_in, ns_t_srv, answer,
	    sizeof(answer));
	res_nclose(&state);
	if (n > ANSWER_MAX)
		n = ANSWER_MAX;
	return n > 0 && srv_read(span_of((const char *)answer, (size_t)n),
	    host, port);
}
