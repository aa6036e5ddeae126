/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <unistd.h>

#include "log.h"
#include "roles_peers.h"

static struct role_channel **
place_of(struct role_peers *p, enum role peer, uint32_t number)
{
	if (peer != ROLE_FRONT)
		return &p->other[peer];
	return number < ROLE_FRONTS_MAX ? &p->front[number] : NULL;
}

static void
drop(struct role_peers *p, struct role_channel **place)
{
	struct role_channel *ch = *place;

	if (ch == NULL)
		return;
	*place = NULL;
	p->lost(p->arg, ch);
	role_channel_free(ch);
}

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct role_peers *p = arg;

	p->message(p->arg, ch, m, fd);
}

static void
on_sent(void *arg, struct role_channel *ch)
{
	struct role_peers *p = arg;

	if (p->sent != NULL)
		p->sent(p->arg, ch);
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	const struct role_channel_end *end = role_channel_about(ch);

	drop(arg, place_of(arg, end->other, end->number));
}

void
role_peers_add(struct role_peers *p, enum role peer, uint32_t number, int fd)
{
	struct role_channel_end end = { .self = p->self,
		.other = peer,
		.number = number,
		.message = on_message,
		.closed = on_closed,
		.sent = on_sent,
		.arg = p };
	struct role_channel **place = place_of(p, peer, number);

	if (place == NULL) {
		log_error("roles: too many fronts", "number=%u", number);
		close(fd);
		return;
	}
	drop(p, place);
	*place = role_channel_new(p->base, fd, &end);
}

void
role_peers_clear(struct role_peers *p)
{
	for (uint32_t i = 0; i < ROLE_FRONTS_MAX; i++) {
		role_channel_free(p->front[i]);
		p->front[i] = NULL;
	}
	for (int i = 0; i < ROLES; i++) {
		role_channel_free(p->other[i]);
		p->other[i] = NULL;
	}
}
