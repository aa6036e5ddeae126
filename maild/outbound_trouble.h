/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_TROUBLE_H
#define MAILD_OUTBOUND_TROUBLE_H

#include "buf.h"

/*
 * Why servers of a domain could not be used, and what is to be said of a
 * message once none is left: the last reason, but one that passes goes before
 * one that stays.
 */
enum outbound_obstacle {
	OUTBOUND_UNREACHED, /* no connection, or no greeting on it */
	OUTBOUND_UNKNOWN,   /* DNS does not tell what it must */
	OUTBOUND_NO_TLS,    /* TLS must be, and is not offered */
	OUTBOUND_BAD_TLS,   /* … and its handshake fails, or the certificate */
	OUTBOUND_UNNAMED,   /* the domain's MTA-STS policy does not have it */
	/* Of a message with REQUIRETLS (RFC 8689 section 4.2.1): */
	OUTBOUND_UNPROVEN, /* nothing vouches that it is the domain's */
	OUTBOUND_NO_REQUIRETLS,
	OUTBOUND_OBSTACLES
};

/* Zeroed: there was none. */
struct outbound_trouble {
	struct buf text; /* "host: why" */
	enum outbound_obstacle what;
	bool for_good;
	bool other_passes; /* what was said of a host before it */
};

/* host: its addresses come one after the other, and what is said at one counts
 * more than that another is out of reach.  required: the message asks for
 * REQUIRETLS. */
void outbound_trouble_add(struct outbound_trouble *t, const char *host,
    enum outbound_obstacle what, bool required, const char *problem);
/* The reply that this comes to (RFC 3463 section 3), "4.7.5" of it in
 * *enhanced, which is static. */
unsigned outbound_trouble_code(const struct outbound_trouble *t,
    const char **enhanced);
void outbound_trouble_clear(struct outbound_trouble *t);

#endif
