/* SPDX-License-Identifier: ISC */
/* /v1/users: accounts and their mailboxes. */
#include "ctl_request.h"

static json_t *
user_json(const struct store_user *u)
{
	return json_pack("{s:i, s:s, s:o, s:b}", "v", 1, "address", u->name,
	    "created", ctl_time_json(u->created), "disabled", (int)u->disabled);
}

static enum store_status
find(struct ctl_request *r, struct store_user *u)
{
	return store_user_find(r->env.accounts.store, buf_span(&r->address), u);
}

static void
answer_not_found(struct ctl_request *r, enum store_status st)
{
	ctl_answer_problem(r,
	    st == STORE_NONEXISTENT ? CTL_NO_SUCH_USER
				    : ctl_problem_of_store(st),
	    NULL);
}

/* ---- reading ---- */

static bool
add_user(void *arg, const struct store_user *u)
{
	json_array_append_new(arg, user_json(u));
	return true;
}

void
ctl_users_list(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	json_t *users = json_array();
	enum store_status st;

	store_begin(store);
	st = store_user_each(store, add_user, users);
	store_end(store);
	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "users", users));
		return;
	}
	json_decref(users);
	ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
}

static void
answer_user(struct ctl_request *r, int status)
{
	struct store_user u;
	enum store_status st;

	store_begin(r->env.accounts.store);
	st = find(r, &u);
	store_end(r->env.accounts.store);
	if (st == STORE_OK)
		ctl_answer(r, status, user_json(&u));
	else
		answer_not_found(r, st);
}

void
ctl_users_show(struct ctl_request *r)
{
	answer_user(r, 200);
}

/* As the user, without its password: what it may do is what it always may. */
void
ctl_users_imap(struct ctl_request *r)
{
	struct store_user u;
	enum store_status st;

	store_begin(r->env.accounts.store);
	st = find(r, &u);
	store_end(r->env.accounts.store);
	if (st != STORE_OK)
		answer_not_found(r, st);
	else if (u.disabled)
		ctl_answer_problem(r, CTL_USER_DISABLED, NULL);
	else
		ctl_answer_session(r, u.name);
}

/* ---- mailboxes ---- */

static const struct {
	unsigned use;
	const char *name;
} uses[] = {
	{ STORE_USE_ALL, "All" },
	{ STORE_USE_ARCHIVE, "Archive" },
	{ STORE_USE_DRAFTS, "Drafts" },
	{ STORE_USE_FLAGGED, "Flagged" },
	{ STORE_USE_JUNK, "Junk" },
	{ STORE_USE_SENT, "Sent" },
	{ STORE_USE_TRASH, "Trash" },
};

static json_t *
uses_json(unsigned use)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (use & uses[i].use)
			json_array_append_new(list, json_string(uses[i].name));
	return list;
}

struct mailbox_list {
	struct store *store;
	json_t *list;
	enum store_status status;
};

static bool
add_mailbox(void *arg, const struct store_listed *l)
{
	struct mailbox_list *m = arg;
	struct store_counts c;

	if (!l->exists || l->shared)
		return true;
	m->status = store_mailbox_counts(m->store, &l->mailbox, &c);
	if (m->status != STORE_OK)
		return false;
	json_array_append_new(m->list,
	    json_pack("{s:i, s:s%, s:b, s:o, s:I, s:I, s:I, s:I, s:I}", "v", 1,
		"name", l->name.p, l->name.n, "subscribed", (int)l->subscribed,
		"use", uses_json(l->use), "messages", (json_int_t)c.messages,
		"unseen", (json_int_t)c.unseen, "size", (json_int_t)c.size,
		"uidvalidity", (json_int_t)c.uidvalidity, "uidnext",
		(json_int_t)c.uidnext));
	return true;
}

static enum store_status
list_mailboxes(struct ctl_request *r, struct mailbox_list *m)
{
	struct store_user u;
	enum store_status st = find(r, &u);

	if (st != STORE_OK)
		return st;
	st = store_mailbox_each(m->store, &u, add_mailbox, m);
	/* A user whose list is gone is still one: that is no 404. */
	if (st == STORE_NONEXISTENT)
		st = STORE_UNAVAILABLE;
	return st != STORE_OK ? st : m->status;
}

void
ctl_users_mailboxes(struct ctl_request *r)
{
	struct mailbox_list m = { .store = r->env.accounts.store,
		.list = json_array() };
	enum store_status st;

	store_begin(m.store);
	st = list_mailboxes(r, &m);
	store_end(m.store);
	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "mailboxes", m.list));
		return;
	}
	json_decref(m.list);
	answer_not_found(r, st);
}

/* ---- writing ---- */

static void
created(void *arg, enum account_status st)
{
	struct ctl_request *r = arg;

	if (st == ACCOUNT_OK)
		answer_user(r, 201);
	else
		ctl_answer_problem(r, ctl_problem_of_account(st), NULL);
}

void
ctl_users_create(struct ctl_request *r)
{
	const struct accounts *a = &r->env.accounts;
	json_error_t error;
	struct span address, password;

	if (json_unpack_ex(r->body, &error, 0, "{s:s%, s:s% !}", "address",
		&address.p, &address.n, "password", &password.p,
		&password.n) < 0) {
		ctl_answer_problem(r, CTL_BAD_REQUEST, error.text);
		return;
	}
	if (!account_name(a, address, &r->address)) {
		ctl_answer_problem(r, CTL_BAD_ADDRESS, NULL);
		return;
	}
	account_create(a, address, password, created, r);
}

void
ctl_users_password(struct ctl_request *r)
{
	json_error_t error;
	struct span password;

	if (json_unpack_ex(r->body, &error, 0, "{s:s% !}", "password",
		&password.p, &password.n) < 0) {
		ctl_answer_problem(r, CTL_BAD_REQUEST, error.text);
		return;
	}
	account_set_password(&r->env.accounts, buf_span(&r->address), password,
	    ctl_answer_account, r);
}

void
ctl_users_delete(struct ctl_request *r)
{
	account_delete(&r->env.accounts, buf_span(&r->address),
	    ctl_answer_account, r);
}
