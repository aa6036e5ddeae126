/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_STS_H
#define MAILD_OUTBOUND_STS_H

#include "mta_sts.h"

/*
 * The MTA-STS policies of domains (RFC 8461): found by DNS, fetched by HTTPS,
 * and kept in memory for as long as they say.  Whoever has them kept for longer
 * than this process lives hears of each, and gives it back.
 */
struct event_base;
struct outbound_dns;
struct outbound_http;
struct outbound_sts;
struct outbound_sts_query;

struct outbound_sts_options {
	struct outbound_dns *dns;
	struct outbound_http *http;
	struct span ca; /* authorities, PEM; empty: those of http */
	uint16_t port;  /* of the servers of policies */
	/* One was fetched: good for its max_age, from now on. */
	void (*fetched)(void *arg, const char *domain, const char *id,
	    const struct mta_sts *policy);
	void *arg;
};

/* What the options point to stays the caller's, and outlives it. */
struct outbound_sts *
outbound_sts_new(const struct outbound_sts_options *options);
void outbound_sts_free(struct outbound_sts *s);

/* Of a domain that no policy is known of: one that was fetched earlier, and is
 * good for so many seconds more.  What is broken is dropped. */
struct outbound_sts_known {
	struct span domain, id, text;
	uint32_t seconds;
};
void outbound_sts_keep(struct outbound_sts *s,
    const struct outbound_sts_known *known);

/* fn is called once, from the loop; the policy, which is none where the domain
 * has none, lives as long as it runs. */
typedef void (*outbound_sts_fn)(void *arg, const struct mta_sts *policy);
struct outbound_sts_query *outbound_sts_ask(struct outbound_sts *s,
    const char *domain, outbound_sts_fn fn, void *arg);
/* fn is not called any more.  Not after it was; NULL is fine. */
void outbound_sts_cancel(struct outbound_sts_query *q);

#endif
