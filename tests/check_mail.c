/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <event2/event.h>
#include <event2/thread.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "conf.h"
#include "roles_process.h"

#include "check.h"

/*
 * The mail role with its own store, and with the test as its master, its auth
 * and a front that lies.
 */
static char dir[] = "/tmp/check_mail.XXXXXX";
static struct role_process process;
static struct role_channel *master, *auth, *front;
static bool done; /* it has stopped */

/* What they have heard last. */
static unsigned answers, added;
static enum role_answer answer;
static bool added_ok, auth_is_busy;

static const struct role_ticket ticket = { "0123456789abcde" };

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct role_msg reply = { .type = ROLE_USER_ANSWER };

	(void)arg;
	(void)fd;
	switch (m->type) {
	case ROLE_SESSION_ANSWER:
		answer = m->session_answer.answer;
		answers++;
		break;
	case ROLE_USER_ADDED:
		added++;
		added_ok = m->user_added.ok;
		break;
	case ROLE_SET_PASSWORD:
		reply.user_answer.request = m->set_password.request;
		if (!auth_is_busy)
			role_send(ch, &reply, -1);
		break;
	case ROLE_DELETE_USER:
		reply.user_answer.request = m->delete_user.request;
		role_send(ch, &reply, -1);
		break;
	default:
		ck_abort_msg("%s", role_msg_name(m->type));
	}
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	(void)arg;
	(void)ch;
}

/* The test's end; *other is mail's. */
static struct role_channel *
channel_of(enum role role, int *other)
{
	struct role_channel_end end = { .self = role, .other = ROLE_MAIL,
		.message = on_message, .closed = on_closed };
	int fd[2];

	ck_assert_int_eq(role_channel_pair(fd), 0);
	*other = fd[0];
	return role_channel_new(process.base, fd[1], &end);
}

static void
turn(void)
{
	event_base_loop(process.base, EVLOOP_ONCE);
}

static void
add_user(const char *user)
{
	struct role_msg m = { .type = ROLE_ADD_USER };
	unsigned before = added;

	m.add_user.user = span_str(user);
	m.add_user.password = SPAN_LIT("secret");
	mail_ops.message(&process, &m);
	while (added == before)
		turn();
	ck_assert(added_ok);
}

static void
setup(void)
{
	struct role_channel_end end = { .self = ROLE_MAIL,
		.other = ROLE_MASTER, .message = on_message,
		.closed = on_closed };
	struct buf text = { 0 }, why = { 0 };
	char path[64];
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/mail", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	buf_addf(&text, "hostname mail.example.org\ndomain example.org\n"
			"state_dir %s\nworkers 2\n"
			"listen lmtp unix:%s/lmtp\n"
			"limits { connections_per_user 2; free_reserve 0 }\n",
	    dir, dir);
	process.conf = conf_parse_text(buf_span(&text), "test", NULL, 0, &why);
	ck_assert_msg(process.conf != NULL, "%s", why.data);
	evthread_use_pthreads();
	process.base = event_base_new();
	master = channel_of(ROLE_MASTER, &fd);
	process.master = role_channel_new(process.base, fd, &end);
	process.state = mail_ops.start(&process, &why);
	ck_assert_msg(process.state != NULL, "%s", why.data);
	auth = channel_of(ROLE_AUTH, &fd);
	mail_ops.peer(&process, ROLE_AUTH, 0, fd);
	front = channel_of(ROLE_FRONT, &fd);
	mail_ops.peer(&process, ROLE_FRONT, 0, fd);
	add_user("bob@example.org");
	buf_free(&text);
	buf_free(&why);
}

static void
stop(void)
{
	mail_ops.stop(&process);
	event_base_dispatch(process.base); /* until role_process_end() */
	done = true;
}

static void
teardown(void)
{
	struct buf rm = { 0 };

	if (!done)
		stop();
	mail_ops.end(&process);
	role_channel_free(master);
	role_channel_free(auth);
	role_channel_free(front);
	role_channel_free(process.master);
	event_base_free(process.base);
	conf_free((struct conf *)(uintptr_t)process.conf);
	buf_addf(&rm, "rm -r %s", dir);
	ck_assert_int_eq(system(rm.data), 0);
	buf_free(&rm);
}

static void
give_ticket(const struct role_ticket *t, enum role_scope scope,
    const char *user)
{
	struct role_msg m = { .type = ROLE_TICKET };

	m.ticket.ticket = *t;
	m.ticket.scope = scope;
	m.ticket.user = span_str(user);
	ck_assert_int_eq(role_send(auth, &m, -1), 0);
}

/* Show a ticket with a connection; returns the client's end of it. */
static int
show(const struct role_ticket *t, enum role_scope scope, const char *input)
{
	struct role_msg m = { .type = ROLE_SESSION };
	unsigned before = answers;
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	m.session.ticket = *t;
	m.session.connection = 1;
	m.session.scope = scope;
	m.session.peer = SPAN_LIT("192.0.2.1");
	m.session.local = SPAN_LIT("993");
	m.session.tag = SPAN_LIT("a1");
	m.session.input = span_str(input);
	ck_assert_int_eq(role_send(front, &m, fd[0]), 0);
	close(fd[0]);
	while (answers == before)
		turn();
	return fd[1];
}

static void
expect_line(int fd, const char *start)
{
	char line[4096];
	size_t n = 0;

	while (n < sizeof(line) && read(fd, &line[n], 1) == 1 &&
	    line[n++] != '\n')
		;
	ck_assert_msg(n > strlen(start) &&
		strncmp(line, start, strlen(start)) == 0,
	    "\"%.*s\", not \"%s\"", (int)n, line, start);
}

static void
expect_end(int fd)
{
	char c;

	ck_assert_int_eq(read(fd, &c, 1), 0);
	close(fd);
}

START_TEST(a_ticket_makes_a_session)
{
	int fd;

	give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
	fd = show(&ticket, ROLE_SCOPE_IMAP, "a2 NOOP\r\na3 LOG");
	ck_assert_int_eq(answer, ROLE_SESSION_TAKEN);
	expect_line(fd, "a1 OK ");
	expect_line(fd, "a2 OK ");
	ck_assert_int_eq(write(fd, "OUT\r\n", 5), 5);
	expect_line(fd, "* BYE ");
	expect_line(fd, "a3 OK ");
	expect_end(fd);
}
END_TEST

static void
expect_refused(const struct role_ticket *t, enum role_scope scope,
    enum role_answer want)
{
	int fd = show(t, scope, "a2 NOOP\r\n");

	ck_assert_int_eq(answer, want);
	expect_end(fd);
}

START_TEST(front_gets_nothing_without_a_ticket)
{
	static const struct role_ticket none, other = { "0123456789abcdf" };

	expect_refused(&none, ROLE_SCOPE_IMAP, ROLE_SESSION_NO_TICKET);
	give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
	expect_refused(&other, ROLE_SCOPE_IMAP, ROLE_SESSION_NO_TICKET);
	/* Of another scope: and then it is used up. */
	expect_refused(&ticket, ROLE_SCOPE_SUBMISSION, ROLE_SESSION_NO_TICKET);
	expect_refused(&ticket, ROLE_SCOPE_IMAP, ROLE_SESSION_NO_TICKET);
	/* Used. */
	give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
	close(show(&ticket, ROLE_SCOPE_IMAP, ""));
	ck_assert_int_eq(answer, ROLE_SESSION_TAKEN);
	expect_refused(&ticket, ROLE_SCOPE_IMAP, ROLE_SESSION_NO_TICKET);
}
END_TEST

START_TEST(a_user_without_mail_is_refused)
{
	give_ticket(&ticket, ROLE_SCOPE_IMAP, "eve@example.org");
	expect_refused(&ticket, ROLE_SCOPE_IMAP, ROLE_SESSION_FAILED);
}
END_TEST

START_TEST(what_is_no_connection_is_refused)
{
	struct role_msg m = { .type = ROLE_SESSION };
	int fd = open("/dev/null", O_RDWR);
	unsigned before = answers;

	give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
	m.session.ticket = ticket;
	ck_assert_int_eq(role_send(front, &m, fd), 0);
	close(fd);
	while (answers == before)
		turn();
	ck_assert_int_eq(answer, ROLE_SESSION_FAILED);
}
END_TEST

START_TEST(sessions_of_a_user_are_limited)
{
	int fd[2];

	for (int i = 0; i < 2; i++) {
		give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
		fd[i] = show(&ticket, ROLE_SCOPE_IMAP, "");
		ck_assert_int_eq(answer, ROLE_SESSION_TAKEN);
	}
	give_ticket(&ticket, ROLE_SCOPE_SUBMISSION, "bob@example.org");
	expect_refused(&ticket, ROLE_SCOPE_SUBMISSION, ROLE_SESSION_LIMIT);
	/* One that ends makes room. */
	ck_assert_int_eq(write(fd[0], "x LOGOUT\r\n", 10), 10);
	expect_line(fd[0], "a1 OK ");
	expect_line(fd[0], "* BYE ");
	expect_line(fd[0], "x OK ");
	expect_end(fd[0]);
	do {
		give_ticket(&ticket, ROLE_SCOPE_SUBMISSION, "bob@example.org");
		fd[0] = show(&ticket, ROLE_SCOPE_SUBMISSION, "QUIT\r\n");
		if (answer != ROLE_SESSION_TAKEN)
			close(fd[0]);
	} while (answer == ROLE_SESSION_LIMIT);
	expect_line(fd[0], "235 ");
	expect_line(fd[0], "221 ");
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(a_stop_says_goodbye)
{
	int fd;

	give_ticket(&ticket, ROLE_SCOPE_IMAP, "bob@example.org");
	fd = show(&ticket, ROLE_SCOPE_IMAP, "");
	expect_line(fd, "a1 OK ");
	stop();
	expect_line(fd, "* BYE ");
	expect_end(fd);
}
END_TEST

START_TEST(users_fail_when_auth_goes_away)
{
	struct role_msg m = { .type = ROLE_ADD_USER };

	auth_is_busy = true;
	m.add_user.user = SPAN_LIT("eve@example.org");
	m.add_user.password = SPAN_LIT("secret");
	mail_ops.message(&process, &m);
	turn();
	role_channel_free(auth);
	auth = NULL;
	while (added == 1)
		turn();
	ck_assert(!added_ok);
}
END_TEST

START_TEST(lmtp_is_spoken_to_whoever_connects)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), client;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/lmtp", dir);
	ck_assert_int_eq(bind(fd, (void *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	mail_ops.listener(&process, &process.conf->listen[0], fd);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(client, (void *)&sun, sizeof(sun)), 0);
	turn();
	expect_line(client, "220 ");
	ck_assert_int_eq(write(client, "QUIT\r\n", 6), 6);
	expect_line(client, "221 ");
	expect_end(client);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_ticket_makes_a_session);
	tcase_add_test(tc, front_gets_nothing_without_a_ticket);
	tcase_add_test(tc, a_user_without_mail_is_refused);
	tcase_add_test(tc, what_is_no_connection_is_refused);
	tcase_add_test(tc, sessions_of_a_user_are_limited);
	tcase_add_test(tc, a_stop_says_goodbye);
	tcase_add_test(tc, users_fail_when_auth_goes_away);
	tcase_add_test(tc, lmtp_is_spoken_to_whoever_connects);
}

int
main(void)
{
	return check_run("mail", add);
}
