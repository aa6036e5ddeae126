/* SPDX-License-Identifier: ISC */
/* /v1/users/{address}/send-as: what else a user may write from. */
#include "ctl_addresses.h"

static bool
keep_list(void *arg, const struct store_alias *a)
{
	json_t **list = arg;

	json_decref(*list);
	*list = ctl_addresses_json(a);
	return false;
}

static void
answer_store(struct ctl_request *r, enum store_status st)
{
	if (st == STORE_OK)
		ctl_answer_done(r);
	else
		ctl_answer_problem(r,
		    st == STORE_NONEXISTENT ? CTL_NO_SUCH_USER
					    : ctl_problem_of_store(st),
		    NULL);
}

void
ctl_send_as_show(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	json_t *list = json_array();
	enum store_status st;
	struct store_user u;

	store_begin(store);
	st = store_user_find(store, buf_span(&r->address), &u);
	if (st == STORE_OK)
		st = store_send_as_find(store, span_str(u.name), keep_list,
		    &list);
	else if (st == STORE_NONEXISTENT)
		st = STORE_CANNOT;
	store_end(store);
	if (st == STORE_OK || st == STORE_NONEXISTENT) {
		ctl_answer(r, 200, json_pack("{s:o}", "send_as", list));
		return;
	}
	json_decref(list);
	answer_store(r, st == STORE_CANNOT ? STORE_NONEXISTENT : st);
}

/* To take away what was not there is fine. */
static void
emptied(void *arg, enum store_status st)
{
	answer_store(arg, st == STORE_NONEXISTENT ? STORE_OK : st);
}

static void
changed(void *arg, enum store_status st)
{
	answer_store(arg, st);
}

void
ctl_send_as_set(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	struct ctl_addresses a = { 0 };
	const char *wrong = ctl_addresses_read(&a, r->env.accounts.conf,
	    r->body, "send_as");
	enum store_status st;
	struct store_user u;

	store_begin(store);
	st = store_user_find(store, buf_span(&r->address), &u);
	store_end(store);
	if (wrong != NULL)
		ctl_answer_problem(r, CTL_BAD_REQUEST, wrong);
	else if (st != STORE_OK)
		answer_store(r, st);
	else
		store_send_as_set(store, span_str(u.name), a.span, a.len,
		    a.len > 0 ? changed : emptied, r);
	ctl_addresses_free(&a);
}
