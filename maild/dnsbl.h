/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DNSBL_H
#define MAILD_DNSBL_H

#include "buf.h"

/*
 * Lists of addresses in the DNS (RFC 5782): names and answers.
 */
#define DNSBL_ZONES_MAX  8
#define DNSBL_REASON_MAX ((size_t)200)

/* Append the name to ask for: the address, as peer_format() has it, backwards,
 * by bytes or by nibbles, and the zone.  -1: it has no address. */
int dnsbl_name(struct buf *out, const char *peer, struct span zone);

enum dnsbl_answer {
	DNSBL_NOTHING, /* that is no answer of a list (section 2.1) */
	DNSBL_LISTED,
	DNSBL_REFUSED, /* the list says that it was asked wrongly */
};
/* Of the data of an A record. */
enum dnsbl_answer dnsbl_answer(struct span data);

/* Append the first DNSBL_REASON_MAX bytes of the data of a TXT record, in
 * printable ASCII. */
void dnsbl_reason(struct buf *out, struct span data);

#endif
