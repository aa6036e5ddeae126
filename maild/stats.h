/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STATS_H
#define MAILD_STATS_H

#include <stdint.h>

/*
 * Counters of one process, to be counted up from any thread, for the control
 * API.  stats.c names them.
 */
enum stats_counter {
	STATS_SESSIONS,       /* open now */
	STATS_SESSIONS_TOTAL, /* since the start */
	STATS_DELIVERIES,     /* of mail to mailboxes: one for each recipient */
	STATS_SEARCH_READ,    /* messages whose bytes a search had to read */
	STATS_FILTER_CHECKED, /* messages, by rspamd */
	STATS_FILTER_REFUSED, /* … and those that it refused or put off */
	STATS_FILTER_FAILED,  /* to be checked */
	STATS_COUNTERS
};

void stats_add(enum stats_counter c, int64_t n);
int64_t stats_get(enum stats_counter c);
/* "sessions" */
const char *stats_name(enum stats_counter c);

#endif
