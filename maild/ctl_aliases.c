/* SPDX-License-Identifier: ISC */
/* /v1/aliases: addresses that stand for others. */
#include "ctl_addresses.h"
#include "domains.h"
#include "route.h"

static bool
add_alias(void *arg, const struct store_alias *a)
{
	json_array_append_new(arg, json_pack("{s:i, s:s, s:o}", "v", 1,
				       "address", a->name, "targets",
				       ctl_addresses_json(a)));
	return true;
}

void
ctl_aliases_list(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	json_t *aliases = json_array();
	enum store_status st;

	store_begin(store);
	st = store_alias_each(store, add_alias, aliases);
	store_end(store);
	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "aliases", aliases));
		return;
	}
	json_decref(aliases);
	ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
}

static void
changed(void *arg, enum store_status st)
{
	struct ctl_request *r = arg;

	if (st == STORE_OK)
		ctl_answer_done(r);
	else
		ctl_answer_problem(r,
		    st == STORE_NONEXISTENT ? CTL_NO_SUCH_ALIAS
					    : ctl_problem_of_store(st),
		    NULL);
}

/* ---- setting ---- */

/* NULL: good; or what is wrong with the list. */
static const char *
read_targets(struct ctl_request *r, struct ctl_addresses *t)
{
	const char *wrong =
	    ctl_addresses_read(t, r->env.accounts.conf, r->body, "targets");

	if (wrong != NULL)
		return wrong;
	if (t->len == 0)
		return "an alias has 1 to 100 targets";
	return NULL;
}

/* An address of ours, or "@" and a domain of ours for all others there. */
static bool
alias_name(struct ctl_request *r, struct buf *out)
{
	const struct accounts *a = &r->env.accounts;
	const struct span name = buf_span(&r->address);

	if (name.p[0] != '@')
		return account_name(a, name, out);
	buf_add_span(out, name);
	return name.n == strcspn(name.p + 1, "@") + 1 &&
	    domains_find(a->store, a->conf, name) == STORE_OK;
}

static bool
is_user(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	struct store_user u;
	enum store_status st;

	store_begin(store);
	st = store_user_find(store, buf_span(&r->address), &u);
	store_end(store);
	return st == STORE_OK;
}

void
ctl_aliases_set(struct ctl_request *r)
{
	struct ctl_addresses t = { 0 };
	struct buf name = { 0 };
	const char *wrong = read_targets(r, &t);

	if (wrong != NULL)
		ctl_answer_problem(r, CTL_BAD_REQUEST, wrong);
	else if (!alias_name(r, &name))
		ctl_answer_problem(r, CTL_BAD_ADDRESS, NULL);
	else if (is_user(r))
		ctl_answer_problem(r, CTL_USER_EXISTS, NULL);
	else if (route_loops(r->env.accounts.store, r->env.accounts.conf,
	    name.data, t.span, t.len))
		ctl_answer_problem(r, CTL_BAD_REQUEST,
		    "an alias cannot lead back to itself");
	else
		store_alias_set(r->env.accounts.store, buf_span(&name), t.span,
		    t.len, changed, r);
	buf_free(&name);
	ctl_addresses_free(&t);
}

/* ---- deleting ---- */

static bool
found(void *arg, const struct store_alias *a)
{
	(void)arg;
	(void)a;
	return false;
}

void
ctl_aliases_delete(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	enum store_status st;

	store_begin(store);
	st = store_alias_find(store, buf_span(&r->address), found, NULL);
	store_end(store);
	if (st == STORE_OK)
		store_alias_set(store, buf_span(&r->address), NULL, 0, changed,
		    r);
	else
		changed(r, st);
}
