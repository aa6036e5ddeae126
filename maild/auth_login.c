/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>
#include <sys/random.h>

#include <event2/event.h>

#include <stdlib.h>

#include "auth_hash.h"
#include "auth_state.h"
#include "log.h"
#include "user_name.h"

#define LOGINS_MAX 4096 /* under way; more are TEMPFAIL */

/*
 * A login under way: asked of the guard, hashed in the pool, then either its
 * refusal waits for its time, or its ticket for mail's word.
 */
struct login {
	LIST_ENTRY(login) entry;
	struct auth *auth;
	struct role_channel *front; /* NULL: gone meanwhile */
	uint64_t connection;
	enum role_scope scope;
	char *peer, *mechanism;
	struct buf name;     /* canonical; what was said where it is no name */
	struct buf password;
	struct event *timer;
	bool hashing;        /* the pool has it */
	bool waiting;        /* for mail to have the ticket */
	struct role_ticket ticket;
};

struct auth_logins {
	LIST_HEAD(, login) head;
	size_t len;
};

static const char *const scope_names[ROLE_SCOPES] = {
	[ROLE_SCOPE_IMAP] = "imap",
	[ROLE_SCOPE_SUBMISSION] = "submission",
};

struct auth_logins *
auth_logins_new(void)
{
	struct auth_logins *ls = xcalloc(1, sizeof(*ls));

	LIST_INIT(&ls->head);
	return ls;
}

static void
login_free(struct login *l)
{
	LIST_REMOVE(l, entry);
	l->auth->logins->len--;
	event_free(l->timer);
	free(l->peer);
	free(l->mechanism);
	buf_free(&l->name);
	buf_wipe(&l->password);
	free(l);
}

void
auth_logins_free(struct auth_logins *ls)
{
	while (!LIST_EMPTY(&ls->head))
		login_free(LIST_FIRST(&ls->head));
	free(ls);
}

static struct auth_try
try_of(const struct login *l)
{
	return (struct auth_try){ l->peer, buf_span(&l->name),
		buf_span(&l->password) };
}

/* ---- the end of it ---- */

static void
send_verdict(struct role_channel *front, uint64_t connection,
    enum role_verdict verdict, const struct role_ticket *ticket)
{
	struct role_msg m = { .type = ROLE_VERDICT };

	m.verdict.connection = connection;
	m.verdict.verdict = verdict;
	if (ticket != NULL)
		m.verdict.ticket = *ticket;
	if (front != NULL && role_send(front, &m, -1) < 0)
		log_error("auth: front does not listen", "number=%u",
		    role_channel_about(front)->number);
}

static void
login_end(struct login *l, enum role_verdict verdict)
{
	send_verdict(l->front, l->connection, verdict,
	    verdict == ROLE_GRANTED ? &l->ticket : NULL);
	login_free(l);
}

/* Also what an admin's fail2ban reads: its shape is in maild.8. */
static void
log_failure(const struct login *l, const char *reason)
{
	log_warning("auth: login failed",
	    "peer=%s user=%.*s service=%s mechanism=%s session=" LOG_ID
	    " reason=%s",
	    l->peer, LOG_SPAN(buf_span(&l->name)), scope_names[l->scope],
	    l->mechanism, l->connection, reason);
}

static void
temporary(struct login *l, const char *reason)
{
	log_failure(l, reason);
	login_end(l, ROLE_TEMPFAIL);
}

static void
refuse(struct login *l, const char *reason)
{
	struct auth_try t = try_of(l);
	unsigned ms = auth_guard_delay(l->auth->guard, &t, auth_now());
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	log_failure(l, reason);
	event_add(l->timer, &tv);
}

/* The time of a refusal has come, or mail does not answer. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct login *l = arg;

	(void)fd;
	(void)what;
	if (l->waiting)
		temporary(l, "mail");
	else
		login_end(l, ROLE_DENIED);
}

/* ---- granting ---- */

static void
grant(struct login *l)
{
	static const struct timeval patience = { ROLE_TICKET_SECONDS, 0 };
	struct role_channel *mail = l->auth->peers.other;
	struct role_msg m = { .type = ROLE_TICKET };

	if (getrandom(l->ticket.id, sizeof(l->ticket.id), 0) !=
	    sizeof(l->ticket.id))
		abort();
	m.ticket.ticket = l->ticket;
	m.ticket.scope = l->scope;
	m.ticket.user = buf_span(&l->name);
	if (mail == NULL || role_send(mail, &m, -1) < 0) {
		temporary(l, "mail");
		return;
	}
	l->waiting = true;
	event_add(l->timer, &patience);
}

void
auth_ticket_kept(struct auth *a, const struct role_msg *m)
{
	struct login *l;

	LIST_FOREACH(l, &a->logins->head, entry) {
		if (l->waiting && memcmp(&l->ticket, &m->ticket_kept.ticket,
				      sizeof(l->ticket)) == 0)
			break;
	}
	if (l == NULL)
		return;
	log_info("auth: logged in",
	    "peer=%s user=%.*s service=%s mechanism=%s session=" LOG_ID,
	    l->peer, LOG_SPAN(buf_span(&l->name)), scope_names[l->scope],
	    l->mechanism, l->connection);
	login_end(l, ROLE_GRANTED);
}

/* ---- checking ---- */

/* False: it was changed while it was checked. */
static bool
hash_stands(const struct login *l, const struct auth_job *job)
{
	struct buf now = { 0 };
	bool same;

	same = auth_store_get(l->auth->store, buf_span(&l->name), &now) ==
		AUTH_STORE_OK &&
	    span_eq(buf_span(&now), buf_span(&job->hash));
	buf_wipe(&now);
	return same;
}

static void
on_checked(void *arg, struct auth_job *job)
{
	struct login *l = arg;
	struct auth_try t = try_of(l);
	struct auth_guard *guard = l->auth->guard;

	l->hashing = false;
	if (!job->ok) {
		auth_guard_wrong(guard, &t, auth_now());
		refuse(l, "password");
	} else if (!hash_stands(l, job)) {
		auth_guard_void(guard, &t, auth_now());
		temporary(l, "changed");
	} else {
		auth_guard_right(guard, &t, auth_now());
		grant(l);
	}
	auth_job_free(job);
}

static void
check(struct login *l, bool first)
{
	struct auth *a = l->auth;
	struct auth_try t = try_of(l);
	struct auth_job *job = auth_job_new(t.password, on_checked, l);
	enum auth_store_status st;

	st = auth_store_get(a->store, t.user, &job->hash);
	if (st == AUTH_STORE_NONE)
		buf_add_span(&job->hash, buf_span(&a->nobody));
	if ((st == AUTH_STORE_OK || st == AUTH_STORE_NONE) &&
	    auth_pool_submit(a->pool, job, first) == 0) {
		l->hashing = true;
		return;
	}
	auth_job_free(job);
	auth_guard_void(a->guard, &t, auth_now());
	temporary(l, st == AUTH_STORE_FAILED ? "store" : "busy");
}

static void
decide(struct login *l)
{
	struct auth_try t = try_of(l);

	switch (auth_guard_ask(l->auth->guard, &t, auth_now())) {
	case AUTH_RIGHT:
		grant(l);
		break;
	case AUTH_CHECK:
		check(l, false);
		break;
	case AUTH_CHECK_FIRST:
		check(l, true);
		break;
	case AUTH_REPEATED:
		refuse(l, "repeated");
		break;
	case AUTH_BLOCKED:
		refuse(l, "blocked");
		break;
	}
}

/* ---- the beginning ---- */

/* Nobody acts as another: an authorization identity is one's own, or none. */
static bool
is_oneself(const struct login *l, struct span authzid)
{
	struct buf name = { 0 };
	bool same;

	if (authzid.n == 0)
		return true;
	same = user_name_complete(&name, l->auth->process->conf, authzid) ==
		0 &&
	    span_eq(buf_span(&name), buf_span(&l->name));
	buf_free(&name);
	return same;
}

static struct login *
login_new(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct login *l = xcalloc(1, sizeof(*l));

	l->auth = a;
	l->front = front;
	l->connection = m->login.connection;
	l->scope = m->login.scope;
	l->peer = span_dup(m->login.peer);
	l->mechanism = span_dup(m->login.mechanism);
	l->timer = evtimer_new(a->process->base, on_timer, l);
	/* One that is too long is wrong, however it goes on. */
	buf_add_span(&l->password,
	    span_sub(m->login.password, 0, AUTH_PASSWORD_MAX + 1));
	/* What is no name is nobody's: it is checked like an unknown one. */
	if (user_name_complete(&l->name, a->process->conf, m->login.authcid) <
	    0)
		buf_add_span(&l->name,
		    span_sub(m->login.authcid, 0, ROLE_USER_MAX));
	LIST_INSERT_HEAD(&a->logins->head, l, entry);
	a->logins->len++;
	return l;
}

void
auth_login(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct login *l;

	if (a->logins->len >= LOGINS_MAX) {
		send_verdict(front, m->login.connection, ROLE_TEMPFAIL, NULL);
		return;
	}
	l = login_new(a, front, m);
	if (is_oneself(l, m->login.authzid))
		decide(l);
	else
		refuse(l, "authzid");
}

void
auth_logins_lose(struct auth *a, struct role_channel *ch)
{
	bool is_mail = role_channel_about(ch)->other == ROLE_MAIL;
	struct login *l, *next;

	for (l = LIST_FIRST(&a->logins->head); l != NULL; l = next) {
		next = LIST_NEXT(l, entry);
		if (l->front == ch)
			l->front = NULL;
		if (is_mail && l->waiting)
			temporary(l, "mail");
		else if (l->front == NULL && !l->hashing)
			login_free(l);
	}
}
