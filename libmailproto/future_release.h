/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_FUTURE_RELEASE_H
#define MAILPROTO_FUTURE_RELEASE_H

#include "buf.h"

/*
 * When a message may leave, by the parameters HOLDFOR and HOLDUNTIL of MAIL
 * (RFC 4865 sections 3 and 4).
 */
#define FUTURE_RELEASE_SECONDS_MAX 999999999u /* nine digits */

struct future_release {
	int64_t at; /* seconds since 1970 */
	/* The request as a notification repeats it (section 5.1.2), with a
	 * margin: "for;3600", "until;2030-01-31T23:59:59Z". */
	char text[32];
};

/* The value of HOLDFOR, seconds from now on, and of HOLDUNTIL, a date and time
 * in UTC.  -1: it is neither. */
int future_release_for(struct span s, int64_t now, struct future_release *out);
int future_release_until(struct span s, struct future_release *out);

#endif
