/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "front_conn_state.h"
#include "log.h"

/*
 * The stream of one connection's frames to mail, and the lines that come back.
 * It is opened by the first frame, and ends with the connection.
 */
#define WINDOW    ((size_t)65536) /* bytes that mail has not read yet */
#define REPLY_MAX ((size_t)4096)

void
front_stream_drop(struct front_conn *c)
{
	if (c->stream != NULL)
		bufferevent_free(c->stream);
	c->stream = NULL;
	c->asking = c->crowded = false;
}

static void
answer(struct front_conn *c, struct span line)
{
	c->asking = false;
	c->proto->reply(c, c->state, line);
	if (c->phase != PHASE_TALK)
		return;
	if (c->front->stopping) {
		c->proto->bye(c, FRONT_BYE_SHUTDOWN);
		front_close(c);
	} else if (!c->paused && !c->asking) {
		front_conn_talk_on(c);
	}
}

static void
lost(struct front_conn *c)
{
	front_stream_drop(c);
	if (c->phase == PHASE_TALK)
		answer(c, (struct span){ 0 });
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct front_conn *c = arg;
	size_t n;
	char *line;

	line = evbuffer_readln(in, &n, EVBUFFER_EOL_CRLF_STRICT);
	if (line != NULL && c->phase == PHASE_TALK)
		answer(c, span_of(line, n));
	else if (line == NULL && evbuffer_get_length(in) > REPLY_MAX)
		lost(c);
	free(line);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct front_conn *c = arg;

	(void)bev;
	if (!c->crowded)
		return;
	c->crowded = false;
	if (c->phase == PHASE_TALK && !c->paused && !c->asking)
		front_conn_talk_on(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	lost(arg);
}

static bool
open_stream(struct front_conn *c)
{
	int pair[2], sent;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair) < 0)
		return false;
	sent = front_login_send(c, pair[1], SPAN_LIT(""));
	close(pair[1]);
	if (sent == 0)
		c->stream = bufferevent_socket_new(c->front->process->base,
		    pair[0], BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->stream == NULL) {
		close(pair[0]);
		return false;
	}
	bufferevent_setcb(c->stream, on_read, on_write, on_event, c);
	bufferevent_enable(c->stream, EV_READ | EV_WRITE);
	return true;
}

bool
front_mail(struct front_conn *c, const struct inbound_frame *f)
{
	struct buf frame = { 0 };

	if (c->stream == NULL && !open_stream(c))
		return false;
	inbound_write(&frame, f);
	bufferevent_write(c->stream, frame.data, frame.len);
	buf_free(&frame);
	c->crowded = evbuffer_get_length(
	    bufferevent_get_output(c->stream)) >= WINDOW;
	if (c->crowded)
		bufferevent_disable(c->bev, EV_READ);
	return true;
}

void
front_await(struct front_conn *c)
{
	c->asking = true;
	bufferevent_disable(c->bev, EV_READ);
}
