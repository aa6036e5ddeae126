/* SPDX-License-Identifier: ISC */
/* /v1/aliases/{address}/resolve: where mail to an address goes. */
#include "ctl_request.h"
#include "route.h"

struct resolving {
	const struct ctl_env *env;
	json_t *ends;
};

struct naming {
	uint64_t mailbox;
	json_t *name; /* NULL: not found */
};

static bool
name_mailbox(void *arg, const struct store_listed *l)
{
	struct naming *n = arg;

	if (!l->exists || l->mailbox.id != n->mailbox)
		return true;
	n->name = json_stringn(l->name.p, l->name.n);
	return false;
}

static void
add_mailbox(json_t *end, struct store *st, const struct route_end *e)
{
	struct naming n = { .mailbox = e->mailbox };

	store_mailbox_each(st, e->user, name_mailbox, &n);
	json_object_set_new(end, "user", json_string(e->user->name));
	json_object_set_new(end, "mailbox", n.name);
}

static void
on_end(void *arg, const struct route_end *e)
{
	struct resolving *s = arg;
	const char *reply = route_reply(s->env->accounts.conf, e->status);
	json_t *via = json_array(), *end;

	for (size_t i = 0; i < e->nvia; i++)
		json_array_append_new(via, json_string(e->via[i]));
	end = json_pack("{s:i, s:s, s:s%, s:o, s:s*}", "v", 1, "kind",
	    reply != NULL ? "refused" : e->user != NULL ? "mailbox" : "remote",
	    "address", e->address.p, e->address.n, "via", via, "reply", reply);
	if (e->user != NULL)
		add_mailbox(end, s->env->accounts.store, e);
	if (json_array_size(s->ends) < ROUTE_TARGETS_MAX)
		json_array_append_new(s->ends, end);
	else
		json_decref(end);
}

/* As mail from the world finds it; a mailbox that is full is one that takes
 * none. */
void
ctl_aliases_resolve(struct ctl_request *r)
{
	const struct accounts *a = &r->env.accounts;
	struct resolving s = { &r->env, json_array() };
	struct route route = { .size = 1, .srs_key = r->env.srs_key,
		.on_end = on_end, .end_arg = &s };
	enum route_status st =
	    route_add(&route, a->store, a->conf, buf_span(&r->address));

	route_clear(&route);
	ctl_answer(r, 200, json_pack("{s:s%, s:b, s:s*, s:o}", "address",
	    r->address.data, r->address.len, "accepted", st == ROUTE_OK,
	    "reply", route_reply(a->conf, st), "ends", s.ends));
}
