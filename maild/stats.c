/* SPDX-License-Identifier: ISC */
#include "stats.h"

#include <stdatomic.h>

static _Atomic int64_t counter[STATS_COUNTERS];

static const char *const name[] = {
	[STATS_SESSIONS] = "sessions",
	[STATS_SESSIONS_TOTAL] = "sessions_total",
	[STATS_DELIVERIES] = "deliveries",
	[STATS_SEARCH_READ] = "search_messages_read",
	[STATS_FILTER_CHECKED] = "filter_checked",
	[STATS_FILTER_REFUSED] = "filter_refused",
	[STATS_FILTER_FAILED] = "filter_failed",
};

void
stats_add(enum stats_counter c, int64_t n)
{
	atomic_fetch_add_explicit(&counter[c], n, memory_order_relaxed);
}

int64_t
stats_get(enum stats_counter c)
{
	return atomic_load_explicit(&counter[c], memory_order_relaxed);
}

const char *
stats_name(enum stats_counter c)
{
	return name[c];
}
