/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_MX_H
#define MAILD_OUTBOUND_MX_H

#include "outbound_dns.h"

/*
 * The servers of a domain, as its MX records name them (RFC 5321 section 5.1,
 * RFC 7505).
 */
#define OUTBOUND_MX_MAX  20 /* servers that are tried */
#define OUTBOUND_MX_NAME 254

struct outbound_mx {
	struct outbound_mx_host {
		uint16_t preference;
		char name[OUTBOUND_MX_NAME];
	} host[OUTBOUND_MX_MAX];
	size_t n;
};

enum outbound_mx_status {
	OUTBOUND_MX_OK,
	OUTBOUND_MX_NULL, /* the domain takes no mail */
	OUTBOUND_MX_LOOP, /* we are the best of its servers ourselves */
	OUTBOUND_MX_BAD,  /* no record can be read */
};

/*
 * The hosts of an answer, the preferred ones first, equal ones in an order
 * drawn by lot; those that are no better than self, our own name, are left out.
 */
enum outbound_mx_status outbound_mx_read(struct outbound_mx *out,
    const struct outbound_dns_answer *a, const char *self);

/* One host alone, whatever DNS says. */
void outbound_mx_one(struct outbound_mx *mx, struct span name);
/* The domain of an address is "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321
 * section 4.1.3): what stands in it. */
bool outbound_mx_literal(struct span domain, struct span *address);

#endif
