/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "auth_login.h"

/*
 * Logins by mechanisms that front only relays: which one it is, and whose
 * exchange a message belongs to.
 */
static const struct auth_mechanism *const mechanisms[] = {
	&auth_scram,
	&auth_scram_plus,
	&auth_external,
	&auth_oauthbearer,
	&auth_xoauth2,
};

/* A connection has one exchange. */
static struct login *
find(struct auth *a, const struct role_channel *front, uint64_t connection)
{
	struct login *l;

	LIST_FOREACH(l, &a->logins->head, entry) {
		if (l->front == front && l->connection == connection &&
		    l->exchange != NULL)
			return l;
	}
	return NULL;
}

static const struct auth_mechanism *
find_mechanism(struct span name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]);
	     i++) {
		if (span_ieqs(name, mechanisms[i]->name))
			return mechanisms[i];
	}
	return NULL;
}

void
auth_sasl_start(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	const uint64_t connection = m->sasl_start.connection;
	struct login *l = find(a, front, connection);

	if (l != NULL) /* front left it behind */
		auth_login_free(l);
	l = auth_login_new(a, front, connection, m->sasl_start.scope);
	if (l == NULL)
		return;
	l->peer = span_dup(m->sasl_start.peer);
	l->mechanism = span_dup(m->sasl_start.mechanism);
	l->exchange = find_mechanism(m->sasl_start.mechanism);
	if (l->exchange != NULL)
		l->exchange->start(l, m);
	else
		auth_login_end(l, ROLE_MALFORMED);
}

void
auth_sasl_response(struct auth *a, struct role_channel *front,
    const struct role_msg *m)
{
	struct login *l = find(a, front, m->sasl_response.connection);

	if (m->sasl_response.cancel) {
		if (l != NULL)
			auth_login_free(l);
	} else if (l != NULL && l->exchange->response != NULL) {
		l->exchange->response(l, m->sasl_response.data);
	} else {
		auth_login_lost(front, m->sasl_response.connection);
	}
}
