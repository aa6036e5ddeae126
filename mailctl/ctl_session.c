/* SPDX-License-Identifier: ISC */
#include "ctl_session.h"

#include <curl/curl.h>

#include "ctl_client.h"
#include "http_head.h"
#include "transport.h"

#define WAIT_SECONDS 60
#define ANSWER_MAX   ((size_t)65536)

struct upgrade {
	const struct cmd *cmd;
	const char *socket, *user;
	struct transport *transport;
	struct buf in;
};

static int
lost(const struct upgrade *u)
{
	return cmd_fail(u->cmd, EX_UNAVAILABLE,
	    "%s: the server closed the connection", u->socket);
}

static int
wait_for(const struct upgrade *u, bool write)
{
	if (transport_wait(u->transport, write, WAIT_SECONDS))
		return 0;
	return cmd_fail(u->cmd, EX_TEMPFAIL, "%s: no answer for %d seconds",
	    u->socket, WAIT_SECONDS);
}

static int
ask(const struct upgrade *u)
{
	char *name = curl_easy_escape(NULL, u->user, (int)strlen(u->user));
	struct buf request = { 0 };
	struct span rest;
	int ret = 0;

	buf_addf(&request, "GET /v1/users/%s/imap HTTP/1.1\r\n"
	    "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: imap\r\n\r\n",
	    name != NULL ? name : "");
	rest = buf_span(&request);
	while (ret == 0 && rest.n > 0) {
		ssize_t n = transport_send(u->transport, rest);

		if (n < 0)
			ret = lost(u);
		else if (n == 0)
			ret = wait_for(u, true);
		else
			rest = span_sub(rest, (size_t)n, rest.n);
	}
	curl_free(name);
	buf_free(&request);
	return ret;
}

/* Whatever comes next. */
static int
hear(struct upgrade *u)
{
	char piece[4096];
	bool eof;
	ssize_t n = transport_recv(u->transport, piece, sizeof(piece), &eof);

	if (n < 0 || eof)
		return lost(u);
	if (n == 0)
		return wait_for(u, false);
	buf_add(&u->in, piece, (size_t)n);
	return 0;
}

static int
hear_head(struct upgrade *u, struct http_head *head)
{
	ssize_t n = 0;
	int ret = 0;

	while (ret == 0) {
		n = http_head_parse(u->in.data, u->in.len, head);
		if (n > 0)
			break;
		if (n < 0)
			return cmd_fail(u->cmd, EX_PROTOCOL,
			    "%s: this is not maild's control socket",
			    u->socket);
		ret = hear(u);
	}
	if (ret == 0)
		buf_consume(&u->in, (size_t)n);
	return ret;
}

/* The body of an answer that is no session. */
static int
refused(struct upgrade *u, const struct http_head *head)
{
	int ret = 0;

	if (head->length > ANSWER_MAX)
		return cmd_fail(u->cmd, EX_PROTOCOL,
		    "the server's answer is too long");
	while (ret == 0 && u->in.len < head->length)
		ret = hear(u);
	return ret != 0 ? ret : ctl_client_problem(u->cmd, u->user,
	    span_sub(buf_span(&u->in), 0, head->length), head->status);
}

static int
upgrade(struct upgrade *u)
{
	struct http_head head;
	int ret = ask(u);

	if (ret == 0)
		ret = hear_head(u, &head);
	if (ret == 0 && head.status != 101)
		ret = refused(u, &head);
	return ret;
}

int
ctl_session_open(const struct cmd *c, const char *user,
    struct transport **transport, struct buf *input)
{
	struct upgrade u = { .cmd = c, .socket = ctl_client_socket(c),
		.user = user };
	long error = 0;
	int ret;

	*transport = NULL;
	u.transport = transport_open_socket(u.socket, &error);
	if (u.transport == NULL)
		ret = ctl_client_unreachable(c, error);
	else
		ret = upgrade(&u);
	if (ret == 0) {
		buf_add_span(input, buf_span(&u.in));
		*transport = u.transport;
	} else {
		transport_close(u.transport);
	}
	buf_free(&u.in);
	return ret;
}
