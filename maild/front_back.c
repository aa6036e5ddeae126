/* SPDX-License-Identifier: ISC */
/*
 * Sessions that mail gives back: the client has logged out of them, and may log
 * in again (UNAUTHENTICATE, RFC 8437).
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "front_conn_state.h"
#include "front_pump.h"
#include "log.h"

static bool
is_stream(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static void
talk(struct front_conn *c, const struct role_msg *m)
{
	front_conn_begin_again(c);
	c->proto->again(c, c->state, m->session_back.helo);
	front_conn_talk_on(c);
}

/* The connection was here all the time; what is on its way in the stream pair
 * is taken back. */
static void
take_pumped(struct front_conn *c, const struct role_msg *m, int fd)
{
	struct bufferevent *tls = front_pump_stop(c->pump, fd,
	    m->session_back.input);

	if (tls == NULL)
		return; /* it is about to end */
	c->pump = NULL;
	c->bev = tls;
	talk(c, m);
}

/* What came to mail as a descriptor comes back as one.  Owns fd. */
static void
take_clear(struct front *f, const struct role_msg *m, int fd)
{
	struct front_conn *c = front_conn_revive(f, m->session_back.connection,
	    m->session_back.peer, m->session_back.local, fd);

	if (c == NULL)
		return;
	evbuffer_prepend(bufferevent_get_input(c->bev),
	    m->session_back.input.p, m->session_back.input.n);
	talk(c, m);
}

void
front_conn_back(struct front *f, const struct role_msg *m, int fd)
{
	struct front_entry *e = front_table_find(f->table,
	    m->session_back.connection);
	struct front_conn *c = (struct front_conn *)e;

	if (!f->stopping && is_stream(fd)) {
		if (m->session_back.tls && c != NULL &&
		    c->phase == PHASE_PUMP && c->proto->again != NULL) {
			take_pumped(c, m, fd);
		} else if (!m->session_back.tls &&
		    (c == NULL || c->phase == PHASE_GONE)) {
			take_clear(f, m, fd);
			return;
		}
	}
	close(fd);
}
