/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CTL_HARNESS_H
#define TESTS_CTL_HARNESS_H

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

#include "ctl_request.h"
#include "dkim_maker.h"
#include "indexer.h"
#include "engine_mem.h"

/*
 * The control API over a store in memory and an auth role that is a list: its
 * functions stand here, in the place of auth_client.c.
 */
#define FAKE_USERS 32

struct auth_client {
	char *user[FAKE_USERS], *password[FAKE_USERS];
	bool fails;  /* from now on */
	/* Answers come when fake_auth_answer() is called. */
	bool deferred;
	auth_client_done done;
	void *arg;
	enum auth_client_status status;
	bool disabled[FAKE_USERS];
	unsigned apps; /* of all users */
};

static inline int
fake_find(const struct auth_client *ac, struct span user)
{
	for (int i = 0; i < FAKE_USERS; i++)
		if (ac->user[i] != NULL &&
		    span_eq(span_str(ac->user[i]), user))
			return i;
	return -1;
}

static inline void
fake_remove(struct auth_client *ac, int i)
{
	free(ac->user[i]);
	free(ac->password[i]);
	ac->user[i] = ac->password[i] = NULL;
}

static inline void
fake_answer(struct auth_client *ac, enum auth_client_status st,
    auth_client_done done, void *arg)
{
	if (!ac->deferred) {
		done(arg, st);
		return;
	}
	ac->done = done;
	ac->arg = arg;
	ac->status = st;
}

static inline enum auth_client_status
fake_set(struct auth_client *ac, struct span user, struct span password,
    bool create)
{
	int i = fake_find(ac, user);

	if (ac->fails)
		return AUTH_CLIENT_FAILED;
	if (create && i >= 0)
		return AUTH_CLIENT_EXISTS;
	if (!create && i < 0)
		return AUTH_CLIENT_NOUSER;
	for (i = i < 0 ? 0 : i; create && ac->user[i] != NULL; i++)
		if (i + 1 == FAKE_USERS)
			return AUTH_CLIENT_FAILED;
	if (!create)
		fake_remove(ac, i);
	ac->user[i] = span_dup(user);
	ac->password[i] = span_dup(password);
	return AUTH_CLIENT_OK;
}

void
auth_client_set_password(struct auth_client *ac, struct span user,
    struct span password, bool create, auth_client_done done, void *arg)
{
	fake_answer(ac, fake_set(ac, user, password, create), done, arg);
}

void
auth_client_delete(struct auth_client *ac, struct span user,
    auth_client_done done, void *arg)
{
	int i = fake_find(ac, user);
	enum auth_client_status st = AUTH_CLIENT_OK;

	if (ac->fails)
		st = AUTH_CLIENT_FAILED;
	else if (i < 0)
		st = AUTH_CLIENT_NOUSER;
	else
		fake_remove(ac, i);
	fake_answer(ac, st, done, arg);
}

void
auth_client_disable(struct auth_client *ac, struct span user, bool disabled,
    auth_client_done done, void *arg)
{
	int i = fake_find(ac, user);
	enum auth_client_status st = AUTH_CLIENT_OK;

	if (ac->fails)
		st = AUTH_CLIENT_FAILED;
	else if (i < 0)
		st = AUTH_CLIENT_NOUSER;
	else
		ac->disabled[i] = disabled;
	fake_answer(ac, st, done, arg);
}

void
auth_client_app_add(struct auth_client *ac, struct span user, struct span name,
    auth_client_told told, void *arg)
{
	enum auth_client_status st = AUTH_CLIENT_OK;

	(void)name;
	if (fake_find(ac, user) < 0)
		st = AUTH_CLIENT_NOUSER;
	else if (ac->apps == 2)
		st = AUTH_CLIENT_LIMIT;
	else
		ac->apps++;
	told(arg, st, SPAN_LIT("made-up"));
}

void
auth_client_app_list(struct auth_client *ac, struct span user,
    auth_client_told told, void *arg)
{
	told(arg, fake_find(ac, user) < 0 ? AUTH_CLIENT_NOUSER : AUTH_CLIENT_OK,
	    span_str(ac->apps > 0 ? "x" : ""));
}

void
auth_client_app_revoke(struct auth_client *ac, struct span user, uint32_t id,
    auth_client_done done, void *arg)
{
	enum auth_client_status st = AUTH_CLIENT_OK;

	if (fake_find(ac, user) < 0)
		st = AUTH_CLIENT_NOUSER;
	else if (id != ac->apps)
		st = AUTH_CLIENT_NO_APP;
	else
		ac->apps--;
	fake_answer(ac, st, done, arg);
}

/* One, named phone. */
bool
auth_client_app_next(struct span *list, struct auth_client_app *out)
{
	if (list->n == 0)
		return false;
	*list = span_of("", 0);
	*out = (struct auth_client_app){ 1, 0, SPAN_LIT("phone") };
	return true;
}

static inline void
fake_auth_answer(struct auth_client *ac)
{
	auth_client_done done = ac->done;

	ac->done = NULL;
	done(ac->arg, ac->status);
}

/* ---- the whole ---- */

struct ctl_harness {
	struct conf *conf;
	struct engine *engine;
	struct store *store;
	struct auth_client auth;
	struct ctl_env env;
	sem_t woken;
	/* The last answer: */
	bool answered;
	int status;
	char *allow;
	struct buf body;
	/* Whose sessions were ended, one after the other: */
	struct buf ended;
};

static inline void
ctl_harness_ended(void *arg, const char *user)
{
	struct ctl_harness *h = arg;

	buf_addf(&h->ended, "%s;", user);
}

static inline void
ctl_harness_wake(void *arg)
{
	sem_post(arg);
}

static inline void
ctl_harness_open(struct ctl_harness *h, void (*wake)(void *), void *arg)
{
	struct buf errors = { 0 };

	*h = (struct ctl_harness){ 0 };
	sem_init(&h->woken, 0, 0);
	h->conf = conf_parse_text(SPAN_LIT("hostname mail.example\n"
					   "domain one.example two.example"),
	    "test", NULL, 0, &errors);
	h->engine = engine_mem_open();
	h->store = store_new(h->engine, wake != NULL ? wake : ctl_harness_wake,
	    wake != NULL ? arg : &h->woken);
	h->env = (struct ctl_env){
		.accounts = { h->store, &h->auth, h->conf, ctl_harness_ended,
		    h },
		.engine = h->engine,
		.indexer = indexer_start(h->engine, true),
		.dkim = dkim_maker_new(ctl_harness_wake, &h->woken),
		.started = time(NULL) - 5,
	};
}

static inline void
ctl_harness_close(struct ctl_harness *h)
{
	dkim_maker_free(h->env.dkim);
	indexer_stop(h->env.indexer);
	store_free(h->store);
	engine_close(h->engine);
	for (int i = 0; i < FAKE_USERS; i++)
		if (h->auth.user[i] != NULL)
			fake_remove(&h->auth, i);
	conf_free(h->conf);
	free(h->allow);
	buf_free(&h->body);
	buf_free(&h->ended);
	sem_destroy(&h->woken);
}

static inline void
ctl_harness_reply(void *arg, const struct ctl_reply *r)
{
	struct ctl_harness *h = arg;

	h->answered = true;
	h->status = r->status;
	free(h->allow);
	h->allow = r->allow != NULL ? xstrdup(r->allow) : NULL;
	buf_clear(&h->body);
	buf_add_span(&h->body, r->body);
}

/* Ask, and wait for the answer. */
static inline void
ctl_harness_ask(struct ctl_harness *h, const char *method, const char *path,
    struct span body)
{
	h->answered = false;
	ctl_dispatch(&h->env, method, path, body, ctl_harness_reply, h);
	while (!h->answered) {
		while (sem_wait(&h->woken) != 0 && errno == EINTR)
			;
		dkim_maker_dispatch(h->env.dkim);
		store_dispatch(h->store);
	}
}

#endif
