/* SPDX-License-Identifier: ISC */
#include "account.h"

#include <stdlib.h>

#include "address.h"
#include "charset.h"
#include "domains.h"
#include "log.h"
#include "user_name.h"

/* One call under way. */
struct account_job {
	struct accounts a;
	struct buf user, password;
	bool in_store; /* when it began */
	account_done done;
	void *arg;
};

/* ---- names and passwords ---- */

static bool
found_alias(void *arg, const struct store_alias *a)
{
	(void)a;
	*(bool *)arg = true;
	return false;
}

static bool
is_alias(struct store *st, struct span name)
{
	bool found = false;

	store_begin(st);
	store_alias_find(st, name, found_alias, &found);
	store_end(st);
	return found;
}

/* A quoted local part is an address, but no name to log in with. */
bool
account_name(const struct accounts *a, struct span in, struct buf *out)
{
	struct mailbox_addr parts;
	struct buf name = { 0 };
	bool good;

	good = user_name_complete(&name, a->conf, in) == 0 &&
	       mailbox_addr_parse(buf_span(&name), true, &parts) == 0 &&
	       parts.local.p[0] != '"' &&
	       domains_find(a->store, a->conf, buf_span(&name)) == STORE_OK;
	if (good)
		buf_add_span(out, buf_span(&name));
	buf_free(&name);
	return good;
}

static bool
password_is_good(struct span p)
{
	return p.n > 0 && p.n <= ACCOUNT_PASSWORD_MAX && utf8_valid(p) &&
	       memchr(p.p, '\0', p.n) == NULL;
}

/* ---- jobs ---- */

static void
finish(struct account_job *j, enum account_status st)
{
	account_done done = j->done;
	void *arg = j->arg;

	buf_free(&j->user);
	buf_wipe(&j->password);
	free(j);
	done(arg, st);
}

static struct account_job *
job_new(const struct accounts *a, account_done done, void *arg)
{
	struct account_job *j = xcalloc(1, sizeof(*j));

	j->a = *a;
	j->done = done;
	j->arg = arg;
	return j;
}

static enum account_status
from_store(enum store_status st)
{
	switch (st) {
	case STORE_OK:
		return ACCOUNT_OK;
	case STORE_NONEXISTENT:
		return ACCOUNT_NONE;
	case STORE_ALREADYEXISTS:
		return ACCOUNT_EXISTS;
	case STORE_CANNOT:
		return ACCOUNT_BAD_NAME;
	case STORE_FULL:
		return ACCOUNT_FULL;
	default:
		return ACCOUNT_UNAVAILABLE;
	}
}

/* Whether the user's mail is there; anything but yes or no ends the job. */
static bool
look_up(struct account_job *j, enum account_status *bad)
{
	struct store_user u;
	enum store_status st;

	store_begin(j->a.store);
	st = store_user_find(j->a.store, buf_span(&j->user), &u);
	store_end(j->a.store);
	j->in_store = st == STORE_OK;
	*bad = st == STORE_NONEXISTENT ? ACCOUNT_OK : from_store(st);
	return *bad == ACCOUNT_OK;
}

static void
sessions_end(const struct account_job *j)
{
	if (j->a.ended != NULL)
		j->a.ended(j->a.arg, j->user.data);
}

static void
set_password(struct account_job *j, bool create, auth_client_done done)
{
	auth_client_set_password(j->a.auth, buf_span(&j->user),
	    buf_span(&j->password), create, done, j);
}

/* ---- create ---- */

/* The credentials of a user whose mail could not be made. */
struct rollback {
	struct account_job *job;
	enum account_status why;
};

static void
rolled_back(void *arg, enum auth_client_status st)
{
	struct rollback *r = arg;

	if (st == AUTH_CLIENT_FAILED)
		log_warning("account: left half-made", "user=%s",
		    r->job->user.data);
	finish(r->job, r->why);
	free(r);
}

static void
create_stored(void *arg, enum store_status st)
{
	struct account_job *j = arg;
	struct rollback *r;

	if (st == STORE_OK || st == STORE_ALREADYEXISTS) {
		log_info("account: created", "user=%s", j->user.data);
		finish(j, ACCOUNT_OK);
		return;
	}
	log_error("account: its mail cannot be made", "user=%s error=%s",
	    j->user.data, store_strerror(st));
	r = xcalloc(1, sizeof(*r));
	*r = (struct rollback){ j, from_store(st) };
	auth_client_delete(j->a.auth, buf_span(&j->user), rolled_back, r);
}

static void
create_in_store(struct account_job *j)
{
	if (j->in_store) {
		log_warning("account: took over mail that was there", "user=%s",
		    j->user.data);
		finish(j, ACCOUNT_OK);
		return;
	}
	store_user_create(j->a.store, buf_span(&j->user), create_stored, j);
}

static void
create_repaired(void *arg, enum auth_client_status st)
{
	struct account_job *j = arg;

	if (st == AUTH_CLIENT_OK)
		create_in_store(j);
	else
		finish(j, ACCOUNT_UNAVAILABLE);
}

static void
create_known(void *arg, enum auth_client_status st)
{
	struct account_job *j = arg;

	if (st == AUTH_CLIENT_OK)
		create_in_store(j);
	else if (st != AUTH_CLIENT_EXISTS)
		finish(j, ACCOUNT_UNAVAILABLE);
	else if (j->in_store)
		finish(j, ACCOUNT_EXISTS);
	else
		set_password(j, false, create_repaired);
}

void
account_create(const struct accounts *a, struct span user, struct span password,
    account_done done, void *arg)
{
	struct account_job *j = job_new(a, done, arg);
	enum account_status bad;

	if (!account_name(a, user, &j->user)) {
		finish(j, ACCOUNT_BAD_NAME);
		return;
	}
	if (!password_is_good(password)) {
		finish(j, ACCOUNT_BAD_PASSWORD);
		return;
	}
	if (is_alias(a->store, buf_span(&j->user))) {
		finish(j, ACCOUNT_ALIAS);
		return;
	}
	if (!look_up(j, &bad)) {
		finish(j, bad);
		return;
	}
	buf_add_span(&j->password, password);
	set_password(j, true, create_known);
}

/* ---- a new password ---- */

static void
password_set(void *arg, enum auth_client_status st)
{
	struct account_job *j = arg;

	/* Half of a user: its mail is there, so it is one. */
	if (st == AUTH_CLIENT_NOUSER) {
		set_password(j, true, password_set);
		return;
	}
	if (st == AUTH_CLIENT_OK) {
		log_info("account: has a new password", "user=%s",
		    j->user.data);
		sessions_end(j);
	}
	finish(j, st == AUTH_CLIENT_OK ? ACCOUNT_OK : ACCOUNT_UNAVAILABLE);
}

void
account_set_password(const struct accounts *a, struct span user,
    struct span password, account_done done, void *arg)
{
	struct account_job *j = job_new(a, done, arg);
	enum account_status bad;

	if (!password_is_good(password)) {
		finish(j, ACCOUNT_BAD_PASSWORD);
		return;
	}
	if (!account_name(a, user, &j->user)) {
		finish(j, ACCOUNT_NONE);
		return;
	}
	if (!look_up(j, &bad) || !j->in_store) {
		finish(j, bad != ACCOUNT_OK ? bad : ACCOUNT_NONE);
		return;
	}
	buf_add_span(&j->password, password);
	set_password(j, false, password_set);
}

/* ---- delete ---- */

static void
delete_stored(void *arg, enum store_status st)
{
	struct account_job *j = arg;

	if (st == STORE_OK || st == STORE_NONEXISTENT)
		log_info("account: deleted", "user=%s", j->user.data);
	else
		log_error("account: its mail cannot be deleted",
		    "user=%s error=%s", j->user.data, store_strerror(st));
	finish(j, st == STORE_NONEXISTENT ? ACCOUNT_OK : from_store(st));
}

static void
delete_known(void *arg, enum auth_client_status st)
{
	struct account_job *j = arg;

	if (st != AUTH_CLIENT_OK && st != AUTH_CLIENT_NOUSER) {
		finish(j, ACCOUNT_UNAVAILABLE);
		return;
	}
	sessions_end(j);
	if (j->in_store)
		store_user_delete(j->a.store, buf_span(&j->user), delete_stored,
		    j);
	else
		finish(j, st == AUTH_CLIENT_OK ? ACCOUNT_OK : ACCOUNT_NONE);
}

void
account_delete(const struct accounts *a, struct span user, account_done done,
    void *arg)
{
	struct account_job *j = job_new(a, done, arg);
	enum account_status bad;

	/* A user of a domain that is no longer ours can still go. */
	if (user_name_complete(&j->user, a->conf, user) < 0 ||
	    j->user.len == 0) {
		finish(j, ACCOUNT_NONE);
		return;
	}
	if (!look_up(j, &bad)) {
		finish(j, bad);
		return;
	}
	auth_client_delete(a->auth, buf_span(&j->user), delete_known, j);
}
