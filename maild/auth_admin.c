/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>

#include <event2/event.h>

#include <stdlib.h>

#include "auth_app.h"
#include "auth_hash.h"
#include "auth_state.h"
#include "conf.h"
#include "log.h"

/*
 * Changes are hashed in the pool, and then written together: all that are
 * ready in one turn of the loop are one commit.
 */
struct change {
	TAILQ_ENTRY(change) entry;
	struct auth *auth;
	uint32_t request;
	enum auth_change_what what;
	char *user;
	struct auth_job *job; /* what it made; NULL: nothing was to be */
	struct auth_app app;  /* to be added, or its id */
	char *app_name;
	struct buf secret;    /* for the answer: the application password */
};

struct auth_admin {
	TAILQ_HEAD(changes, change) hashing, ready;
	size_t nready;
	struct event *flush;
};

static void
answer(struct auth *a, uint32_t request, enum role_user_status status,
    struct span data)
{
	struct role_channel *mail = a->peers.other[ROLE_MAIL];
	struct role_msg m = { .type = ROLE_USER_ANSWER };

	m.user_answer.request = request;
	m.user_answer.status = status;
	m.user_answer.data = data;
	if (mail == NULL || role_send(mail, &m, -1) < 0)
		log_warning("auth: mail is not there for an answer");
}

static void
change_free(struct change *c)
{
	free(c->user);
	if (c->job != NULL)
		auth_job_free(c->job);
	free(c->app_name);
	buf_wipe(&c->secret);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

static const enum role_user_status answers[] = {
	[AUTH_STORE_OK] = ROLE_USER_OK,
	[AUTH_STORE_NONE] = ROLE_USER_NONE,
	[AUTH_STORE_EXISTS] = ROLE_USER_EXISTS,
	[AUTH_STORE_FAILED] = ROLE_USER_FAILED,
	[AUTH_STORE_NO_APP] = ROLE_USER_NO_APP,
	[AUTH_STORE_LIMIT] = ROLE_USER_LIMIT,
};

static const char *const names[] = {
	[AUTH_CHANGE_CREATE] = "created",
	[AUTH_CHANGE_PASSWORD] = "password",
	[AUTH_CHANGE_DELETE] = "deleted",
	[AUTH_CHANGE_DISABLE] = "disabled",
	[AUTH_CHANGE_ENABLE] = "enabled",
	[AUTH_CHANGE_APP_ADD] = "app-password-added",
	[AUTH_CHANGE_APP_REVOKE] = "app-password-revoked",
};

static void
finish(struct auth *a, struct change *c, enum auth_store_status st)
{
	if (st == AUTH_STORE_OK) {
		auth_guard_forget(a->guard, span_str(c->user));
		log_info("auth: user changed", "user=%s change=%s", c->user,
		    names[c->what]);
	}
	answer(a, c->request, answers[st],
	    st == AUTH_STORE_OK ? buf_span(&c->secret) : SPAN_LIT(""));
	change_free(c);
}

static void
fill(struct auth_change *to, const struct change *c)
{
	to->what = c->what;
	to->user = span_str(c->user);
	to->app = c->app;
	if (c->app_name != NULL)
		to->app.name = span_str(c->app_name);
	if (c->job == NULL)
		return;
	to->hash = buf_span(&c->job->hash);
	to->keys = c->job->keys;
	memcpy(to->salt, c->job->salt, sizeof(to->salt));
}

static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct auth *a = arg;
	struct auth_admin *ad = a->admin;
	struct auth_change *changes = xcalloc(ad->nready, sizeof(*changes));
	struct change *c;
	size_t n = 0;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(c, &ad->ready, entry)
		fill(&changes[n++], c);
	auth_store_apply(a->store, changes, n);
	for (size_t i = 0; i < n; i++) {
		c = TAILQ_FIRST(&ad->ready);
		TAILQ_REMOVE(&ad->ready, c, entry);
		finish(a, c, changes[i].status);
	}
	ad->nready = 0;
	explicit_bzero(changes, n * sizeof(*changes));
	free(changes);
}

static void
make_ready(struct change *c)
{
	static const struct timeval now = { 0, 0 };
	struct auth_admin *ad = c->auth->admin;

	TAILQ_INSERT_TAIL(&ad->ready, c, entry);
	ad->nready++;
	event_add(ad->flush, &now);
}

static struct change *
change_new(struct auth *a, uint32_t request, struct span user,
    enum auth_change_what what)
{
	struct change *c = xcalloc(1, sizeof(*c));

	c->auth = a;
	c->request = request;
	c->what = what;
	c->user = span_dup(user);
	return c;
}

static void
on_hashed(void *arg, struct auth_job *job)
{
	struct change *c = arg;

	TAILQ_REMOVE(&c->auth->admin->hashing, c, entry);
	c->job = job;
	if (job->ok)
		make_ready(c);
	else
		finish(c->auth, c, AUTH_STORE_FAILED);
}

static bool
submit(struct auth *a, struct change *c, struct span password)
{
	struct auth_job *job = auth_job_new(password, on_hashed, c);

	job->make = true;
	job->cost = a->process->conf->hash_cost;
	if (auth_store_salt(a->store, span_str(c->user), job->salt) !=
		AUTH_STORE_FAILED &&
	    auth_pool_submit(a->pool, job, true) == 0)
		return true;
	auth_job_free(job);
	return false;
}

void
auth_set_password(struct auth *a, const struct role_msg *m)
{
	struct change *c;

	if (!auth_password_is_valid(m->set_password.password)) {
		answer(a, m->set_password.request, ROLE_USER_FAILED,
		    SPAN_LIT(""));
		return;
	}
	c = change_new(a, m->set_password.request, m->set_password.user,
	    m->set_password.create ? AUTH_CHANGE_CREATE : AUTH_CHANGE_PASSWORD);
	if (submit(a, c, m->set_password.password))
		TAILQ_INSERT_TAIL(&a->admin->hashing, c, entry);
	else
		finish(a, c, AUTH_STORE_FAILED);
}

void
auth_delete_user(struct auth *a, const struct role_msg *m)
{
	make_ready(change_new(a, m->delete_user.request, m->delete_user.user,
	    AUTH_CHANGE_DELETE));
}

/* ---- disabling, application passwords ---- */

static void
list_apps(struct auth *a, const struct role_msg *m)
{
	struct auth_record rec;
	struct buf bytes = { 0 }, list = { 0 };
	enum auth_store_status st = auth_store_get(a->store,
	    m->change_user.user, &bytes, &rec);

	if (st == AUTH_STORE_OK)
		auth_apps_format(&list, &rec);
	answer(a, m->change_user.request, answers[st], buf_span(&list));
	explicit_bzero(&rec, sizeof(rec));
	buf_wipe(&bytes);
	buf_free(&list);
}

static void
make_app(struct auth *a, struct change *c, struct span name)
{
	uint8_t salt[SCRAM_SALT_SIZE];

	c->app_name = span_dup(name);
	if (auth_store_salt(a->store, span_str(c->user), salt) ==
	    AUTH_STORE_FAILED) {
		finish(a, c, AUTH_STORE_FAILED);
		return;
	}
	auth_app_make(&c->app, salt, &c->secret);
	make_ready(c);
}

void
auth_change_user(struct auth *a, const struct role_msg *m)
{
	static const enum auth_change_what what[] = {
		[ROLE_CHANGE_DISABLE] = AUTH_CHANGE_DISABLE,
		[ROLE_CHANGE_ENABLE] = AUTH_CHANGE_ENABLE,
		[ROLE_CHANGE_APP_ADD] = AUTH_CHANGE_APP_ADD,
		[ROLE_CHANGE_APP_REVOKE] = AUTH_CHANGE_APP_REVOKE,
	};
	struct change *c;

	if (m->change_user.what == ROLE_CHANGE_APP_LIST) {
		list_apps(a, m);
		return;
	}
	c = change_new(a, m->change_user.request, m->change_user.user,
	    what[m->change_user.what]);
	c->app.id = m->change_user.app;
	if (c->what == AUTH_CHANGE_APP_ADD)
		make_app(a, c, m->change_user.name);
	else
		make_ready(c);
}

struct auth_admin *
auth_admin_new(struct auth *a)
{
	struct auth_admin *ad = xcalloc(1, sizeof(*ad));

	TAILQ_INIT(&ad->hashing);
	TAILQ_INIT(&ad->ready);
	ad->flush = evtimer_new(a->process->base, on_flush, a);
	return ad;
}

static void
drop_all(struct changes *list)
{
	struct change *c;

	while ((c = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, c, entry);
		change_free(c);
	}
}

void
auth_admin_free(struct auth_admin *ad)
{
	drop_all(&ad->hashing);
	drop_all(&ad->ready);
	event_free(ad->flush);
	free(ad);
}
