/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/queue.h>

#include <stdlib.h>

#include "buf.h"
#include "mail_ticket.h"

struct ticket {
	TAILQ_ENTRY(ticket) entry;
	struct role_ticket id;
	enum role_scope scope;
	int64_t until;
	char *user;
};

struct mail_tickets {
	TAILQ_HEAD(, ticket) head; /* the oldest first */
	size_t len;
};

struct mail_tickets *
mail_tickets_new(void)
{
	struct mail_tickets *t = xcalloc(1, sizeof(*t));

	TAILQ_INIT(&t->head);
	return t;
}

static void
drop(struct mail_tickets *t, struct ticket *one)
{
	TAILQ_REMOVE(&t->head, one, entry);
	t->len--;
	free(one->user);
	explicit_bzero(one, sizeof(*one));
	free(one);
}

static void
expire(struct mail_tickets *t, int64_t now)
{
	struct ticket *one;

	while ((one = TAILQ_FIRST(&t->head)) != NULL && one->until <= now)
		drop(t, one);
}

void
mail_tickets_free(struct mail_tickets *t)
{
	if (t == NULL)
		return;
	expire(t, INT64_MAX);
	free(t);
}

static struct ticket *
find(struct mail_tickets *t, const struct role_ticket *id)
{
	struct ticket *one;

	TAILQ_FOREACH(one, &t->head, entry) {
		if (memcmp(&one->id, id, sizeof(*id)) == 0)
			return one;
	}
	return NULL;
}

int
mail_tickets_keep(struct mail_tickets *t, const struct role_ticket *id,
    enum role_scope scope, struct span user, int64_t now)
{
	struct ticket *one;

	expire(t, now);
	if (t->len >= MAIL_TICKETS_MAX || find(t, id) != NULL)
		return -1;
	one = xcalloc(1, sizeof(*one));
	one->id = *id;
	one->scope = scope;
	one->until = now + ROLE_TICKET_SECONDS;
	one->user = span_dup(user);
	TAILQ_INSERT_TAIL(&t->head, one, entry);
	t->len++;
	return 0;
}

char *
mail_tickets_take(struct mail_tickets *t, const struct role_ticket *id,
    enum role_scope scope, int64_t now)
{
	struct ticket *one;
	char *user = NULL;

	expire(t, now);
	one = find(t, id);
	if (one == NULL)
		return NULL;
	if (one->scope == scope) {
		user = one->user;
		one->user = NULL;
	}
	drop(t, one);
	return user;
}
