/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <unistd.h>

#include "session_io.h"

#include "check.h"

/* A worker, one session on it, and the peer's end of the connection. */
static struct worker worker;
static struct session *session;
static struct bufferevent *peer;
static bool peer_eof;

/* What the protocol under test did. */
static int ends, gone;
static enum session_end end_why;
static size_t produced, longest_input, most_output;

static void *
proto_start(struct session *s, const struct session_start *start)
{
	session_printf(s, "hello %s\n", start->user);
	return s;
}

static void
proto_end(struct session *s, void *state, enum session_end why)
{
	ck_assert_ptr_eq(s, state);
	ends++;
	end_why = why;
	session_printf(s, "bye\n");
}

/* Answers "e…\n" lines with the same, ends at "q\n" or end of file. */
static void
echo_run(struct session *s, void *state)
{
	struct span in, line;

	(void)state;
	while (in = session_input(s), memchr(in.p ? in.p : "", '\n', in.n)) {
		size_t had = in.n;

		span_split(&in, '\n', &line);
		if (span_eq(line, SPAN_LIT("q"))) {
			session_close(s);
			return;
		}
		session_write(s, line);
		session_printf(s, "\n");
		session_take(s, had - in.n);
	}
	if (session_eof(s))
		session_close(s);
}

/* Looks at its input and takes nothing. */
static void
lazy_run(struct session *s, void *state)
{
	(void)state;
	produced++;
	if (session_input(s).n > longest_input)
		longest_input = session_input(s).n;
}

/* Says 4 MB, as far as there is room each time. */
static void
talk_run(struct session *s, void *state)
{
	static const char block[1024];

	(void)state;
	while (produced < 4096 && session_room(s) >= sizeof(block)) {
		session_write(s, span_of(block, sizeof(block)));
		produced++;
		if (SESSION_OUTPUT_MAX - session_room(s) > most_output)
			most_output = SESSION_OUTPUT_MAX - session_room(s);
	}
	if (produced == 4096)
		session_close(s);
}

/* Takes one byte a turn. */
static void
slow_run(struct session *s, void *state)
{
	(void)state;
	if (session_input(s).n == 0)
		return;
	session_take(s, 1);
	produced++;
	session_wake(s);
}

static const struct session_proto echo = { "echo", proto_start, echo_run,
	proto_end };
static const struct session_proto lazy = { "lazy", proto_start, lazy_run,
	proto_end };
static const struct session_proto talk = { "talk", proto_start, talk_run,
	proto_end };
static const struct session_proto slow = { "slow", proto_start, slow_run,
	proto_end };

static void
on_peer_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		peer_eof = true;
}

static void
on_gone(void *arg, const struct session_start *start)
{
	(void)arg;
	ck_assert_int_eq(ends, gone + 1);
	ck_assert(start->user != NULL);
	gone++;
}

static struct session *
session_on(struct bufferevent *bev, const struct session_proto *proto,
    const char *user)
{
	struct session_start start = { .id = 1, .peer = "192.0.2.1",
		.local = "993", .tls = "", .user = user, .helo = "",
		.tag = "a" };

	return session_new(&worker, bev, proto, &start);
}

static void
setup(void)
{
	worker.base = event_base_new();
	worker.sessions = session_list_new();
	session_list_watch(worker.sessions, on_gone, NULL);
}

static void
teardown(void)
{
	session_list_free(worker.sessions);
	if (peer != NULL)
		bufferevent_free(peer);
	event_base_free(worker.base);
}

static void
open_pair(const struct session_proto *proto)
{
	struct bufferevent *pair[2];

	ck_assert_int_eq(bufferevent_pair_new(worker.base, 0, pair), 0);
	peer = pair[1];
	bufferevent_setcb(peer, NULL, NULL, on_peer_event, NULL);
	bufferevent_enable(peer, EV_READ | EV_WRITE);
	session = session_on(pair[0], proto, "bob@example.org");
}

static void
say(const char *s)
{
	bufferevent_write(peer, s, strlen(s));
}

static void
turn(int times)
{
	while (times-- > 0)
		event_base_loop(worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static struct span
heard(void)
{
	struct evbuffer *in = bufferevent_get_input(peer);
	size_t n = evbuffer_get_length(in);

	return span_of(n > 0 ? (char *)evbuffer_pullup(in, -1) : "", n);
}

START_TEST(input_of_any_pieces_reaches_run)
{
	open_pair(&echo);
	say("on");
	turn(3);
	ck_span_eq(heard(), "hello bob@example.org\n");
	say("e\ntwo\n");
	turn(3);
	ck_span_eq(heard(), "hello bob@example.org\none\ntwo\n");
}
END_TEST

START_TEST(close_writes_what_is_left)
{
	open_pair(&echo);
	say("one\nq\nnot looked at\n");
	turn(5);
	ck_span_eq(heard(), "hello bob@example.org\none\nbye\n");
	ck_assert_int_eq(ends, 1);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq(end_why, SESSION_END_CLOSED);
	ck_assert(peer_eof);
}
END_TEST

START_TEST(end_of_file_is_seen_after_the_input)
{
	open_pair(&echo);
	say("one\n");
	bufferevent_flush(peer, EV_WRITE, BEV_FINISHED);
	turn(5);
	ck_span_eq(heard(), "hello bob@example.org\none\nbye\n");
	ck_assert_int_eq(gone, 1);
}
END_TEST

START_TEST(input_is_bounded)
{
	char *much = xcalloc(1, 1 << 20);

	open_pair(&lazy);
	bufferevent_write(peer, much, 1 << 20);
	free(much);
	turn(20);
	ck_assert_uint_gt(longest_input, 0);
	ck_assert_uint_le(longest_input, SESSION_INPUT_MAX);
	ck_assert_int_eq(ends, 0);
	ck_assert_uint_lt(produced, 20); /* and it does not spin */
}
END_TEST

START_TEST(output_is_bounded_and_goes_on)
{
	size_t got = 0;

	open_pair(&talk);
	bufferevent_setwatermark(peer, EV_READ, 0, 65536);
	turn(20);
	ck_assert_uint_lt(produced, 4096);
	for (int i = 0; i < 10000 && !peer_eof; i++) {
		turn(1);
		got += heard().n;
		evbuffer_drain(bufferevent_get_input(peer), heard().n);
	}
	got += heard().n;
	ck_assert(peer_eof);
	ck_assert_uint_eq(got, (4 << 20) + strlen("hello bob@example.org\n"
						  "bye\n"));
	ck_assert_uint_le(most_output, SESSION_OUTPUT_MAX);
}
END_TEST

static void
count_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct event **ev = arg;

	(void)fd;
	(void)what;
	most_output++;
	event_add(*ev, &now);
}

START_TEST(wake_lets_others_have_their_turn)
{
	static const struct timeval now = { 0, 0 };
	struct event *other = NULL;

	open_pair(&slow);
	other = evtimer_new(worker.base, count_turn, &other);
	event_add(other, &now);
	say("12345678901234567890");
	turn(40);
	ck_assert_uint_eq(produced, 20);
	ck_assert_uint_ge(most_output, 20);
	event_free(other);
}
END_TEST

START_TEST(deadline_ends_with_a_word)
{
	open_pair(&lazy);
	session_deadline(session, 1);
	turn(3);
	ck_assert_int_eq(ends, 0);
	while (gone == 0)
		event_base_loop(worker.base, EVLOOP_ONCE);
	ck_assert_int_eq(end_why, SESSION_END_TIMEOUT);
	turn(1);
	ck_span_eq(heard(), "hello bob@example.org\nbye\n");
}
END_TEST

START_TEST(a_users_sessions_end_and_no_others)
{
	struct bufferevent *pair[2];

	open_pair(&echo);
	ck_assert_int_eq(bufferevent_pair_new(worker.base, 0, pair), 0);
	bufferevent_enable(pair[1], EV_READ);
	session_on(pair[0], &echo, "eve@example.org");
	turn(2);
	session_list_end(worker.sessions, "bob@example.org",
	    SESSION_END_KICKED);
	turn(5);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq(end_why, SESSION_END_KICKED);
	ck_assert_uint_eq(session_list_len(worker.sessions), 1);

	session_list_end(worker.sessions, NULL, SESSION_END_SHUTDOWN);
	turn(5);
	ck_assert_int_eq(gone, 2);
	ck_assert_uint_eq(session_list_len(worker.sessions), 0);
	bufferevent_free(pair[1]);
}
END_TEST

/* On a real socket, unread input must not turn the end into a reset. */
START_TEST(last_words_outlive_unread_input)
{
	char got[256];
	ssize_t n, len = 0;
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	evutil_make_socket_nonblocking(fd[0]);
	session_on(bufferevent_socket_new(worker.base, fd[0],
		       BEV_OPT_CLOSE_ON_FREE), &echo, "bob");
	ck_assert_int_eq(write(fd[1], "q\nmore\n", 7), 7);
	turn(3);
	ck_assert_int_eq(write(fd[1], "and more\n", 9), 9);
	turn(3);
	ck_assert_int_eq(ends, 1);
	ck_assert_int_eq(gone, 0);
	while ((n = read(fd[1], got + len, sizeof(got) - (size_t)len)) > 0)
		len += n;
	ck_assert_int_eq(n, 0);
	ck_span_eq(span_of(got, (size_t)len), "hello bob\nbye\n");
	close(fd[1]);
	turn(3);
	ck_assert_int_eq(gone, 1);
}
END_TEST

START_TEST(a_broken_connection_ends_at_once)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	evutil_make_socket_nonblocking(fd[0]);
	session = session_on(bufferevent_socket_new(worker.base, fd[0],
				 BEV_OPT_CLOSE_ON_FREE), &lazy, "bob");
	turn(2);
	close(fd[1]); /* with unread input: a reset */
	turn(3);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq(end_why, SESSION_END_CLOSED);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, input_of_any_pieces_reaches_run);
	tcase_add_test(tc, close_writes_what_is_left);
	tcase_add_test(tc, end_of_file_is_seen_after_the_input);
	tcase_add_test(tc, input_is_bounded);
	tcase_add_test(tc, output_is_bounded_and_goes_on);
	tcase_add_test(tc, wake_lets_others_have_their_turn);
	tcase_add_test(tc, deadline_ends_with_a_word);
	tcase_add_test(tc, a_users_sessions_end_and_no_others);
	tcase_add_test(tc, last_words_outlive_unread_input);
	tcase_add_test(tc, a_broken_connection_ends_at_once);
}

int
main(void)
{
	return check_run("session", add);
}
