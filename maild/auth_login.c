/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>

#include <event2/event.h>

#include <stdlib.h>

#include "auth_login.h"
#include "conf.h"
#include "log.h"
#include "user_name.h"

#define LOGINS_MAX 4096 /* under way; more are TEMPFAIL */

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
end_exchange(struct login *l)
{
	if (l->exchange != NULL && l->exchange->free != NULL)
		l->exchange->free(l->state);
	l->exchange = NULL;
	l->state = NULL;
}

void
auth_login_free(struct login *l)
{
	LIST_REMOVE(l, entry);
	l->auth->logins->len--;
	event_free(l->timer);
	free(l->peer);
	free(l->mechanism);
	buf_free(&l->name);
	buf_wipe(&l->password);
	end_exchange(l);
	free(l);
}

void
auth_logins_free(struct auth_logins *ls)
{
	while (!LIST_EMPTY(&ls->head))
		auth_login_free(LIST_FIRST(&ls->head));
	free(ls);
}

struct auth_try
auth_login_try(const struct login *l)
{
	return (struct auth_try){ .peer = l->peer, .user = buf_span(&l->name),
		.password = buf_span(&l->password) };
}

void
auth_login_wait(struct login *l, unsigned seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	event_add(l->timer, &tv);
}

void
auth_login_ask(struct login *l, struct span data)
{
	struct role_msg m = { .type = ROLE_SASL_CHALLENGE };

	m.sasl_challenge.connection = l->connection;
	m.sasl_challenge.data = data;
	if (l->front == NULL || role_send(l->front, &m, -1) < 0)
		auth_login_end(l, ROLE_TEMPFAIL);
	else
		auth_login_wait(l, l->auth->process->conf->login_timeout);
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

void
auth_login_end(struct login *l, enum role_verdict verdict)
{
	send_verdict(l->front, l->connection, verdict, NULL);
	auth_login_free(l);
}

void
auth_login_lost(struct role_channel *front, uint64_t connection)
{
	send_verdict(front, connection, ROLE_TEMPFAIL, NULL);
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

void
auth_login_temporary(struct login *l, const char *reason)
{
	log_failure(l, reason);
	auth_login_end(l, ROLE_TEMPFAIL);
}

void
auth_login_refuse(struct login *l, const char *reason)
{
	struct auth_try t = auth_login_try(l);
	unsigned ms = auth_guard_delay(l->auth->guard, &t, auth_now());
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	log_failure(l, reason);
	end_exchange(l);
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
		auth_login_temporary(l, "mail");
	else if (l->exchange != NULL)
		auth_login_end(l, ROLE_TEMPFAIL); /* the client is silent */
	else
		auth_login_end(l, ROLE_DENIED);
}

/* ---- granting ---- */

/* Mail can read the ticket: then front may know. */
static void
granted(struct login *l)
{
	send_verdict(l->front, l->connection, ROLE_GRANTED, &l->ticket);
	log_info("auth: logged in",
	    "peer=%s user=%.*s service=%s mechanism=%s session=" LOG_ID,
	    l->peer, LOG_SPAN(buf_span(&l->name)), scope_names[l->scope],
	    l->mechanism, l->connection);
	auth_login_free(l);
}

void
auth_tickets_sent(struct auth *a)
{
	struct login *l, *next;

	for (l = LIST_FIRST(&a->logins->head); l != NULL; l = next) {
		next = LIST_NEXT(l, entry);
		if (l->waiting)
			granted(l);
	}
}

void
auth_login_grant(struct login *l)
{
	static const struct timeval patience = { ROLE_TICKET_SECONDS, 0 };
	struct role_channel *mail = l->auth->peers.other[ROLE_MAIL];
	struct role_msg m = { .type = ROLE_TICKET };

	end_exchange(l);
	if (getrandom(l->ticket.id, sizeof(l->ticket.id), 0) !=
	    sizeof(l->ticket.id))
		abort();
	m.ticket.ticket = l->ticket;
	m.ticket.scope = l->scope;
	m.ticket.user = buf_span(&l->name);
	if (mail == NULL || role_send(mail, &m, -1) < 0) {
		auth_login_temporary(l, "mail");
	} else if (role_channel_has_sent(mail)) {
		granted(l);
	} else {
		l->waiting = true;
		event_add(l->timer, &patience);
	}
}

void
auth_login_grant_known(struct login *l)
{
	struct auth_record r;
	struct buf bytes = { 0 };
	enum auth_store_status st = auth_store_get(l->auth->store,
	    buf_span(&l->name), &bytes, &r);
	bool disabled = st == AUTH_STORE_OK && r.disabled;

	explicit_bzero(&r, sizeof(r));
	buf_wipe(&bytes);
	if (st == AUTH_STORE_FAILED)
		auth_login_temporary(l, "store");
	else if (st == AUTH_STORE_NONE || disabled)
		auth_login_refuse(l, disabled ? "disabled" : "user");
	else
		auth_login_grant(l);
}

/* ---- the beginning ---- */

struct login *
auth_login_new(struct auth *a, struct role_channel *front, uint64_t connection,
    enum role_scope scope)
{
	struct login *l;

	if (a->logins->len >= LOGINS_MAX) {
		send_verdict(front, connection, ROLE_TEMPFAIL, NULL);
		return NULL;
	}
	l = xcalloc(1, sizeof(*l));
	l->auth = a;
	l->front = front;
	l->connection = connection;
	l->scope = scope;
	l->timer = evtimer_new(a->process->base, on_timer, l);
	LIST_INSERT_HEAD(&a->logins->head, l, entry);
	a->logins->len++;
	return l;
}

/* What is no name is nobody's: it is checked like an unknown one. */
void
auth_login_name(struct login *l, struct span authcid)
{
	if (user_name_complete(&l->name, l->auth->process->conf, authcid) < 0)
		buf_add_span(&l->name, span_sub(authcid, 0, ROLE_USER_MAX));
}

bool
auth_login_is_own(const struct login *l, struct span authzid)
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
			auth_login_temporary(l, "mail");
		else if (l->front == NULL && !l->hashing)
			auth_login_free(l);
	}
}
