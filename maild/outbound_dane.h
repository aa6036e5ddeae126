/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_DANE_H
#define MAILD_OUTBOUND_DANE_H

#include "outbound_dns.h"

/*
 * What a server's TLSA records, where DNSSEC secures them, say of its
 * certificate (RFC 6698, RFC 7671, RFC 7672).
 */
#define OUTBOUND_DANE_MAX  32    /* records of one server that are used */
#define OUTBOUND_DANE_NAME 254   /* of a host */
#define OUTBOUND_DANE_DATA 16384 /* bytes of one record */

enum outbound_dane_usage { /* those that SMTP has (RFC 7672 section 3.1) */
	OUTBOUND_DANE_TA = 2,
	OUTBOUND_DANE_EE = 3,
};

/* Spans lie in the buffer that outbound_dane_read() made. */
struct outbound_dane {
	char base[OUTBOUND_DANE_NAME]; /* whose records they are */
	struct outbound_dane_record {
		unsigned char usage, selector, matching;
		struct span data;
	} record[OUTBOUND_DANE_MAX];
	size_t n; /* 0: none can be used; TLS must be all the same */
	struct buf text;
};

/* Replace out with the records of an answer that can be used, all of them for
 * the server base. */
void outbound_dane_read(struct outbound_dane *out,
    const struct outbound_dns_answer *a, const char *base);
void outbound_dane_clear(struct outbound_dane *d);

/* Where they are: "_25._tcp.base". */
void outbound_dane_owner(struct buf *out, const char *base, uint16_t port);

#endif
