/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <event2/event.h>

#include <fcntl.h>
#include <unistd.h>

#include "roles_channel.h"

#include "check.h"

#define ID "0123456789abcdef"

/* Sentences as they go over the wire. */
static const struct {
	const char *name;
	enum role from, to;
	struct span wire;
	int ret;
} sentences[] = {
	{ "stop", ROLE_MASTER, ROLE_MAIL, SPAN_LIT("\5"), 0 },
	{ "nothing", ROLE_MASTER, ROLE_MAIL, SPAN_LIT(""), -1 },
	{ "no such type", ROLE_MASTER, ROLE_MAIL, SPAN_LIT("\x7f"), -1 },
	{ "a byte too many", ROLE_MASTER, ROLE_MAIL, SPAN_LIT("\5x"), -1 },
	{ "stop, but who says so", ROLE_FRONT, ROLE_MAIL, SPAN_LIT("\5"), -1 },
	{ "ready, to a peer", ROLE_FRONT, ROLE_MAIL, SPAN_LIT("\7"), -1 },
	{ "hello", ROLE_MASTER, ROLE_FRONT,
	    SPAN_LIT("\1\0\0\0\1\0\0\0\0\0\0\0\2"), 0 },
	{ "hello, cut", ROLE_MASTER, ROLE_FRONT,
	    SPAN_LIT("\1\0\0\0\1\0\0\0\0\0\0\0"), -1 },
	{ "a ticket", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\1\0\0\0\3bob"), 0 },
	{ "a ticket that front makes up", ROLE_FRONT, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\1\0\0\0\3bob"), -1 },
	{ "a ticket of no scope", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\2\0\0\0\3bob"), -1 },
	{ "a user with a line feed", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\1\0\0\0\3b\nb"), -1 },
	{ "a length beyond the end", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\1\0\0\0\4bob"), -1 },
	{ "a length beyond all", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\xc" ID "\1\xff\xff\xff\xff" "bob"), -1 },
	{ "a truth of 2", ROLE_FRONT, ROLE_MASTER,
	    SPAN_LIT("\x9\2\0\0\0\0"), -1 },
	{ "a message for rspamd, from front", ROLE_FRONT, ROLE_OUTBOUND,
	    SPAN_LIT("\x1e\0\0\0\1\0\0\0\1p\0\0\0\1h\0\0\0\0\0\0\0\1i"
		     "\0\0\0\2r\0\0\0\0\0\0\0\0\7"), -1 },
	{ "a message for rspamd", ROLE_MAIL, ROLE_OUTBOUND,
	    SPAN_LIT("\x1e\0\0\0\1\0\0\0\1p\0\0\0\1h\0\0\0\0\0\0\0\1i"
		     "\0\0\0\2r\0\0\0\0\0\0\0\0\7"), 0 },
	{ "… and a line feed in its name", ROLE_MAIL, ROLE_OUTBOUND,
	    SPAN_LIT("\x1e\0\0\0\1\0\0\0\1p\0\0\0\1\n\0\0\0\0\0\0\0\1i"
		     "\0\0\0\2r\0\0\0\0\0\0\0\0\7"), -1 },
	{ "what it says", ROLE_OUTBOUND, ROLE_MAIL,
	    SPAN_LIT("\x1f\0\0\0\1\0\0\0\2{}"), 0 },
	{ "a policy", ROLE_OUTBOUND, ROLE_MAIL,
	    SPAN_LIT("\x21\0\0\0\1d\0\0\0\1i\0\0\0\7\0\0\0\2x\n"), 0 },
	{ "a policy that was kept", ROLE_MAIL, ROLE_OUTBOUND,
	    SPAN_LIT("\x21\0\0\0\1d\0\0\0\1i\0\0\0\7\0\0\0\2x\n"), 0 },
	{ "a policy, from front", ROLE_FRONT, ROLE_MAIL,
	    SPAN_LIT("\x21\0\0\0\1d\0\0\0\1i\0\0\0\7\0\0\0\2x\n"), -1 },
	{ "a policy with too long an id", ROLE_OUTBOUND, ROLE_MAIL,
	    SPAN_LIT("\x21\0\0\0\1d\0\0\0\x21" ID ID "i"
		     "\0\0\0\7\0\0\0\2x\n"), -1 },
	{ "a client to look up", ROLE_MAIL, ROLE_OUTBOUND,
	    SPAN_LIT("\x20\0\0\0\1\0\0\0\1p"), 0 },
	{ "… and who may not", ROLE_AUTH, ROLE_OUTBOUND,
	    SPAN_LIT("\x20\0\0\0\1\0\0\0\1p"), -1 },
	{ "what auth says of it", ROLE_AUTH, ROLE_MAIL,
	    SPAN_LIT("\x1f\0\0\0\1\0\0\0\2{}"), -1 },
	{ "a password may hold anything", ROLE_MASTER, ROLE_MAIL,
	    SPAN_LIT("\6\0\0\0\1\0\0\0\1u\0\0\0\3\0\r\n"), 0 },
};

START_TEST(sentences_are_checked)
{
	char out[ROLE_MSG_MAX];
	struct role_msg m;
	struct span w = sentences[_i].wire;

	ck_assert_msg(role_msg_parse(w, sentences[_i].from, sentences[_i].to,
			  &m) == sentences[_i].ret, "%s", sentences[_i].name);
	if (sentences[_i].ret < 0)
		return;
	ck_assert_int_eq(role_msg_format(out, &m), (ssize_t)w.n);
	ck_assert_mem_eq(out, w.p, w.n);
	for (size_t n = 0; n < w.n; n++)
		ck_assert_int_eq(role_msg_parse(span_of(w.p, n),
				     sentences[_i].from, sentences[_i].to, &m),
		    -1);
}
END_TEST

START_TEST(fields_over_their_limit_are_not_sent)
{
	static char big[ROLE_SECRET_MAX + 1];
	char out[ROLE_MSG_MAX];
	struct role_msg m = { .type = ROLE_LOGIN };

	m.login.password = span_of(big, ROLE_SECRET_MAX);
	m.login.authcid = m.login.authzid = m.login.password;
	ck_assert_int_gt(role_msg_format(out, &m), 0);
	m.login.password.n++;
	ck_assert_int_eq(role_msg_format(out, &m), -1);
	m.login.password.n = 0;
	m.login.peer = SPAN_LIT("\x1b[31m");
	ck_assert_int_eq(role_msg_format(out, &m), -1);
}
END_TEST

START_TEST(the_largest_session_fits)
{
	static char input[ROLE_INPUT_MAX], text[ROLE_HELO_MAX];
	char out[ROLE_MSG_MAX];
	struct role_msg m = { .type = ROLE_SESSION }, got;
	ssize_t n;

	memset(text, 'x', sizeof(text));
	m.session.input = span_of(input, sizeof(input));
	m.session.peer = span_of(text, ROLE_PEER_MAX);
	m.session.local = span_of(text, ROLE_LOCAL_MAX);
	m.session.tls = span_of(text, ROLE_TLS_MAX);
	m.session.helo = span_of(text, ROLE_HELO_MAX);
	m.session.tag = span_of(text, ROLE_TAG_MAX);
	n = role_msg_format(out, &m);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(role_msg_parse(span_of(out, (size_t)n), ROLE_FRONT,
			     ROLE_MAIL, &got), 0);
	ck_assert_uint_eq(got.session.input.n, ROLE_INPUT_MAX);
}
END_TEST

START_TEST(a_connection_goes_back_to_front)
{
	static char input[ROLE_INPUT_MAX];
	char out[ROLE_MSG_MAX];
	struct role_msg m = { .type = ROLE_SESSION_BACK }, got;
	struct span wire;

	m.session_back.connection = 7;
	m.session_back.tls = true;
	m.session_back.peer = SPAN_LIT("192.0.2.1");
	m.session_back.local = SPAN_LIT("imap:143");
	m.session_back.helo = SPAN_LIT("Acme");
	m.session_back.input = span_of(input, sizeof(input));
	wire = span_of(out, (size_t)role_msg_format(out, &m));
	ck_assert_int_eq(role_msg_parse(wire, ROLE_MAIL, ROLE_FRONT, &got), 0);
	ck_assert_uint_eq(got.session_back.connection, 7);
	ck_assert(got.session_back.tls);
	ck_assert(span_eq(got.session_back.local, SPAN_LIT("imap:143")));
	ck_assert(span_eq(got.session_back.helo, SPAN_LIT("Acme")));
	ck_assert_uint_eq(got.session_back.input.n, ROLE_INPUT_MAX);
	ck_assert(role_msg_has_fd(ROLE_SESSION_BACK));
	/* Nobody else may say so, not even another front. */
	ck_assert_int_eq(role_msg_parse(wire, ROLE_AUTH, ROLE_FRONT, &got), -1);
	ck_assert_int_eq(role_msg_parse(wire, ROLE_FRONT, ROLE_FRONT, &got),
	    -1);
	ck_assert_int_eq(role_msg_parse(wire, ROLE_FRONT, ROLE_MAIL, &got), -1);
}
END_TEST

/* Two roles on one loop. */
static struct event_base *base;
static struct role_channel *front, *mail;
static int raw; /* mail's end, where the test speaks for it */
static unsigned messages, closed;
static uint64_t last_connection;
static int last_fd = -1;
static bool free_in_callback;

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	(void)arg;
	messages++;
	last_fd = fd;
	if (m->type == ROLE_SESSION)
		last_connection = m->session.connection;
	if (m->type == ROLE_SESSION_ANSWER)
		last_connection = m->session_answer.connection;
	if (free_in_callback) {
		role_channel_free(ch);
		mail = NULL;
	}
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	(void)arg;
	(void)ch;
	closed++;
}

static const struct role_channel_end front_end = { .self = ROLE_FRONT,
	.other = ROLE_MAIL, .message = on_message, .closed = on_closed };
static const struct role_channel_end mail_end = { .self = ROLE_MAIL,
	.other = ROLE_FRONT, .message = on_message, .closed = on_closed };

static void
setup(void)
{
	int fd[2];

	base = event_base_new();
	ck_assert_int_eq(role_channel_pair(fd), 0);
	front = role_channel_new(base, fd[0], &front_end);
	raw = fd[1];
}

static void
setup_both(void)
{
	setup();
	mail = role_channel_new(base, raw, &mail_end);
	raw = -1;
}

static void
teardown(void)
{
	role_channel_free(front);
	role_channel_free(mail);
	if (raw >= 0)
		close(raw);
	event_base_free(base);
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static int
send_session(uint64_t connection, size_t input, int fd)
{
	static char bytes[ROLE_INPUT_MAX];
	struct role_msg m = { .type = ROLE_SESSION };

	m.session.connection = connection;
	m.session.input = span_of(bytes, input);
	return role_send(front, &m, fd);
}

START_TEST(a_descriptor_comes_along)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(send_session(7, 10, p[1]), 0);
	close(p[1]);
	turn();
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(last_connection, 7);
	ck_assert_int_ge(last_fd, 0);
	ck_assert(fcntl(last_fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(write(last_fd, "x", 1), 1);
	close(last_fd);
	close(p[0]);
}
END_TEST

START_TEST(a_full_queue_says_so_and_drains_in_order)
{
	unsigned sent = 0;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	while (send_session(sent + 1, ROLE_INPUT_MAX, p[0]) == 0)
		sent++;
	ck_assert_uint_ge(sent, ROLE_QUEUE_MAX / ROLE_MSG_MAX);
	ck_assert_uint_lt(sent, 200);
	ck_assert(!role_channel_has_room(front));
	close(p[0]);
	for (unsigned seen = 0; messages < sent;) {
		turn();
		ck_assert_uint_ge(messages, seen);
		if (messages > seen) {
			ck_assert_uint_eq(last_connection, messages);
			close(last_fd);
		}
		seen = messages;
	}
	ck_assert(role_channel_has_room(front));
	close(p[1]);
}
END_TEST

START_TEST(the_other_side_going_is_told_once)
{
	close(raw);
	raw = -1;
	for (int i = 0; i < 3; i++)
		turn();
	ck_assert_uint_eq(closed, 1);
	ck_assert_int_eq(send_session(1, 0, 0), -1);
}
END_TEST

START_TEST(a_wrong_sentence_closes)
{
	ck_assert_int_eq(write(raw, "\5", 1), 1); /* STOP, from mail */
	ck_assert_int_eq(write(raw, "\x0f\0\0\0\0\0\0\0\1\0", 10), 10);
	turn();
	ck_assert_uint_eq(messages, 0);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(a_message_over_the_maximum_closes)
{
	char *big = xcalloc(1, ROLE_MSG_MAX + 1);

	ck_assert_int_eq(write(raw, big, ROLE_MSG_MAX + 1),
	    (ssize_t)ROLE_MSG_MAX + 1);
	free(big);
	turn();
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(a_descriptor_nobody_asked_for_closes)
{
	struct iovec iov = { (char[]){ "\x0f\0\0\0\0\0\0\0\1\0" }, 10 };
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} c = { .h = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		    .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = c.space, .msg_controllen = sizeof(c.space) };

	ck_assert_int_eq(write(raw, "\x0f\0\0\0\0\0\0\0\1\0", 10), 10);
	turn();
	ck_assert_uint_eq(messages, 1); /* without one it is fine */
	ck_assert_int_eq(sendmsg(raw, &msg, 0), 10);
	turn();
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(a_channel_may_be_freed_in_its_callback)
{
	free_in_callback = true;
	send_session(1, 0, 0);
	send_session(2, 0, 0);
	turn();
	close(last_fd);
	ck_assert_uint_eq(messages, 1);
	turn();
	ck_assert_uint_eq(closed, 1); /* front's end sees it */
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, sentences_are_checked, 0,
	    sizeof(sentences) / sizeof(sentences[0]));
	tcase_add_test(tc, fields_over_their_limit_are_not_sent);
	tcase_add_test(tc, the_largest_session_fits);
	tcase_add_test(tc, a_connection_goes_back_to_front);
}

static void
add_raw(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_other_side_going_is_told_once);
	tcase_add_test(tc, a_wrong_sentence_closes);
	tcase_add_test(tc, a_message_over_the_maximum_closes);
	tcase_add_test(tc, a_descriptor_nobody_asked_for_closes);
}

static void
add_both(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup_both, teardown);
	tcase_add_test(tc, a_descriptor_comes_along);
	tcase_add_test(tc, a_full_queue_says_so_and_drains_in_order);
	tcase_add_test(tc, a_channel_may_be_freed_in_its_callback);
}

int
main(void)
{
	int a = check_run("roles", add);
	int b = check_run("roles, one end", add_raw);
	int c = check_run("roles, both ends", add_both);

	return a != 0 ? a : b != 0 ? b : c;
}
