/* SPDX-License-Identifier: ISC */
/* /v1/ping and /v1/stats: the server as a whole. */
#include "config.h"

#include "ctl_request.h"
#include "engine.h"
#include "stats.h"

void
ctl_ping(struct ctl_request *r)
{
	ctl_answer(r, 200,
	    json_pack("{s:s, s:s}", "version", PACKAGE_VERSION, "hostname",
		r->env.accounts.conf->hostname));
}

static json_t *
engine_json(struct engine *e)
{
	struct engine_stats s;

	engine_stats(e, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "updates",
	    (json_int_t)s.updates, "batches", (json_int_t)s.batches, "syncs",
	    (json_int_t)s.syncs, "bytes", (json_int_t)s.bytes, "failures",
	    (json_int_t)s.failures, "size_used", (json_int_t)s.size_used,
	    "size_map", (json_int_t)s.size_map);
}

void
ctl_stats(struct ctl_request *r)
{
	json_t *o = json_pack("{s:I, s:o}", "uptime",
	    (json_int_t)(time(NULL) - r->env.started), "engine",
	    engine_json(r->env.engine));

	for (unsigned i = 0; i < STATS_COUNTERS; i++)
		json_object_set_new(o, stats_name(i),
		    json_integer(stats_get(i)));
	ctl_answer(r, 200, o);
}
