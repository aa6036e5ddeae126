/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>

#include <event2/event.h>

#include <fcntl.h>
#include <unistd.h>

#include "conf.h"
#include "roles_process.h"

#include "check.h"

#define CONF "hostname mail.example.org\nuser \"\"\nstate_dir /tmp\n"

/*
 * A role that does nothing but say what it was told, in a process of its own;
 * the test is its master.
 */
static struct event_base *base;
static struct role_channel *channel;
static pid_t child;
static struct {
	enum role_type type;
	char text[64];
} said[16]; /* by it, so far; the test has heard the first … of them */
static unsigned nsaid, heard;
static bool gone;

static int
report(struct role_process *p, bool ok, const char *text)
{
	struct role_msg m = { .type = ROLE_RELOADED };

	m.reloaded.ok = ok;
	m.reloaded.text = span_str(text);
	return role_send(p->master, &m, -1);
}

static void *
parrot_start(struct role_process *p, struct buf *why)
{
	if (p->number == 99) {
		buf_adds(why, "ninety-nine\nis too much");
		return NULL;
	}
	return p;
}

static void
parrot_listener(struct role_process *p, const struct conf_listen *l, int fd)
{
	report(p, fcntl(fd, F_GETFD) >= 0,
	    l == NULL ? "control" : conf_listener_name(l->kind));
	close(fd);
}

static void
parrot_peer(struct role_process *p, enum role peer, uint32_t number, int fd)
{
	(void)number;
	close(fd);
	report(p, true, role_name(peer));
}

static int
parrot_reload(struct role_process *p, const struct conf *former,
    struct buf *why)
{
	buf_addf(why, "%s after %s, key %.*s", p->conf->hostname,
	    former->hostname, (int)p->part[ROLE_PART_KEY].len,
	    p->part[ROLE_PART_KEY].len > 0 ? p->part[ROLE_PART_KEY].data : "");
	return strcmp(p->conf->hostname, "bad.example.org") == 0 ? -1 : 0;
}

static void
parrot_stop(struct role_process *p)
{
	report(p, true, "stopping");
	role_process_end(p);
}

static void
parrot_end(struct role_process *p)
{
	report(p, true, "the end");
}

static const struct role_ops parrot = { .role = ROLE_FRONT,
	.start = parrot_start,
	.listener = parrot_listener,
	.peer = parrot_peer,
	.reload = parrot_reload,
	.stop = parrot_stop,
	.end = parrot_end };

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	struct span text = m->type == ROLE_FAILED ? m->failed.text :
	    m->type == ROLE_RELOADED		  ? m->reloaded.text :
						    SPAN_LIT("");

	(void)arg;
	(void)ch;
	(void)fd;
	ck_assert_uint_lt(nsaid, sizeof(said) / sizeof(said[0]));
	said[nsaid].type = m->type;
	snprintf(said[nsaid++].text, sizeof(said[0].text), "%.*s", (int)text.n,
	    text.n > 0 ? text.p : "");
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	(void)arg;
	(void)ch;
	gone = true;
}

static void
setup(void)
{
	struct role_channel_end end = { .self = ROLE_MASTER,
		.other = ROLE_FRONT, .message = on_message,
		.closed = on_closed };
	int fd[2];

	ck_assert_int_eq(role_channel_pair(fd), 0);
	child = fork();
	if (child == 0) {
		close(fd[0]);
		_exit(role_process_run(&parrot, fd[1]));
	}
	close(fd[1]);
	base = event_base_new();
	channel = role_channel_new(base, fd[0], &end);
}

static void
teardown(void)
{
	role_channel_free(channel);
	event_base_free(base);
}

static void
say(enum role_type type)
{
	struct role_msg m = { .type = type };

	ck_assert_int_eq(role_send(channel, &m, -1), 0);
}

static void
say_part(enum role_part what, const char *text)
{
	struct role_msg m = { .type = ROLE_PART };

	m.part.what = what;
	m.part.data = span_str(text);
	ck_assert_int_eq(role_send(channel, &m, -1), 0);
}

static void
say_hello(uint32_t number)
{
	struct role_msg m = { .type = ROLE_HELLO };

	m.hello.number = number;
	ck_assert_int_eq(role_send(channel, &m, -1), 0);
}

static void
say_listener(uint32_t index)
{
	struct role_msg m = { .type = ROLE_LISTENER };

	m.listener.index = index;
	ck_assert_int_eq(role_send(channel, &m, STDERR_FILENO), 0);
}

static void
hear(enum role_type type, const char *text)
{
	while (heard == nsaid && !gone)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_lt(heard, nsaid);
	ck_assert_int_eq(said[heard].type, type);
	ck_assert_str_eq(said[heard++].text, text);
}

static void
hear_its_end(int status)
{
	int got = -1;

	while (!gone)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(waitpid(child, &got, 0), child);
	ck_assert(WIFEXITED(got));
	ck_assert_int_eq(WEXITSTATUS(got), status);
}

START_TEST(a_life)
{
	struct role_msg m = { .type = ROLE_PEER };

	say_part(ROLE_PART_CONF, CONF "listen ima");
	say_part(ROLE_PART_CONF, "ps :993\n");
	say_hello(1);
	hear(ROLE_READY, "");
	say_listener(0);
	hear(ROLE_RELOADED, "imaps");
	say_listener(ROLE_LISTENER_CONTROL);
	hear(ROLE_RELOADED, "control");
	m.peer.role = ROLE_MAIL;
	ck_assert_int_eq(role_send(channel, &m, STDERR_FILENO), 0);
	hear(ROLE_RELOADED, "mail");

	say_part(ROLE_PART_CONF, "hostname new.example.org\nuser \"\"\n");
	say_part(ROLE_PART_KEY, "k1");
	say(ROLE_RELOAD);
	hear(ROLE_RELOADED, "new.example.org after mail.example.org, key k1");
	/* What listeners were made by stays. */
	say_listener(0);
	hear(ROLE_RELOADED, "imaps");

	say(ROLE_STOP);
	hear(ROLE_RELOADED, "stopping");
	hear(ROLE_RELOADED, "the end");
	hear_its_end(0);
}
END_TEST

START_TEST(a_start_that_fails_says_why_in_one_line)
{
	say_part(ROLE_PART_CONF, CONF);
	say_hello(99);
	hear(ROLE_FAILED, "ninety-nine is too much");
	hear_its_end(1);
}
END_TEST

START_TEST(nothing_is_done_before_hello)
{
	say_listener(0);
	say(ROLE_RELOAD);
	say_part(ROLE_PART_CONF, CONF);
	say_hello(1);
	hear(ROLE_READY, "");
	say_hello(2); /* nor twice */
	say_listener(9999); /* nor what is not there */
	say_listener(ROLE_LISTENER_CONTROL);
	hear(ROLE_RELOADED, "control");
	say(ROLE_STOP);
	hear_its_end(0);
}
END_TEST

START_TEST(it_does_not_outlive_its_master)
{
	say_part(ROLE_PART_CONF, CONF);
	say_hello(1);
	hear(ROLE_READY, "");
	role_channel_free(channel);
	channel = NULL;
	gone = true;
	hear_its_end(0);
}
END_TEST

START_TEST(signals_meant_for_master_do_nothing)
{
	say_part(ROLE_PART_CONF, CONF);
	say_hello(1);
	hear(ROLE_READY, "");
	kill(child, SIGTERM);
	kill(child, SIGINT);
	kill(child, SIGHUP);
	say_listener(ROLE_LISTENER_CONTROL);
	hear(ROLE_RELOADED, "control");
	say(ROLE_STOP);
	hear_its_end(0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_life);
	tcase_add_test(tc, a_start_that_fails_says_why_in_one_line);
	tcase_add_test(tc, nothing_is_done_before_hello);
	tcase_add_test(tc, it_does_not_outlive_its_master);
	tcase_add_test(tc, signals_meant_for_master_do_nothing);
}

int
main(void)
{
	return check_run("roles, a process", add);
}
