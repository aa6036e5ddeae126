/* SPDX-License-Identifier: ISC */
#ifndef MAILD_GREYLIST_H
#define MAILD_GREYLIST_H

#include <stdint.h>

/*
 * Who has brought mail from whom to whom (RFC 6647): what comes for the first
 * time is put off, and taken when it comes again.  Memory of a fixed size, for
 * all threads of the mail role; a restart forgets it.
 *
 * Networks that have come again for a number of messages are known, and wait
 * no more.  Where there is no room, what has not been heard of for longest is
 * forgotten, and of that what still waits.
 */
struct greylist;

struct greylist *greylist_new(void);
void greylist_free(struct greylist *g); /* NULL is fine */

struct greylist_times { /* seconds, but: */
	uint32_t delay;    /* until it is taken */
	uint32_t window;   /* that it may take to come again */
	uint32_t lifetime; /* that it is known, since it was heard of last */
	uint32_t known;    /* messages that make a network known; 0: none do */
};

/* Seconds that are left to wait; 0: it may pass.  now: seconds of a monotonic
 * clock.  sender and recipient are compared without ASCII case. */
uint32_t greylist_wait(struct greylist *g, const struct greylist_times *t,
    const char *network, const char *sender, const char *recipient,
    int64_t now);

#endif
