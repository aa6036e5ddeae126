/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "auth_app.h"
#include "auth_hash.h"
#include "auth_login.h"

/*
 * Logins that show the password: asked of the guard, compared with the
 * application passwords, then hashed in the pool.
 */

enum standing { STANDS, CHANGED, DISABLED };

/* What has become of the user while the password was checked. */
static enum standing
standing(const struct login *l, const struct auth_job *job)
{
	struct auth_record now;
	struct buf bytes = { 0 };
	enum standing st = STANDS;

	if (auth_store_get(l->auth->store, buf_span(&l->name), &bytes, &now) !=
		AUTH_STORE_OK ||
	    !span_eq(now.hash, buf_span(&job->hash)))
		st = CHANGED;
	else if (now.disabled)
		st = DISABLED;
	explicit_bzero(&now, sizeof(now));
	buf_wipe(&bytes);
	return st;
}

/* Like a wrong password, but for the log. */
static void
wrong(struct login *l, const char *reason)
{
	struct auth_try t = auth_login_try(l);

	auth_guard_wrong(l->auth->guard, &t, auth_now());
	auth_login_refuse(l, reason);
}

static void
right(struct login *l)
{
	struct auth_try t = auth_login_try(l);

	auth_guard_right(l->auth->guard, &t, auth_now());
	auth_login_grant(l);
}

static void
on_checked(void *arg, struct auth_job *job)
{
	struct login *l = arg;
	struct auth_try t = auth_login_try(l);
	struct auth_guard *guard = l->auth->guard;

	enum standing st = job->ok ? standing(l, job) : STANDS;

	l->hashing = false;
	if (!job->ok) {
		wrong(l, "password");
	} else if (st == DISABLED) {
		wrong(l, "disabled");
	} else if (st == CHANGED) {
		auth_guard_void(guard, &t, auth_now());
		auth_login_temporary(l, "changed");
	} else {
		right(l);
	}
	auth_job_free(job);
}

static void
check(struct login *l, bool first)
{
	struct auth *a = l->auth;
	struct auth_try t = auth_login_try(l);
	struct auth_job *job = auth_job_new(t.password, on_checked, l);
	struct auth_record r = { 0 };
	struct buf bytes = { 0 };
	enum auth_store_status st;
	bool app;

	st = auth_store_get(a->store, t.user, &bytes, &r);
	buf_add_span(&job->hash,
	    st == AUTH_STORE_OK ? r.hash : buf_span(&a->nobody));
	app = auth_app_matches(&r, t.password) && !r.disabled;
	explicit_bzero(&r, sizeof(r));
	buf_wipe(&bytes);
	if (app) {
		auth_job_free(job);
		right(l);
		return;
	}
	if ((st == AUTH_STORE_OK || st == AUTH_STORE_NONE) &&
	    auth_pool_submit(a->pool, job, first) == 0) {
		l->hashing = true;
		return;
	}
	auth_job_free(job);
	auth_guard_void(a->guard, &t, auth_now());
	auth_login_temporary(l, st == AUTH_STORE_FAILED ? "store" : "busy");
}

static void
decide(struct login *l)
{
	struct auth_try t = auth_login_try(l);

	switch (auth_guard_ask(l->auth->guard, &t, auth_now())) {
	case AUTH_RIGHT:
		auth_login_grant(l);
		break;
	case AUTH_CHECK:
		check(l, false);
		break;
	case AUTH_CHECK_FIRST:
		check(l, true);
		break;
	case AUTH_REPEATED:
		auth_login_refuse(l, "repeated");
		break;
	case AUTH_BLOCKED:
		auth_login_refuse(l, "blocked");
		break;
	}
}

void
auth_login(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct login *l = auth_login_new(a, front, m->login.connection,
	    m->login.scope);

	if (l == NULL)
		return;
	l->peer = span_dup(m->login.peer);
	l->mechanism = span_dup(m->login.mechanism);
	/* One that is too long is wrong, however it goes on. */
	buf_add_span(&l->password,
	    span_sub(m->login.password, 0, AUTH_PASSWORD_MAX + 1));
	auth_login_name(l, m->login.authcid);
	if (auth_login_is_own(l, m->login.authzid))
		decide(l);
	else
		auth_login_refuse(l, "authzid");
}
