/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_DNS_H
#define MAILD_OUTBOUND_DNS_H

#include "buf.h"

/*
 * Names, by libunbound: its own thread resolves, validates and caches, and
 * answers come from the event loop.
 */
struct event_base;
struct outbound_dns;
struct outbound_dns_query;

enum outbound_dns_type { /* of RFC 1035, 3596 */
	OUTBOUND_DNS_A = 1,
	OUTBOUND_DNS_MX = 15,
	OUTBOUND_DNS_TXT = 16,
	OUTBOUND_DNS_AAAA = 28,
	OUTBOUND_DNS_TLSA = 52, /* RFC 6698 */
};

enum outbound_dns_status {
	OUTBOUND_DNS_OK,
	OUTBOUND_DNS_NODATA,   /* the name is there, such records are not */
	OUTBOUND_DNS_NXDOMAIN, /* there is no such name */
	OUTBOUND_DNS_FAILED,   /* no answer, or a broken or forged one */
};

struct outbound_dns_answer {
	enum outbound_dns_status status;
	const char *const *data; /* of each record, as on the wire, without
				  * compression of names */
	const int *len;
	size_t n;
	bool secure;       /* DNSSEC proves it, that it is so or that it is not
			    * there (RFC 4035 section 4.3) */
	const char *canon; /* the name that aliases lead to; NULL: there are
			    * none */
};

struct outbound_dns_options {
	struct span resolv; /* what resolv.conf(5) holds */
	const char *server; /* asked instead, where it is not NULL:
			     * "192.0.2.1", "192.0.2.1@5353"; without any the
			     * resolver begins at the root */
	struct span anchors; /* what DNSSEC trusts, DS or DNSKEY records as of
			      * a zone file, one a line; empty: no answer is
			      * secure */
	unsigned timeout; /* seconds, then a question has failed */
};

/* Starts the thread.  NULL: why. */
struct outbound_dns *outbound_dns_new(struct event_base *base,
    const struct outbound_dns_options *options, struct buf *why);
void outbound_dns_free(struct outbound_dns *d);

/* fn is called once, from the loop; the answer lives as long as it runs. */
typedef void (*outbound_dns_fn)(void *arg, const struct outbound_dns_answer *a);
struct outbound_dns_query *
outbound_dns_ask(struct outbound_dns *d, const char *name,
    enum outbound_dns_type type, outbound_dns_fn fn, void *arg);
/* fn is not called any more.  Not after it was; NULL is fine. */
void outbound_dns_cancel(struct outbound_dns_query *q);

#endif
