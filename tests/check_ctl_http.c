/* SPDX-License-Identifier: ISC */
/* The control API over its socket: HTTP, limits, and who may ask. */
#include "config.h" /* pipe2() */

#include "check.h"

#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_harness.h"

static struct ctl_harness h;
static struct event_base *base;
static struct event *woken;
static int wake_pipe[2];
static struct ctl *ctl;
static struct sockaddr_un sun;

static void
wake(void *arg)
{
	(void)arg;
	ck_assert_int_eq(write(wake_pipe[1], "", 1), 1);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	(void)arg;
	if (read(fd, &byte, 1) == 1)
		store_dispatch(h.store);
}

static void
setup(void)
{
	char folder[] = "/tmp/check_ctl.XXXXXX";
	int fd;

	signal(SIGPIPE, SIG_IGN); /* as the roles do */
	ck_assert_int_eq(pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK), 0);
	ctl_harness_open(&h, wake, NULL);
	base = event_base_new();
	woken = event_new(base, wake_pipe[0], EV_READ | EV_PERSIST, on_wake,
	    NULL);
	event_add(woken, NULL);
	ctl = ctl_new(base, &h.env.accounts, h.engine, h.env.indexer);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0711), 0);
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", folder);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(chmod(sun.sun_path, 0666), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(ctl_listen(ctl, fd), 0);
}

static void
teardown(void)
{
	if (ctl != NULL)
		ctl_free(ctl);
	event_free(woken);
	event_base_free(base);
	ctl_harness_close(&h);
	close(wake_pipe[0]);
	close(wake_pipe[1]);
	unlink(sun.sun_path);
	*strrchr(sun.sun_path, '/') = '\0';
	rmdir(sun.sun_path);
}

/* ---- a client ---- */

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)),
	    0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Writes while the server reads: it may stop before the end. */
static void
say(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, text, n, MSG_NOSIGNAL);

		if (done < 0 && errno != EAGAIN)
			return;
		if (done > 0) {
			text += done;
			n -= (size_t)done;
		}
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

/* Runs the server until text stands in what it has answered, or it closes. */
static void
hear(int fd, struct buf *in, const char *text)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	ssize_t n = 1;

	while (n != 0 && (in->len == 0 || strstr(in->data, text) == NULL)) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) == 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			buf_add(in, bytes, (size_t)n);
		else if (n < 0 && errno != EAGAIN)
			break;
	}
}

static void
answers(int fd, const char *request, const char *head, const char *body)
{
	struct buf in = { 0 };

	say(fd, request, strlen(request));
	hear(fd, &in, body);
	ck_assert_msg(in.len > 0 &&
		strncmp(in.data, head, strlen(head)) == 0 &&
		strstr(in.data, body) != NULL,
	    "%s", in.data != NULL ? in.data : "nothing");
	buf_free(&in);
}

static void
asks(int fd, const char *line, const char *body, const char *head,
    const char *want)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s HTTP/1.1\r\nHost: localhost\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
	    line, strlen(body), body);
	answers(fd, b.data, head, want);
	buf_free(&b);
}

/* ---- tests ---- */

START_TEST(one_connection_serves_many_requests)
{
	int fd = dial();

	asks(fd, "GET /v1/ping", "", "HTTP/1.1 200 OK\r\n",
	    "\"hostname\":\"mail.example\"");
	asks(fd, "POST /v1/users",
	    "{\"address\":\"bob\",\"password\":\"x\"}", "HTTP/1.1 201 ",
	    "bob@one.example");
	asks(fd, "GET /v1/users?unknown=1", "", "HTTP/1.1 200 OK\r\n",
	    "\"users\":[{");
	asks(fd, "PUT /v1/users/bob%40one.example/password",
	    "{\"password\":\"y\"}", "HTTP/1.1 204 ", "\r\n\r\n");
	ck_assert_str_eq(h.auth.password[0], "y");
	asks(fd, "PATCH /v1/users", "", "HTTP/1.1 405 ",
	    "method_not_allowed");
	asks(fd, "DELETE /v1/nothing", "", "HTTP/1.1 404 ",
	    "Content-Type: application/problem+json\r\n");
	close(fd);
}
END_TEST

START_TEST(large_requests_are_refused)
{
	struct buf b = { 0 }, in = { 0 };
	int fd = dial();

	buf_init(&b, CTL_BODY_MAX * 2);
	buf_addf(&b, "POST /v1/users HTTP/1.1\r\nContent-Length: %zu\r\n\r\n",
	    CTL_BODY_MAX + 1);
	for (size_t i = 0; i < CTL_BODY_MAX + 1; i++)
		buf_addc(&b, ' ');
	say(fd, b.data, b.len);
	hear(fd, &in, "\r\n\r\n");
	ck_assert_int_eq(strncmp(buf_span(&in).p, "HTTP/1.1 413 ", 13), 0);
	close(fd);

	buf_clear(&b);
	buf_clear(&in);
	fd = dial();
	buf_adds(&b, "GET /v1/users HTTP/1.1\r\nX: ");
	for (size_t i = 0; i < 20000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\r\n\r\n");
	say(fd, b.data, b.len);
	hear(fd, &in, "\r\n\r\n");
	ck_assert_ptr_null(strstr(buf_span(&in).p, " 200 "));
	close(fd);

	/* and it goes on with others */
	fd = dial();
	asks(fd, "GET /v1/ping", "", "HTTP/1.1 200 OK\r\n", "hostname");
	close(fd);
	buf_free(&b);
	buf_free(&in);
}
END_TEST

static void
begin_deferred(int fd)
{
	static const char request[] =
	    "POST /v1/users HTTP/1.1\r\nContent-Length: 34\r\n\r\n"
	    "{\"address\":\"bob\",\"password\":\"xyz\"}";

	h.auth.deferred = true;
	say(fd, request, strlen(request));
	while (h.auth.done == NULL)
		event_base_loop(base, EVLOOP_NONBLOCK);
	h.auth.deferred = false;
}

START_TEST(client_leaves_before_the_answer)
{
	int fd = dial();

	begin_deferred(fd);
	close(fd);
	for (int i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	fake_auth_answer(&h.auth);
	fd = dial();
	while (fake_find(&h.auth, SPAN_LIT("bob@one.example")) < 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
	asks(fd, "GET /v1/ping", "", "HTTP/1.1 200 OK\r\n", "hostname");
	close(fd);
}
END_TEST

START_TEST(server_ends_before_the_answer)
{
	int fd = dial();

	begin_deferred(fd);
	ctl_free(ctl);
	ctl = NULL;
	h.auth.fails = true;
	h.auth.status = AUTH_CLIENT_FAILED;
	fake_auth_answer(&h.auth);
	close(fd);
}
END_TEST

/* What somebody else gets, as an exit status: 0 is a refusal. */
static int
ask_as_nobody(void)
{
	static const char request[] = "GET /v1/ping HTTP/1.1\r\n\r\n";
	char answer[64] = "";
	int fd;

	if (setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
	    setuid(65534) != 0)
		return 2;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return 3;
	if (write(fd, request, strlen(request)) != (ssize_t)strlen(request) ||
	    read(fd, answer, sizeof(answer) - 1) < 0)
		return 4;
	return strncmp(answer, "HTTP/1.1 403 ", 13) == 0 ? 0 : 1;
}

START_TEST(others_are_refused)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		return; /* nobody else can be */
	pid = fork();
	if (pid == 0)
		_exit(ask_as_nobody());
	while (waitpid(pid, &status, WNOHANG) == 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* ---- connections that become sessions ---- */

#define UPGRADE "Connection: Upgrade\r\nUpgrade: IMAP\r\n\r\n"

static struct {
	enum ctl_session_answer answer;
	unsigned begun;
	int fd;
	uid_t uid;
	struct buf said; /* the user's name, and what came along */
} session;

static enum ctl_session_answer
on_session(void *arg, const struct ctl_session *s)
{
	ck_assert_ptr_eq(arg, &session);
	session.begun++;
	session.uid = s->uid;
	buf_clear(&session.said);
	buf_addf(&session.said, "%s %.*s", s->user, (int)s->input.n,
	    s->input.p);
	if (session.answer != CTL_SESSION_TAKEN)
		return session.answer;
	session.fd = s->fd;
	ck_assert_int_eq(write(s->fd, s->answer.p, s->answer.n),
	    (ssize_t)s->answer.n);
	return CTL_SESSION_TAKEN;
}

static int
dial_as_bob(void)
{
	int fd = dial();

	session.answer = CTL_SESSION_TAKEN;
	session.begun = 0;
	session.fd = -1;
	ctl_on_session(ctl, on_session, &session);
	asks(fd, "POST /v1/users",
	    "{\"address\":\"bob\",\"password\":\"x\"}", "HTTP/1.1 201 ",
	    "bob@one.example");
	return fd;
}

START_TEST(a_connection_becomes_a_session)
{
	int fd = dial_as_bob(), other = dial();
	struct buf in = { 0 };

	answers(fd, "GET /v1/users/bob/imap HTTP/1.1\r\n" UPGRADE "a NOOP",
	    "HTTP/1.1 101 Switching Protocols\r\n", "\r\n\r\n");
	ck_assert_str_eq(session.said.data, "bob@one.example a NOOP");
	ck_assert_uint_eq(session.uid, getuid());

	/* HTTP has nothing to do with it any more, whatever comes. */
	say(fd, "GET /v1/ping HTTP/1.1\r\n\r\n", 25);
	asks(other, "GET /v1/ping", "", "HTTP/1.1 200 OK\r\n", "hostname");
	ck_assert_int_eq(write(session.fd, "* BYE x", 7), 7);
	hear(fd, &in, "BYE x");
	ck_assert_str_eq(in.data, "* BYE x");
	ctl_free(ctl);
	ctl = NULL;
	ck_assert_int_eq(write(session.fd, "still", 5), 5);
	hear(fd, &in, "still");
	close(session.fd);
	close(fd);
	close(other);
	buf_free(&in);
	buf_free(&session.said);
}
END_TEST

static const struct {
	const char *request;
	enum ctl_session_answer answer;
	const char *head, *body;
	unsigned begun;
} no_sessions[] = {
	{ "GET /v1/users/bob/imap HTTP/1.1\r\n\r\n", CTL_SESSION_TAKEN,
	    "HTTP/1.1 426 ", "upgrade_required", 0 },
	{ "GET /v1/users/bob/imap HTTP/1.1\r\nUpgrade: smtp\r\n\r\n",
	    CTL_SESSION_TAKEN, "HTTP/1.1 426 ", "Upgrade: imap\r\n", 0 },
	{ "POST /v1/users/bob/imap HTTP/1.1\r\nContent-Length: 0\r\n" UPGRADE,
	    CTL_SESSION_TAKEN, "HTTP/1.1 405 ", "method_not_allowed", 0 },
	{ "GET /v1/users/eve/imap HTTP/1.1\r\n" UPGRADE, CTL_SESSION_TAKEN,
	    "HTTP/1.1 404 ", "no_such_user", 0 },
	{ "GET /v1/users/bob/imap HTTP/1.1\r\n" UPGRADE, CTL_SESSION_LIMIT,
	    "HTTP/1.1 409 ", "too_many_sessions", 1 },
	{ "GET /v1/users/bob/imap HTTP/1.1\r\n" UPGRADE, CTL_SESSION_FAILED,
	    "HTTP/1.1 503 ", "unavailable", 1 },
};

START_TEST(no_session_is_an_answer_like_others)
{
	int fd = dial_as_bob();

	session.answer = no_sessions[_i].answer;
	answers(fd, no_sessions[_i].request, no_sessions[_i].head,
	    no_sessions[_i].body);
	ck_assert_uint_eq(session.begun, no_sessions[_i].begun);
	close(fd);
	buf_free(&session.said);
}
END_TEST

START_TEST(nobody_acts_as_who_is_disabled)
{
	int fd = dial_as_bob();

	asks(fd, "PUT /v1/users/bob/disabled", "{\"disabled\":true}",
	    "HTTP/1.1 204 ", "\r\n\r\n");
	answers(fd, "GET /v1/users/bob/imap HTTP/1.1\r\n" UPGRADE,
	    "HTTP/1.1 409 ", "user_disabled");
	asks(fd, "PUT /v1/users/bob/disabled", "{\"disabled\":false}",
	    "HTTP/1.1 204 ", "\r\n\r\n");
	asks(fd, "DELETE /v1/users/bob", "", "HTTP/1.1 204 ", "\r\n\r\n");
	answers(fd, "GET /v1/users/bob/imap HTTP/1.1\r\n" UPGRADE,
	    "HTTP/1.1 404 ", "no_such_user");
	ck_assert_uint_eq(session.begun, 0);
	close(fd);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_connection_serves_many_requests);
	tcase_add_test(tc, large_requests_are_refused);
	tcase_add_test(tc, client_leaves_before_the_answer);
	tcase_add_test(tc, server_ends_before_the_answer);
	tcase_add_test(tc, others_are_refused);
	tcase_add_test(tc, a_connection_becomes_a_session);
	tcase_add_loop_test(tc, no_session_is_an_answer_like_others, 0,
	    sizeof(no_sessions) / sizeof(no_sessions[0]));
	tcase_add_test(tc, nobody_acts_as_who_is_disabled);
}

int
main(void)
{
	return check_run("ctl_http", add);
}
