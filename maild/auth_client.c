/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>

#include <event2/event.h>

#include <stdlib.h>

#include "auth_client.h"
#include "buf.h"
#include "bytes.h"
#include "roles_channel.h"

struct request {
	TAILQ_ENTRY(request) entry;
	uint32_t number;
	auth_client_done done; /* or … */
	auth_client_told told;
	void *arg;
};

TAILQ_HEAD(requests, request);

struct auth_client {
	struct role_channel *ch;
	struct requests waiting, failed;
	size_t len;
	uint32_t last; /* number given */
	struct event *tell; /* failed ones, from the loop */
};

static const enum auth_client_status statuses[ROLE_USER_STATUSES] = {
	[ROLE_USER_OK] = AUTH_CLIENT_OK,
	[ROLE_USER_NONE] = AUTH_CLIENT_NOUSER,
	[ROLE_USER_EXISTS] = AUTH_CLIENT_EXISTS,
	[ROLE_USER_FAILED] = AUTH_CLIENT_FAILED,
	[ROLE_USER_NO_APP] = AUTH_CLIENT_NO_APP,
	[ROLE_USER_LIMIT] = AUTH_CLIENT_LIMIT,
};

static void
finish(struct auth_client *ac, struct requests *from, struct request *r,
    enum auth_client_status st, struct span data)
{
	TAILQ_REMOVE(from, r, entry);
	ac->len--;
	if (r->told != NULL)
		r->told(r->arg, st, data);
	else
		r->done(r->arg, st);
	free(r);
}

static void
on_tell(evutil_socket_t fd, short what, void *arg)
{
	struct auth_client *ac = arg;
	struct request *r;

	(void)fd;
	(void)what;
	while ((r = TAILQ_FIRST(&ac->failed)) != NULL)
		finish(ac, &ac->failed, r, AUTH_CLIENT_FAILED, SPAN_LIT(""));
}

static void
tell_later(struct auth_client *ac)
{
	static const struct timeval now = { 0, 0 };

	event_add(ac->tell, &now);
}

/* m->type and the fields but its number are set; at is where that goes.  One
 * of done and told is NULL. */
static void
ask(struct auth_client *ac, struct role_msg *m, uint32_t *at,
    auth_client_done done, auth_client_told told, void *arg)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->number = *at = ++ac->last;
	r->done = done;
	r->told = told;
	r->arg = arg;
	if (ac->ch != NULL && ac->len < AUTH_CLIENT_REQUESTS_MAX &&
	    role_send(ac->ch, m, -1) == 0) {
		TAILQ_INSERT_TAIL(&ac->waiting, r, entry);
	} else {
		TAILQ_INSERT_TAIL(&ac->failed, r, entry);
		tell_later(ac);
	}
	ac->len++;
}

void
auth_client_set_password(struct auth_client *ac, struct span user,
    struct span password, bool create, auth_client_done done, void *arg)
{
	struct role_msg m = { .type = ROLE_SET_PASSWORD };

	m.set_password.create = create;
	m.set_password.user = user;
	m.set_password.password = password;
	ask(ac, &m, &m.set_password.request, done, NULL, arg);
}

void
auth_client_delete(struct auth_client *ac, struct span user,
    auth_client_done done, void *arg)
{
	struct role_msg m = { .type = ROLE_DELETE_USER };

	m.delete_user.user = user;
	ask(ac, &m, &m.delete_user.request, done, NULL, arg);
}

static struct role_msg
change_of(struct span user, enum role_change what)
{
	struct role_msg m = { .type = ROLE_CHANGE_USER };

	m.change_user.user = user;
	m.change_user.what = what;
	return m;
}

void
auth_client_disable(struct auth_client *ac, struct span user, bool disabled,
    auth_client_done done, void *arg)
{
	struct role_msg m = change_of(user,
	    disabled ? ROLE_CHANGE_DISABLE : ROLE_CHANGE_ENABLE);

	ask(ac, &m, &m.change_user.request, done, NULL, arg);
}

void
auth_client_app_add(struct auth_client *ac, struct span user, struct span name,
    auth_client_told told, void *arg)
{
	struct role_msg m = change_of(user, ROLE_CHANGE_APP_ADD);

	m.change_user.name = name;
	ask(ac, &m, &m.change_user.request, NULL, told, arg);
}

void
auth_client_app_list(struct auth_client *ac, struct span user,
    auth_client_told told, void *arg)
{
	struct role_msg m = change_of(user, ROLE_CHANGE_APP_LIST);

	ask(ac, &m, &m.change_user.request, NULL, told, arg);
}

void
auth_client_app_revoke(struct auth_client *ac, struct span user, uint32_t id,
    auth_client_done done, void *arg)
{
	struct role_msg m = change_of(user, ROLE_CHANGE_APP_REVOKE);

	m.change_user.app = id;
	ask(ac, &m, &m.change_user.request, done, NULL, arg);
}

/* What auth_apps_format() has written. */
bool
auth_client_app_next(struct span *list, struct auth_client_app *out)
{
	const size_t head = 4 + 8 + 1;
	size_t n;

	if (list->n < head)
		return false;
	out->id = le32_get(list->p);
	out->created = (int64_t)le64_get(list->p + 4);
	n = (unsigned char)list->p[head - 1];
	out->name = span_sub(*list, head, n);
	*list = span_sub(*list, head + n, list->n);
	return out->name.n == n;
}

/* Answers mostly come in the order of their questions. */
void
auth_client_answered(struct auth_client *ac, const struct role_msg *m)
{
	struct request *r;

	TAILQ_FOREACH(r, &ac->waiting, entry) {
		if (r->number == m->user_answer.request)
			break;
	}
	if (r != NULL)
		finish(ac, &ac->waiting, r, statuses[m->user_answer.status],
		    m->user_answer.data);
}

void
auth_client_attach(struct auth_client *ac, struct role_channel *ch)
{
	ac->ch = ch;
	TAILQ_CONCAT(&ac->failed, &ac->waiting, entry);
	tell_later(ac);
}

struct auth_client *
auth_client_new(struct event_base *base)
{
	struct auth_client *ac = xcalloc(1, sizeof(*ac));

	TAILQ_INIT(&ac->waiting);
	TAILQ_INIT(&ac->failed);
	ac->tell = evtimer_new(base, on_tell, ac);
	return ac;
}

void
auth_client_free(struct auth_client *ac)
{
	struct request *r;

	if (ac == NULL)
		return;
	TAILQ_CONCAT(&ac->failed, &ac->waiting, entry);
	while ((r = TAILQ_FIRST(&ac->failed)) != NULL) {
		TAILQ_REMOVE(&ac->failed, r, entry);
		free(r);
	}
	event_free(ac->tell);
	free(ac);
}
