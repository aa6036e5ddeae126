/* SPDX-License-Identifier: ISC */
#ifndef MAILD_RATES_H
#define MAILD_RATES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much each user, and each client address, has sent lately.  Memory of a
 * fixed size, for all threads of a process; a restart forgets it.
 *
 * What is counted leaks away evenly: of 60 per minute all may come at once,
 * then one each second.  Where more are counted at a time than there is room
 * for, those that have sent least are forgotten.
 */
struct rates;

enum rates_what {
	RATES_USER_MESSAGES,
	RATES_USER_RECIPIENTS,
	RATES_ADDRESS_MESSAGES,
	RATES_ADDRESS_RECIPIENTS,
	RATES_INBOUND_CONNECTIONS, /* from the world, and so on */
	RATES_INBOUND_MESSAGES,
	RATES_INBOUND_RECIPIENTS,
};

struct rates *rates_new(void);
void rates_free(struct rates *r); /* NULL is fine */

/* What the others call now: microseconds of a monotonic clock. */
int64_t rates_now(void);

/* One more of it by name, of limit (0: any number) within period seconds; now
 * as rates_now().  False: it is one too many, and is not counted. */
bool rates_take(struct rates *r, enum rates_what what, const char *name,
    uint32_t limit, uint32_t period, int64_t now);

#endif
